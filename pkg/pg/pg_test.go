package pg_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// tables has one tenant table and one that all share.
var tables = fstest.MapFS{"0001_tables.sql": {Data: []byte(`-- +goose Up
CREATE TABLE notes (body text PRIMARY KEY, workspace_id uuid NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON notes USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL);
INSERT INTO counters VALUES ('a', 0), ('b', 0);
`)}}

const (
	alice = "0197f0c0-0000-7000-8000-00000000000a"
	bob   = "0197f0c0-0000-7000-8000-00000000000b"
)

// write inserts a note of a workspace within that workspace.
func write(ctx context.Context, db *pg.Pool, workspace, body string) error {
	return db.InWorkspace(ctx, workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO notes VALUES ($1, $2)", body, workspace)
		return pg.Error(err)
	})
}

// notes reads the notes that a workspace sees.
func notes(t *testing.T, db *pg.Pool, workspace string) []string {
	t.Helper()
	got, err := pg.ReadAll(t.Context(), db, workspace, pgx.RowTo[string], "SELECT body FROM notes ORDER BY body")
	require.NoError(t, err)
	return got
}

func TestInWorkspace_SeesItsOwnRowsOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	require.NoError(t, write(t.Context(), db, alice, "a"))
	require.NoError(t, write(t.Context(), db, bob, "b"))

	require.Equal(t, []string{"a"}, notes(t, db, alice))
	require.Equal(t, []string{"b"}, notes(t, db, bob))
	err := db.InWorkspace(t.Context(), alice, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO notes VALUES ('smuggled', $1)", bob)
		return err
	})
	require.ErrorContains(t, err, "row-level security")
}

func TestInWorkspace_LeavesNothingOnTheConnection(t *testing.T) {
	t.Parallel()
	db, err := pg.Open(t.Context(), pgtest.URL(t, tables), pg.Options{MaxConns: 1})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, write(t.Context(), db, alice, "a"))
	require.Equal(t, []string{"a"}, notes(t, db, alice))

	var seen int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT count(*) FROM notes").Scan(&seen))
	require.Zero(t, seen, "the next user of the connection must not be in the workspace")
}

func TestInWorkspace_RefusesWhatIsNoWorkspace(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	for _, id := range []string{"", "x", "00000000-0000-0000-0000-000000000000", "'; DROP TABLE notes; --"} {
		err := db.InWorkspace(t.Context(), id, func(context.Context, pgx.Tx) error {
			t.Errorf("ran for %q", id)
			return nil
		})
		require.ErrorContains(t, err, "workspace id", id)
		_, err = pg.ReadAll(t.Context(), db, id, pgx.RowTo[string], "SELECT body FROM notes")
		require.ErrorContains(t, err, "workspace id", id)
	}
}

func TestInTx_RollsBackOnErrorAndOnPanic(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	change := func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE counters SET value = 7")
		return err
	}
	failed := errors.New("failed")
	require.ErrorIs(t, db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		return errors.Join(change(ctx, tx), failed)
	}), failed)
	require.PanicsWithValue(t, "oh", func() {
		_ = db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			require.NoError(t, change(ctx, tx))
			panic("oh")
		})
	})
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		defer cancel()
		return change(ctx, tx)
	}), errs.Unavailable, "a commit under an ended context")

	var value int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT max(value) FROM counters").Scan(&value))
	require.Zero(t, value)
}

func TestInTx_RetriesADeadlockUntilBothSucceed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	var meet sync.WaitGroup // both hold their first row before they ask for the second
	meet.Add(2)
	add := func(first, second string) error {
		var once sync.Once
		return db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			const q = "UPDATE counters SET value = value + 1 WHERE name = $1"
			if _, err := tx.Exec(ctx, q, first); err != nil {
				return err
			}
			once.Do(func() { meet.Done(); meet.Wait() })
			_, err := tx.Exec(ctx, q, second)
			return err
		})
	}
	results := make(chan error, 2)
	go func() { results <- add("a", "b") }()
	go func() { results <- add("b", "a") }()
	require.NoError(t, <-results)
	require.NoError(t, <-results)

	var sum int
	require.NoError(t, db.QueryRow(t.Context(), "SELECT sum(value) FROM counters").Scan(&sum))
	require.Equal(t, 4, sum, "each change exactly once")
}

