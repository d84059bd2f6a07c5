package scripts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/migrate"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	auth "github.com/researcherpro/researcherpro/services/auth/migrations"
	research "github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fleet is a database and a state folder as the fleet leaves them.
type fleet struct {
	admin string // URL of the administrator
	state string // STATE_DIR, with blobs/ and secret.key
}

// password is that of every service's role in these tests; it needs quoting in SQL.
const password = "it's secret"

// workspace is the tenant of the rows.
const workspace = "01890000-0000-7000-8000-000000000001"

// newFleet returns an empty database, without schemas, and a state folder that is
// not there yet.
func newFleet(t *testing.T) fleet {
	t.Helper()
	for _, program := range []string{"bash", "tar", "gzip"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not there")
		}
	}
	f := fleet{admin: pgtest.NewEmpty(t), state: filepath.Join(t.TempDir(), "state")}
	t.Cleanup(func() { f.dropRoles(t) })
	return f
}

// dropRoles removes the roles of this database: roles belong to the whole server,
// and this may be one that others use.
func (f fleet) dropRoles(t *testing.T) {
	t.Helper()
	ctx := context.Background() // the test's own context has ended
	conn, err := pgx.Connect(ctx, f.admin)
	require.NoError(t, err)
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, "SELECT format('DROP OWNED BY %1$I CASCADE; DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname LIKE current_database() || '\\_%'")
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := conn.Exec(ctx, statement)
		require.NoError(t, err)
	}
}

// run runs a script and returns what it said and its exit code.
func (f fleet) run(t *testing.T, script string, args ...string) (said string, code int) {
	t.Helper()
	return f.runWith(t, nil, script, args...)
}

// runWith is run with more variables in the environment.
func (f fleet) runWith(t *testing.T, env []string, script string, args ...string) (said string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", append([]string{"./" + script}, args...)...)
	command.Env = append(os.Environ(), "DATABASE_URL="+f.admin,
		"BLOB_URL=file://"+filepath.Join(f.state, "blobs"), "STATE_DIR="+f.state,
		"AUTH_DB_PASSWORD="+password, "RESEARCH_DB_PASSWORD="+password,
		"ANALYSIS_DB_PASSWORD="+password, "REPORT_DB_PASSWORD="+password)
	command.Env = append(command.Env, env...)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return string(out), command.ProcessState.ExitCode()
}

// mustRun is run for a script that has to succeed.
func (f fleet) mustRun(t *testing.T, script string, args ...string) {
	t.Helper()
	said, code := f.run(t, script, args...)
	require.Zero(t, code, "%s", said)
}

// open connects as the role of one service, in which row-level security holds.
func (f fleet) open(t *testing.T, service string) *pg.Pool {
	t.Helper()
	own, err := url.Parse(f.admin)
	require.NoError(t, err)
	own.User = url.UserPassword(strings.TrimPrefix(own.Path, "/")+"_"+service, password)
	pool, err := pg.Open(t.Context(), own.String(), pg.Options{Name: service, MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// fill provisions and migrates the database and puts a document with its blob, a
// job that waits, a user, and a secret key there.
func (f fleet) fill(t *testing.T) {
	t.Helper()
	f.mustRun(t, "provision.sh")
	for service, migrations := range map[string]fs.FS{"auth": auth.FS, "research": research.FS} {
		pool := f.open(t, service)
		require.NoError(t, migrate.River(t.Context(), pool, service))
		require.NoError(t, migrate.Up(t.Context(), pool, service, migrations))
		pool.Close()
	}
	f.exec(t, `INSERT INTO auth.users (id, email, display_name, password_hash) VALUES ('`+workspace+`', 'ada@example.com', 'Ada', 'x')`)
	f.exec(t, `INSERT INTO research.documents (id, workspace_id, title, title_given, file_name, collection, size_bytes, sha256, state)
		VALUES ('`+workspace+`', '`+workspace+`', 'Notes', true, 'notes.md', '', 5, '`+blobName("hello")+`', 'READY')`)
	f.exec(t, `INSERT INTO research.river_job (args, kind, max_attempts) VALUES ('{"workspace_id": "`+workspace+`"}', 'x', 1)`)
	f.putBlob(t, "hello")
	require.NoError(t, os.WriteFile(filepath.Join(f.state, "secret.key"), []byte("the key\n"), 0o600))
}

// exec runs a statement as the administrator.
func (f fleet) exec(t *testing.T, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.admin)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), statement)
	require.NoError(t, err)
}

// count returns the one number that a query of the administrator gives.
func (f fleet) count(t *testing.T, query string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.admin)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// blobName is the name of a blob with that content.
func blobName(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// putBlob stores a blob as the blob store does.
func (f fleet) putBlob(t *testing.T, content string) {
	t.Helper()
	folder := filepath.Join(f.state, "blobs", workspace)
	require.NoError(t, os.MkdirAll(folder, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(folder, blobName(content)), []byte(content), 0o600))
}

// blob returns a blob's content.
func (f fleet) blob(t *testing.T, content string) string {
	t.Helper()
	stored, err := os.ReadFile(filepath.Clean(filepath.Join(f.state, "blobs", workspace, blobName(content))))
	require.NoError(t, err)
	return string(stored)
}
