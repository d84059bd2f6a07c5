// Package pgtest gives each test a PostgreSQL database of its own, migrated and
// empty, in some tens of milliseconds.
//
// A test binary starts one private server, when the first test asks for it (or
// uses the one of DATABASE_URL), makes one template database per set of
// migrations, and clones it for each test. The tests connect as an ordinary role
// that owns the tables, so row-level security is as real as in production.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestX(t *testing.T) {
//		db := pgtest.New(t, migrations.FS)
//
// Without a PostgreSQL on the machine the tests are skipped, but with CI=true
// they fail.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
)

// Schema is the schema of the migrated tables in a test's database; it is the
// search_path of the test's connections.
const Schema = "app"

// binary is what the tests of this test binary share. A test helper has nowhere
// else to keep it: the testing package hands nothing from TestMain to the tests.
var binary struct {
	inMain bool
	once   sync.Once
	server *server
	err    error
}

// Main runs the tests and ends the process. Call it from TestMain and do nothing
// after it.
func Main(m *testing.M) {
	os.Exit(run(m))
}

// run is Main without the exit, so that its deferred calls run.
func run(m *testing.M) (code int) {
	binary.inMain = true
	defer func() {
		if binary.server == nil {
			return
		}
		if err := binary.server.close(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest: stop the server:", err)
			code = max(code, 1)
		}
	}()
	return m.Run()
}

// New returns a pool on this test's own database, to which the migrations of
// fsys and River's are applied. The database goes when the test ends.
func New(t testing.TB, fsys fs.FS) *pg.Pool {
	t.Helper()
	pool, err := pg.Open(t.Context(), URL(t, fsys), pg.Options{Name: "pgtest"})
	require.NoError(t, err)
	t.Cleanup(pool.Close) // before the database goes: cleanups run last to first
	return pool
}

// URL is [New] for tests that connect by themselves.
func URL(t testing.TB, fsys fs.FS) string {
	t.Helper()
	s := get(t)
	template, err := s.template(t.Context(), fsys)
	require.NoError(t, err)
	name := databaseName()
	require.NoError(t, s.clone(t.Context(), template, name))
	dropAtEnd(t, s, name)
	return s.testURL(name)
}

// AllJobs returns a pool like db whose connections see the jobs of all workspaces,
// as River's own do.
func AllJobs(t testing.TB, db *pg.Pool) *pg.Pool {
	t.Helper()
	cfg := db.Config()
	cfg.ConnConfig.RuntimeParams[pg.JobsSetting] = "on"
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return &pg.Pool{Pool: pool}
}

// NewEmpty returns the administrator's URL of an empty database: what a user
// gives the fleet as DATABASE_URL. The database goes when the test ends, and with
// it the roles that [pgdev.Provision] made for it.
func NewEmpty(t testing.TB) string {
	t.Helper()
	s := get(t)
	name := databaseName()
	require.NoError(t, s.exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"))
	dropAtEnd(t, s, name)
	return s.adminURL(name)
}

// get returns the server that all tests of this binary share.
func get(t testing.TB) *server {
	t.Helper()
	if !binary.inMain {
		t.Fatal("pgtest: the package needs: func TestMain(m *testing.M) { pgtest.Main(m) }")
	}
	binary.once.Do(func() {
		// Not the test's context: the server outlives the test that asked first.
		binary.server, binary.err = connect(context.WithoutCancel(t.Context()))
	})
	if errors.Is(binary.err, pgdev.ErrNoBinaries) && os.Getenv("CI") != "true" {
		t.Skip("pgtest: ", binary.err)
	}
	require.NoError(t, binary.err)
	return binary.server
}

// dropAtEnd removes a database and its roles when the test ends.
func dropAtEnd(t testing.TB, s *server, name string) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context()) // at cleanup the test's own has ended
		if err := s.drop(ctx, name); err != nil {
			t.Errorf("pgtest: drop the test's database: %v", err)
		}
	})
}

// databaseName makes a name that no other test of any process has.
func databaseName() string {
	raw := make([]byte, 8)
	_, _ = rand.Read(raw) // never fails, see its documentation
	return "rptest_" + hex.EncodeToString(raw)
}

// quote quotes an identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
