package pgtest_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// notes is a small schema with a tenant table, as every service has.
var notes = fstest.MapFS{"0001_notes.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id uuid NOT NULL, body text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON notes USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
`)}}

func TestNew_EachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t, notes), pgtest.New(t, notes)
	insert(t, a, "only in a")

	require.Equal(t, 1, count(t, a))
	require.Equal(t, 0, count(t, b))
}

func TestNew_RowLevelSecurityIsReal(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, notes)
	insert(t, db, "seen inside the workspace only")

	var seen int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT count(*) FROM notes").Scan(&seen))
	require.Zero(t, seen, "without a workspace no row may be seen")
	_, err := db.Exec(t.Context(), "INSERT INTO notes (workspace_id, body) VALUES ($1, 'x')", workspace)
	require.ErrorContains(t, err, "row-level security")
}

func TestNew_HasRiversTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, notes)
	_, err := db.Exec(t.Context(), "SELECT * FROM "+pgtest.Schema+".river_job")
	require.NoError(t, err)
}

func TestNew_DatabaseGoesWithTheTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("a test", func(t *testing.T) { url = pgtest.URL(t, notes) })

	_, err := pg.Open(t.Context(), url, pg.Options{ConnectTimeout: time.Second})
	require.ErrorContains(t, err, "does not exist")
}

func TestNewEmpty_CanBeProvisioned(t *testing.T) {
	t.Parallel()
	admin := pgtest.NewEmpty(t)
	urls, err := pgdev.Provision(t.Context(), admin, []string{"auth"}, func(string) string { return "secret" })
	require.NoError(t, err)
	db, err := pg.Open(t.Context(), urls["auth"], pg.Options{})
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec(t.Context(), "CREATE TABLE t (id int)")
	require.NoError(t, err)
}

func BenchmarkNew(b *testing.B) {
	pgtest.New(b, notes) // the server and the template
	for b.Loop() {
		pgtest.URL(b, notes)
	}
}

const workspace = "0197f0c0-0000-7000-8000-000000000001"

// insert adds a note to the workspace.
func insert(t *testing.T, db *pg.Pool, body string) {
	t.Helper()
	rows, err := pg.ReadAll(t.Context(), db, workspace, pgx.RowTo[int64],
		"INSERT INTO notes (workspace_id, body) VALUES ($1, $2) RETURNING id", workspace, body)
	require.NoError(t, err)
	require.Len(t, rows, 1)
}

// count returns how many notes the workspace has.
func count(t *testing.T, db *pg.Pool) int {
	t.Helper()
	n, err := pg.ReadOne(t.Context(), db, workspace, pgx.RowTo[int], "SELECT count(*) FROM notes")
	require.NoError(t, err)
	return n
}
