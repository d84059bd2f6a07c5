package migrate_test

import (
	"context"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/migrate"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// first and second are two releases of one service.
var (
	first  = fstest.MapFS{"0001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE a (id int);\n")}}
	second = fstest.MapFS{
		"0001_a.sql": first["0001_a.sql"],
		"0002_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE b (id int);\n")},
	}
)

// services opens the roles of two services in one empty database.
func services(t *testing.T) (auth, report *pg.Pool) {
	t.Helper()
	urls, err := pgdev.Provision(t.Context(), pgtest.NewEmpty(t), []string{"auth", "report"}, func(string) string { return "pw" })
	require.NoError(t, err)
	open := func(url string) *pg.Pool {
		pool, err := pg.Open(t.Context(), url, pg.Options{})
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		return pool
	}
	return open(urls["auth"]), open(urls["report"])
}

func TestUp_EachSchemaHasItsOwnVersion(t *testing.T) {
	t.Parallel()
	auth, report := services(t)
	require.NoError(t, migrate.Up(t.Context(), auth, "auth", second))
	require.NoError(t, migrate.Up(t.Context(), report, "report", first))

	version, err := migrate.Current(t.Context(), auth, "auth")
	require.NoError(t, err)
	require.Equal(t, int64(2), version)
	version, err = migrate.Current(t.Context(), report, "report")
	require.NoError(t, err)
	require.Equal(t, int64(1), version)
	_, err = auth.Exec(t.Context(), "SELECT * FROM auth.a, auth.b")
	require.NoError(t, err)
}

func TestUp_ManyAtOnce(t *testing.T) {
	t.Parallel()
	auth, _ := services(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := migrate.Up(t.Context(), auth, "auth", second); err != nil {
				t.Error(err)
			}
			if err := migrate.River(t.Context(), auth, "auth"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, err := auth.Exec(t.Context(), "SELECT * FROM auth.a, auth.b, auth.river_job")
	require.NoError(t, err)
}

func TestUp_AFailedMigrationLeavesTheVersionBefore(t *testing.T) {
	t.Parallel()
	auth, _ := services(t)
	broken := fstest.MapFS{
		"0001_a.sql": first["0001_a.sql"],
		"0002_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE b (id int);\nSELECT 1/0;\n")},
	}
	require.ErrorContains(t, migrate.Up(t.Context(), auth, "auth", broken), "division by zero")
	version, err := migrate.Current(t.Context(), auth, "auth")
	require.NoError(t, err)
	require.Equal(t, int64(1), version)
	require.NoError(t, migrate.Up(t.Context(), auth, "auth", second), "half of the broken one must not be there")
}

func TestCheck_IsReadyFromTheNeededVersionOn(t *testing.T) {
	t.Parallel()
	auth, _ := services(t)
	err := migrate.Check(t.Context(), auth, "auth", first)
	require.ErrorIs(t, err, errs.Unavailable)
	require.ErrorContains(t, err, "at version 0, this binary needs 1")

	require.NoError(t, migrate.Up(t.Context(), auth, "auth", first))
	require.NoError(t, migrate.Check(t.Context(), auth, "auth", first))
	require.ErrorIs(t, migrate.Check(t.Context(), auth, "auth", second), errs.Unavailable)

	require.NoError(t, migrate.Up(t.Context(), auth, "auth", second))
	require.NoError(t, migrate.Check(t.Context(), auth, "auth", first), "an old binary works on while a new one rolls out")
	require.NoError(t, migrate.Up(t.Context(), auth, "auth", first), "and leaves the newer schema alone")
}

func TestLatest(t *testing.T) {
	t.Parallel()
	version, err := migrate.Latest(second)
	require.NoError(t, err)
	require.Equal(t, int64(2), version)
	_, err = migrate.Latest(fstest.MapFS{})
	require.ErrorContains(t, err, "no migrations")
	_, err = migrate.Latest(fstest.MapFS{"x.sql": {}})
	require.ErrorContains(t, err, "x.sql")
}

func TestRiver_GuardsATableThatComesWithALaterVersion(t *testing.T) {
	t.Parallel()
	auth, _ := services(t)
	require.NoError(t, migrate.River(t.Context(), auth, "auth"))
	for _, statement := range []string{
		"CREATE TABLE auth.river_later (id int)",
		"INSERT INTO auth.river_later VALUES (1)",
		"ALTER TABLE auth.river_queue NO FORCE ROW LEVEL SECURITY", // as an earlier version might have
	} {
		_, err := auth.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	require.NoError(t, migrate.River(t.Context(), auth, "auth"))

	var seen int
	require.NoError(t, auth.QueryRow(t.Context(), "SELECT count(*) FROM auth.river_later").Scan(&seen))
	require.Zero(t, seen)
	require.NoError(t, pgtest.AllJobs(t, auth).QueryRow(t.Context(), "SELECT count(*) FROM auth.river_later").Scan(&seen))
	require.Equal(t, 1, seen)
	var open []string
	require.NoError(t, auth.QueryRow(t.Context(), `
		SELECT array_agg(relname::text) FROM pg_class
		WHERE relnamespace = 'auth'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)`).Scan(&open))
	require.Equal(t, []string{"river_migration"}, open)
}

// A start must not wait for the transactions of the other replicas.
func TestRiver_LocksNothingThatIsGuardedAlready(t *testing.T) {
	t.Parallel()
	auth, _ := services(t)
	require.NoError(t, migrate.River(t.Context(), auth, "auth"))
	tx, err := auth.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(t.Context())
	_, err = tx.Exec(t.Context(), "LOCK TABLE auth.river_job IN ROW EXCLUSIVE MODE")
	require.NoError(t, err)
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, migrate.River(soon, auth, "auth"))
}
