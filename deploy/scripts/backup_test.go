package scripts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg/migrate"
	research "github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestRestore_BringsEverythingBackIntoAnotherDatabase(t *testing.T) {
	t.Parallel()
	saved, fresh := newFleet(t), newFleet(t)
	saved.fill(t)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	saved.mustRun(t, "backup.sh", archive)
	fresh.mustRun(t, "restore.sh", archive)

	require.Equal(t, 1, fresh.count(t, "SELECT count(*) FROM research.documents"))
	require.Equal(t, 1, fresh.count(t, "SELECT count(*) FROM auth.users"))
	require.Equal(t, 1, fresh.count(t, "SELECT count(*) FROM research.river_job"), "jobs that wait are done after it")
	require.Equal(t, "hello", fresh.blob(t, "hello"))
	key, err := os.ReadFile(filepath.Join(fresh.state, "secret.key"))
	require.NoError(t, err)
	require.Equal(t, "the key\n", string(key))
}

func TestRestore_GivesEachServiceItsTablesAndItsLimits(t *testing.T) {
	t.Parallel()
	saved, fresh := newFleet(t), newFleet(t)
	saved.fill(t)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	saved.mustRun(t, "backup.sh", archive)
	fresh.mustRun(t, "restore.sh", archive)
	fresh.mustRun(t, "provision.sh") // gives the roles their passwords

	for _, service := range []string{"auth", "research"} {
		require.Zero(t, fresh.count(t, `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = '`+service+`' AND c.relkind = 'r' AND c.relowner::regrole::text <> quote_ident(current_database() || '_`+service+`')`))
	}
	pool := fresh.open(t, "research")
	require.NoError(t, migrate.Check(t.Context(), pool, "research", research.FS), "the schema's version came along")
	require.NoError(t, migrate.Up(t.Context(), pool, "research", research.FS), "migrations go on")
	var visible int
	for _, table := range []string{"documents", "river_job"} {
		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&visible))
		require.Zero(t, visible, "%s: without a workspace, row-level security shows nothing", table)
	}
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "SELECT set_config('app.workspace_id', $1, true)", workspace)
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "SELECT hold_workspace($1)", workspace)
		require.NoError(t, err, "what every insert calls")
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM documents").Scan(&visible)
	}))
	require.Equal(t, 1, visible)
}

func TestRestore_RefusesToOverwriteWithoutForce(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	f.mustRun(t, "backup.sh", archive)
	f.exec(t, "DELETE FROM research.documents")
	f.putBlob(t, "newer")

	said, code := f.run(t, "restore.sh", archive)
	require.Equal(t, 1, code)
	require.Contains(t, said, "not empty")
	require.Zero(t, f.count(t, "SELECT count(*) FROM research.documents"), "nothing was touched")

	f.mustRun(t, "restore.sh", "--force", archive)
	require.Equal(t, 1, f.count(t, "SELECT count(*) FROM research.documents"))
	require.NoFileExists(t, filepath.Join(f.state, "blobs", workspace, blobName("newer")))
	require.Equal(t, "hello", f.blob(t, "hello"))
}

func TestRestore_RefusesWhileServicesAreConnected(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	f.mustRun(t, "backup.sh", archive)
	f.open(t, "auth")
	said, code := f.run(t, "restore.sh", "--force", archive)
	require.Equal(t, 1, code)
	require.Contains(t, said, "stop them first")
}

func TestRestore_ChangesNothingWhenTheArchiveIsDamaged(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	f.mustRun(t, "backup.sh", archive)
	whole, err := os.ReadFile(filepath.Clean(archive))
	require.NoError(t, err)
	flipped := append([]byte{}, whole...)
	flipped[len(flipped)/2] ^= 0xff

	for name, content := range map[string][]byte{
		"cut short":    whole[:len(whole)/2],
		"one bit off":  flipped,
		"not a backup": []byte("hello"),
	} {
		broken := filepath.Join(t.TempDir(), "broken.tar.gz")
		require.NoError(t, os.WriteFile(broken, content, 0o600))
		said, code := f.run(t, "restore.sh", "--force", broken)
		require.Equal(t, 1, code, name)
		require.Contains(t, said, "damaged", name)
		require.Equal(t, 1, f.count(t, "SELECT count(*) FROM research.documents"), name)
		require.Equal(t, "hello", f.blob(t, "hello"), name)
	}
}

func TestBackup_RefusesARoleThatDoesNotSeeAllRows(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	blind := f
	blind.admin = f.open(t, "research").Config().ConnString()
	said, code := blind.run(t, "backup.sh", filepath.Join(t.TempDir(), "backup.tar.gz"))
	require.Equal(t, 1, code)
	require.Contains(t, said, "BYPASSRLS")
}

func TestBackup_KeepsTheNewestInADirectory(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	dir := t.TempDir()
	for _, name := range []string{"researcher-pro-20200101T000000Z.tar.gz", "researcher-pro-20200102T000000Z.tar.gz", "notes.tar.gz"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	said, code := f.runWith(t, []string{"BACKUP_KEEP=2"}, "backup.sh", dir)
	require.Zero(t, code, "%s", said)
	require.NoFileExists(t, filepath.Join(dir, "researcher-pro-20200101T000000Z.tar.gz"))
	require.FileExists(t, filepath.Join(dir, "researcher-pro-20200102T000000Z.tar.gz"))
	require.FileExists(t, filepath.Join(dir, "notes.tar.gz"), "other files are not ours to remove")
	ours, err := filepath.Glob(filepath.Join(dir, "researcher-pro-*.tar.gz"))
	require.NoError(t, err)
	require.Len(t, ours, 2)
}

func TestMaintenance_DeletesWhatIsOverAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.fill(t)
	f.exec(t, `INSERT INTO auth.workspaces (id, display_name) VALUES ('`+workspace+`', 'Ada')`)
	f.exec(t, `INSERT INTO auth.sessions (id, user_id, workspace_id, expire_time) VALUES ('`+workspace+`', '`+workspace+`', '`+workspace+`', now() + interval '1 day')`)
	f.exec(t, `INSERT INTO auth.refresh_tokens (hash, session_id, user_id, expire_time)
		SELECT sha256(n::text::bytea), '`+workspace+`', '`+workspace+`', now() + make_interval(days => n) FROM (VALUES (-3), (3)) AS v (n)`)
	f.exec(t, `INSERT INTO research.river_job (args, kind, max_attempts, state, finalized_at)
		SELECT '{}', 'x', 1, 'completed', now() - make_interval(days => n) FROM (VALUES (40), (1)) AS v (n)`)

	f.mustRun(t, "maintenance.sh")
	f.mustRun(t, "maintenance.sh")
	require.Equal(t, 1, f.count(t, "SELECT count(*) FROM auth.refresh_tokens"))
	require.Equal(t, 1, f.count(t, "SELECT count(*) FROM auth.sessions"))
	require.Equal(t, 2, f.count(t, "SELECT count(*) FROM research.river_job"))
	require.Equal(t, 1, f.count(t, "SELECT count(*) FROM research.documents"))
}
