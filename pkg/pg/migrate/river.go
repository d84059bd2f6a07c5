package migrate

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// River brings River's tables in schema to the version of the River that is
// compiled in, and puts them under row-level security: a connection sees the jobs
// of its transaction's workspace (pg.InWorkspace), and everything only with
// [pg.JobsSetting] set to on. Concurrent calls are safe, as with Up.
func River(ctx context.Context, pool *pg.Pool, schema string) error {
	// A later migration of River may change rows, which it has to see.
	private, err := open(ctx, pool, schema, map[string]string{pg.JobsSetting: "on"})
	if err != nil {
		return err
	}
	defer private.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(private), &rivermigrate.Config{
		Schema: schema,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return fmt.Errorf("read River's migrations: %w", err)
	}
	// River takes no lock of its own, and its steps cannot share a transaction
	// (one adds an enum value that a later one uses). So the lock is a
	// session's, on another connection, and goes with it whatever happens.
	conn, err := private.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect for the migration: %w", pg.Error(err))
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockID("river", schema)); err != nil {
		return fmt.Errorf("wait for the migration lock: %w", pg.Error(err))
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River in schema %s: %w", schema, pg.Error(err))
	}
	if err := guard(ctx, conn); err != nil {
		return fmt.Errorf("guard River's tables in schema %s: %w", schema, pg.Error(err))
	}
	return nil
}

// policy is the name of the policies of guard. It ends in their version: a change
// of them needs another name and drops this one, which is left alone where it is.
const policy = "jobs_1"

// Conditions of the policies. A job belongs to the workspace that its arguments
// name, so that it can be inserted, completed and cancelled in the transaction of
// the change it belongs to. All other tables are River's own business.
const (
	ownBusiness  = "current_setting('" + pg.JobsSetting + "', true) = 'on'"
	ofAWorkspace = ownBusiness + " OR args->>'workspace_id' = nullif(current_setting('app.workspace_id', true), '')"
)

// indexes serve the statements that River repeats all the time. Its own index
// begins with the state, and under row-level security PostgreSQL does not look into
// an index by an operator that is not leak-proof, which that of an enum is not. It
// may use an index that holds only the rows of the state. Without them taking a job
// from 100,000 finished ones takes 51 ms, with them 0.1 ms.
var indexes = map[string]string{
	"jobs_available": "(queue, priority, scheduled_at, id) WHERE state = 'available'",
	"jobs_later":     "(scheduled_at) WHERE state IN ('retryable', 'scheduled')",
	"jobs_running":   "(attempted_at) WHERE state = 'running'",
}

// guard puts row-level security on River's tables, and the indexes that it makes
// necessary. It changes only what is not yet so: it runs at each start, and ALTER
// TABLE would wait for every transaction of the other replicas.
func guard(ctx context.Context, conn *pgxpool.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		open, err := unguarded(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range open {
			if err := guardTable(ctx, tx, table); err != nil {
				return err
			}
		}
		for name, definition := range indexes {
			var exists bool
			if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&exists); err != nil {
				return err
			}
			if exists {
				continue
			}
			if _, err := tx.Exec(ctx, "CREATE INDEX "+name+" ON river_job "+definition); err != nil {
				return err
			}
		}
		return nil
	})
}

// unguarded lists the tables of River that lack the policy, whatever tables there
// are in its version. The numbers of its migrations are no secret.
func unguarded(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `
		SELECT c.relname::text FROM pg_class c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
		  AND c.relname LIKE 'river\_%' AND c.relname <> 'river_migration'
		  AND NOT (c.relrowsecurity AND c.relforcerowsecurity
		           AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = $1))
		ORDER BY 1`, policy)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// guardTable puts one table under the policy, and its owner, too.
func guardTable(ctx context.Context, tx pgx.Tx, table string) error {
	condition := ownBusiness
	if table == "river_job" {
		condition = ofAWorkspace
	}
	name := pgx.Identifier{table}.Sanitize()
	for _, statement := range []string{
		"ALTER TABLE " + name + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
		"DROP POLICY IF EXISTS " + policy + " ON " + name,
		"CREATE POLICY " + policy + " ON " + name + " USING (" + condition + ")",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
