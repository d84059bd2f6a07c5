package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

// The common filters read little of 100,000 runs, whether they keep many or few.
func TestListAnalyses_CommonFiltersReadAnIndex(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO analyses (id, workspace_id, user_id, request_id, request, engine, deadline, state, step, create_time)
			SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, $1, $1, '', '{}', 'local', now(),
				CASE n WHEN 5 THEN 'FAILED' ELSE 'COMPLETED' END, '', now() - make_interval(secs => 100000 - n)
			FROM generate_series(1, 100000) AS n`, workspace)
		return err
	}))
	_, err := db.Exec(t.Context(), `ANALYZE analyses`)
	require.NoError(t, err)
	for _, text := range []string{
		"state = FAILED", "state = COMPLETED", "state = (FAILED OR NO_EVIDENCE)", "create_time < 2020-01-01", "create_time > 2020-01-01",
	} {
		where, err := store.AnalysisFilter().Where(text)
		require.NoError(t, err)
		condition, args := where.And(pg.LastID, 51)
		plan, err := pg.ReadAll(t.Context(), db, workspace, pgx.RowTo[string],
			`EXPLAIN SELECT * FROM analyses WHERE id < $1`+condition+` ORDER BY id DESC LIMIT $2`, args...)
		require.NoError(t, err)
		require.NotContains(t, strings.Join(plan, "\n"), "Seq Scan", text)
	}
}