func TestInTx_GivesUpInTheEnd(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	tries := 0
	err := db.InTx(t.Context(), func(context.Context, pgx.Tx) error {
		tries++
		return pg.Error(&pgconn.PgError{Code: "40001"})
	})
	require.ErrorIs(t, err, errs.Conflict)
	require.Equal(t, 5, tries)
}

func TestReadOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	require.NoError(t, write(t.Context(), db, alice, "a"))
	const q = "SELECT body FROM notes WHERE body = $1"

	got, err := pg.ReadOne(t.Context(), db, alice, pgx.RowTo[string], q, "a")
	require.NoError(t, err)
	require.Equal(t, "a", got)
	_, err = pg.ReadOne(t.Context(), db, alice, pgx.RowTo[string], q, "absent")
	require.ErrorIs(t, err, errs.NotFound)
	_, err = pg.ReadOne(t.Context(), db, bob, pgx.RowTo[string], q, "a")
	require.ErrorIs(t, err, errs.NotFound, "another workspace's row must look absent")
	_, err = pg.ReadOne(t.Context(), db, alice, pgx.RowTo[string], "SELECT 1/0")
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.Equal(t, []string{"a"}, notes(t, db, alice), "a failed read must leave the pool usable")
}

func TestWrite_DuplicateAlreadyExists(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, tables)
	require.NoError(t, write(t.Context(), db, alice, "a"))
	require.ErrorIs(t, write(t.Context(), db, alice, "a"), errs.AlreadyExists)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t, tables)
	t.Run("applies its limits", func(t *testing.T) {
		t.Parallel()
		db, err := pg.Open(t.Context(), url, pg.Options{Name: "svc", StatementTimeout: 50 * time.Millisecond})
		require.NoError(t, err)
		defer db.Close()
		var name, zone string
		require.NoError(t, db.QueryRow(t.Context(), "SELECT current_setting('application_name'), current_setting('timezone')").Scan(&name, &zone))
		require.Equal(t, "svc UTC", name+" "+zone)
		_, err = db.Exec(t.Context(), "SELECT pg_sleep(30)")
		require.ErrorIs(t, pg.Error(err), errs.Unavailable)
		require.Equal(t, int32(pg.DefaultMaxConns), db.Config().MaxConns)
	})
	t.Run("the URL's pool size wins", func(t *testing.T) {
		t.Parallel()
		sized := url + "?pool_max_conns=3"
		if strings.Contains(url, "?") {
			sized = url + "&pool_max_conns=3"
		}
		db, err := pg.Open(t.Context(), sized, pg.Options{MaxConns: 7})
		require.NoError(t, err)
		defer db.Close()
		require.Equal(t, int32(3), db.Config().MaxConns)
	})
	t.Run("fails fast when nobody listens", func(t *testing.T) {
		t.Parallel()
		_, err := pg.Open(t.Context(), "postgres://u:hunter2@127.0.0.1:1/x", pg.Options{})
		require.ErrorIs(t, err, errs.Unavailable)
		require.NotContains(t, err.Error(), "hunter2")
	})
	t.Run("refuses a malformed URL without showing its password", func(t *testing.T) {
		t.Parallel()
		_, err := pg.Open(t.Context(), "postgres://u:hunter2@host:port/x", pg.Options{})
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
	})
}

// One round trip, against three; the difference is what a network adds twice.
func BenchmarkReadOne(b *testing.B) {
	db := pgtest.New(b, tables)
	for b.Loop() {
		_, err := pg.ReadOne(b.Context(), db, alice, pgx.RowTo[int], "SELECT count(*) FROM notes")
		require.NoError(b, err)
	}
}

// The same read in a full transaction.
func BenchmarkInWorkspace(b *testing.B) {
	db := pgtest.New(b, tables)
	for b.Loop() {
		require.NoError(b, db.InWorkspace(b.Context(), alice, func(ctx context.Context, tx pgx.Tx) error {
			var n int
			return tx.QueryRow(ctx, "SELECT count(*) FROM notes").Scan(&n)
		}))
	}
}
