package tenancy

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// slice is how many rows one transaction deletes: enough to be quick, few enough
// that nobody waits for it.
const slice = 1000

// Within runs fn in a transaction that sees the rows of a workspace, such as
// [pg.Pool.InWorkspace].
type Within func(ctx context.Context, workspaceID string, fn func(ctx context.Context, tx pgx.Tx) error) error

// DeleteRows deletes the rows of a buried workspace from all tables with a
// workspace_id but the tombstones, and returns how many they were, without those
// that went with others. The catalog names the tables, so none is forgotten; those
// that refer to others come first, so that a slice takes few rows along.
func DeleteRows(ctx context.Context, within Within, workspaceID string) (int64, error) {
	var tables []string
	err := within(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) (err error) {
		tables, err = tenantTables(ctx, tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	var deleted int64
	for _, table := range tables {
		for n := int64(slice); n == slice; {
			if n, err = deleteSlice(ctx, within, workspaceID, table); err != nil {
				return deleted, fmt.Errorf("delete the rows of %s: %w", table, err)
			}
			deleted += n
		}
	}
	return deleted, nil
}

// tenantTables returns the tables with a workspace_id, quoted, those first that
// nobody refers to. Foreign keys that go round in a circle end the search at some
// depth; then the order is only less good.
func tenantTables(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `
		WITH RECURSIVE tenant AS (
			SELECT c.oid AS id FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
			  AND a.attname = 'workspace_id' AND NOT a.attisdropped AND c.relname <> 'deleted_workspaces'
		), path (id, depth) AS (
			SELECT id, 0 FROM tenant
			UNION
			SELECT k.conrelid, depth + 1 FROM path JOIN pg_constraint k ON k.confrelid = path.id
			WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND depth < 16
		)
		SELECT id::regclass::text FROM path JOIN tenant USING (id) GROUP BY id ORDER BY max(depth) DESC, 1`)
	if err != nil {
		return nil, fmt.Errorf("list the tenant tables: %w", pg.Error(err))
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return tables, pg.Error(err)
}

// deleteSlice deletes some rows of a table. Of replicas that want to at the same
// time one does, and the others get errBusy.
func deleteSlice(ctx context.Context, within Within, workspaceID, table string) (n int64, err error) {
	err = within(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := alone(ctx, tx, workspaceID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			DELETE FROM `+table+` WHERE ctid = ANY (ARRAY(
				SELECT ctid FROM `+table+` WHERE workspace_id = $1 LIMIT $2))`, workspaceID, slice)
		n = tag.RowsAffected()
		return pg.Error(err)
	})
	return n, err
}

// alone makes sure that no other replica purges the workspace until tx ends.
func alone(ctx context.Context, tx pgx.Tx, workspaceID string) error {
	var first bool
	err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended('purge/' || current_schema() || '/' || $1, 0))`,
		workspaceID).Scan(&first)
	if err != nil {
		return pg.Error(err)
	}
	if !first {
		return errBusy
	}
	return nil
}
