// Package tenancytest checks what package tenancy promises, by the catalog of a
// database and not by a list of its tables: a new table is checked by being there.
package tenancytest

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// tenants finds the tables of a schema that hold rows of workspaces. The table of
// the tombstones is none: it names deleted workspaces for good.
const tenants = `
	WITH RECURSIVE tenant AS (
		SELECT c.oid AS id, c.relname::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
		  AND a.attname = 'workspace_id' AND NOT a.attisdropped AND c.relname <> 'deleted_workspaces'
	)`

// unguarded lists those that have neither the trigger nor, by foreign keys that
// cascade, a parent that has it. NOT NULL matters: a child without a parent would
// not go with one.
const unguarded = tenants + `, guarded AS (
		SELECT id FROM tenant WHERE EXISTS (
			SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid
			WHERE g.tgrelid = tenant.id AND f.proname = 'refuse_deleted_workspace' AND g.tgenabled = 'O'
			  AND g.tgtype = 7) -- BEFORE INSERT, FOR EACH ROW
		UNION
		SELECT k.conrelid FROM guarded
		JOIN pg_constraint k ON k.confrelid = guarded.id AND k.contype = 'f' AND k.confdeltype = 'c'
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] AND a.attnotnull
	)
	SELECT name FROM tenant WHERE id NOT IN (SELECT id FROM guarded) ORDER BY 1`

// unindexed lists those without an index that begins with the workspace.
const unindexed = tenants + `
	SELECT name FROM tenant WHERE NOT EXISTS (
		SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = tenant.id AND a.attname = 'workspace_id' AND i.indpred IS NULL)
	ORDER BY 1`

// Check fails the test when a table of the pool's schema could get a row of a
// deleted workspace, or could be purged only by reading all of it. The tables in
// late may get rows after the tombstone; say why where you call it.
func Check(t testing.TB, db *pg.Pool, late ...string) {
	t.Helper()
	require.NotEmpty(t, names(t, db, tenants+" SELECT name FROM tenant"), "there are no tenant tables at all")
	require.Subset(t, late, names(t, db, unguarded), "tables without the trigger refuse_deleted_workspace")
	require.Empty(t, names(t, db, unindexed), "tables without an index on workspace_id")
}

// Left returns how many rows of each table of a schema have the workspace's id
// anywhere in them: in a column, in a job's arguments, in JSON. Tables without such
// rows, and the tombstones, are left out. It sees what db does: an administrator's
// connection sees all rows, a transaction of the workspace those of the workspace.
func Left(t testing.TB, db pg.DB, schema, workspaceID string) map[string]int {
	t.Helper()
	left := map[string]int{}
	tables := names(t, db, `
		SELECT relname::text FROM pg_class
		WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND relname <> 'deleted_workspaces' ORDER BY 1`, schema)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		var n int
		name := pgx.Identifier{schema, table}.Sanitize()
		rows := "SELECT count(*) FROM " + name + " AS r WHERE r::text LIKE '%' || $1 || '%'"
		if table == "audit_events" { // who left for it or came from it has that in their own log
			rows += " AND workspace_id = $1::uuid"
		}
		require.NoError(t, db.QueryRow(t.Context(), rows, workspaceID).Scan(&n))
		if n > 0 {
			left[table] = n
		}
	}
	return left
}

// names runs a query for one column of text.
func names(t testing.TB, db pg.DB, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}
