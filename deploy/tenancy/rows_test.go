package tenancy

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// versions are the tables that say which migrations have run, and nothing else.
var versions = map[string]bool{"schema_version": true, "river_migration": true}

// table is a table of a service.
type table struct{ schema, name string }

// TestEveryTable reads every table of every schema with the services' own roles.
func TestEveryTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startFleet(t))
	conn, err := pgx.Connect(t.Context(), w.admin)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })

	roles := rolesBySchema(t, conn)
	require.Len(t, roles, len(w.conns), "a schema and a role for each service")
	tables := tablesOf(t, conn, roles)
	require.Greater(t, len(tables), 30)
	filled := 0
	for _, tb := range tables {
		filled += min(1, count(t, conn, "", tb, nil))
		for schema, role := range roles {
			if schema != tb.schema {
				requireDenied(t, conn, role, tb)
			}
		}
		if versions[tb.name] {
			continue
		}
		role := roles[tb.schema]
		require.Zero(t, count(t, conn, role, tb, nil), "%s without a workspace", tb)
		require.Zero(t, count(t, conn, role, tb, map[string]string{"app.workspace_id": ""}), "%s with an empty workspace", tb)
		for _, mine := range workspaceColumns(t, conn, tb) {
			require.Zero(t, countWhere(t, conn, role, tb, mine, w.workspace, map[string]string{"app.workspace_id": w.stranger.home}),
				"%s shows another workspace's rows", tb)
		}
	}
	require.Greater(t, filled, 20, "what is empty hides nothing")
}

// String names the table.
func (tb table) String() string { return tb.schema + "." + tb.name }

// rolesBySchema finds each service's login role: it owns the schema's tables.
func rolesBySchema(t *testing.T, conn *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT DISTINCT t.schemaname, r.rolname, r.rolsuper OR r.rolbypassrls
		FROM pg_tables t JOIN pg_roles r ON r.rolname = t.tableowner
		WHERE t.schemaname IN ('auth', 'research', 'analysis', 'report')`)
	require.NoError(t, err)
	roles := map[string]string{}
	var schema, role string
	var above bool
	_, err = pgx.ForEachRow(rows, []any{&schema, &role, &above}, func() error {
		require.False(t, above, "%s must be under row-level security", role)
		require.Empty(t, roles[schema], "one role owns all tables of a schema")
		roles[schema] = role
		return nil
	})
	require.NoError(t, err)
	return roles
}

// tablesOf lists the tables of the schemas.
func tablesOf(t *testing.T, conn *pgx.Conn, roles map[string]string) []table {
	t.Helper()
	var schemas []string
	for schema := range roles {
		schemas = append(schemas, schema)
	}
	rows, err := conn.Query(t.Context(), `
		SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2`, schemas)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tb table, err error) {
		err = row.Scan(&tb.schema, &tb.name)
		return tb, err
	})
	require.NoError(t, err)
	return tables
}

// workspaceColumns returns the columns of a table that hold a workspace.
func workspaceColumns(t *testing.T, conn *pgx.Conn, tb table) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT column_name FROM information_schema.columns
		WHERE table_schema = $1 AND table_name = $2 AND column_name = 'workspace_id'`, tb.schema, tb.name)
	require.NoError(t, err)
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return columns
}

// count counts the rows of a table that a role sees, the administrator when it
// is "".
func count(t *testing.T, conn *pgx.Conn, role string, tb table, settings map[string]string) int {
	t.Helper()
	return countWhere(t, conn, role, tb, "", "", settings)
}

// countWhere counts those whose column has a value.
func countWhere(t *testing.T, conn *pgx.Conn, role string, tb table, column, value string, settings map[string]string) int {
	t.Helper()
	sql := "SELECT count(*) FROM " + pgx.Identifier{tb.schema, tb.name}.Sanitize()
	if column != "" {
		sql += fmt.Sprintf(" WHERE %s::text = '%s'", pgx.Identifier{column}.Sanitize(), value)
	}
	var n int
	require.NoError(t, inRole(t, conn, role, settings, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, sql).Scan(&n)
	}), "%s as %s", tb, role)
	return n
}

// requireDenied shows that a role may not even try to read a table.
func requireDenied(t *testing.T, conn *pgx.Conn, role string, tb table) {
	t.Helper()
	err := inRole(t, conn, role, nil, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT * FROM "+pgx.Identifier{tb.schema, tb.name}.Sanitize())
		return err
	})
	var refused *pgconn.PgError
	require.ErrorAs(t, err, &refused, "%s reads %s", role, tb)
	require.Equal(t, "42501", refused.Code, "%s on %s: insufficient privilege, not %s", role, tb, refused.Message)
}

// inRole runs fn as if the role had logged in.
func inRole(t *testing.T, conn *pgx.Conn, role string, settings map[string]string, fn func(context.Context, pgx.Tx) error) error {
	t.Helper()
	ctx := t.Context()
	tx, err := conn.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if role != "" {
		_, err = tx.Exec(ctx, "SET LOCAL SESSION AUTHORIZATION "+pgx.Identifier{role}.Sanitize())
		require.NoError(t, err)
	}
	for name, value := range settings {
		_, err = tx.Exec(ctx, "SELECT set_config($1, $2, true)", name, value)
		require.NoError(t, err)
	}
	return fn(ctx, tx)
}
