package jobs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

// other is a workspace that has nothing to do with the jobs.
const other = "0197f0c0-0000-7000-8000-000000000002"

// tables lists River's tables that hold more than version numbers.
func tables(t *testing.T, db *pg.Pool) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), `
		SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
		  AND relname LIKE 'river%' AND relname <> 'river_migration'`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Subset(t, names, []string{"river_job", "river_leader", "river_queue"})
	return names
}

// fill puts a row into each of River's tables.
func fill(t *testing.T, db *pg.Pool) {
	t.Helper()
	insert(t, db, client(t, db, jobs.Config{}, workers(nil)), "mine")
	_, err := pgtest.AllJobs(t, db).Exec(t.Context(), `
		WITH a AS (INSERT INTO river_leader (leader_id, elected_at, expires_at) VALUES ('x', now(), now())),
		     b AS (INSERT INTO river_notification (topic, payload) VALUES ('x', '{}'))
		INSERT INTO river_queue (name) VALUES ('x')`)
	require.NoError(t, err)
}

func TestTables_AServicesRoleSeesNoRowWithoutASetting(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	fill(t, db)
	all := pgtest.AllJobs(t, db)
	for _, table := range tables(t, db) {
		count := "SELECT count(*) FROM " + table
		var rows int
		require.NoError(t, all.QueryRow(t.Context(), count).Scan(&rows))
		require.Positive(t, rows, "%s has rows to hide", table)
		require.NoError(t, db.QueryRow(t.Context(), count).Scan(&rows))
		require.Zero(t, rows, "%s without a setting", table)

		mine, err := pg.ReadOne(t.Context(), db, workspace, pgx.RowTo[int], count)
		require.NoError(t, err)
		require.Equal(t, table == "river_job", mine == 1, "%s: a workspace sees its own jobs and nothing else", table)
		others, err := pg.ReadOne(t.Context(), db, other, pgx.RowTo[int], count)
		require.NoError(t, err)
		require.Zero(t, others, "%s in another workspace", table)

		tag, err := db.Exec(t.Context(), "DELETE FROM "+table)
		require.NoError(t, err)
		require.Zero(t, tag.RowsAffected(), "%s: what is not seen is not deleted", table)
	}
}

func TestInsertTx_RefusesAJobThatIsNotOfTheTransactionsWorkspace(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	c := client(t, db, jobs.Config{}, workers(nil))
	tests := map[string]string{"another workspace's": other, "nobody's": ""}
	for name, of := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
				_, err := c.InsertTx(ctx, tx, args{WorkspaceID: of}, nil)
				return err
			})
			require.ErrorContains(t, err, "row-level security")
		})
	}
	t.Run("in no workspace", func(t *testing.T) {
		t.Parallel()
		err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			_, err := c.InsertTx(ctx, tx, args{WorkspaceID: workspace}, nil)
			return err
		})
		require.ErrorContains(t, err, "row-level security")
	})
}

func TestJobCompleteTx_InTheJobsOwnWorkspaceOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in string
		ok bool
	}{
		"its own": {workspace, true},
		"another": {other, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, noTables)
			ended := make(chan error, 1)
			c := client(t, db, jobs.Config{MaxAttempts: 1}, workers(func(ctx context.Context, job *river.Job[args]) error {
				err := db.InWorkspace(ctx, tc.in, func(ctx context.Context, tx pgx.Tx) error {
					_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
					return err
				})
				ended <- err
				return err
			}))
			require.NoError(t, c.Start(t.Context()))
			insert(t, db, c, "x")
			require.Equal(t, tc.ok, receive(t, ended) == nil)
		})
	}
}

// Under row-level security the planner does not use an index on the state; see
// migrate.River for the indexes that stand in.
func TestFetch_FindsWorkAmongFinishedJobsByAnIndex(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	all := pgtest.AllJobs(t, db)
	_, err := all.Exec(t.Context(), `
		INSERT INTO river_job (kind, args, max_attempts, state, finalized_at)
		SELECT 'say', '{}', 1, CASE WHEN n % 1000 = 0 THEN 'available' ELSE 'completed' END::river_job_state,
		       CASE WHEN n % 1000 = 0 THEN NULL ELSE now() END
		FROM generate_series(1, 20000) AS n`)
	require.NoError(t, err)
	_, err = all.Exec(t.Context(), "ANALYZE river_job")
	require.NoError(t, err)
	tests := map[string]string{
		"jobs_available": "state = 'available' AND queue = 'default' AND scheduled_at <= now() ORDER BY priority, scheduled_at, id LIMIT 5",
		"jobs_later":     "state IN ('retryable', 'scheduled') AND scheduled_at <= now() ORDER BY priority, scheduled_at, id LIMIT 5",
		"jobs_running":   "state = 'running' AND attempted_at < now() ORDER BY id LIMIT 5",
	}
	for index, condition := range tests {
		rows, err := all.Query(t.Context(), "EXPLAIN SELECT * FROM river_job WHERE "+condition)
		require.NoError(t, err)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Contains(t, strings.Join(plan, "\n"), index)
	}
}
