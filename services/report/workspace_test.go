package report_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestAnotherWorkspaceFindsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	eve := authntest.Caller(t, authn.RoleOwner)
	ctx := as(t, eve)
	calls := map[string]func() error{
		"GetReport": func() error {
			_, err := b.GetReport(ctx, &reportv1.GetReportRequest{Id: composed.GetId()})
			return err
		},
		"CreateReport": func() error {
			_, err := b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId()})
			return err
		},
		"DeleteReport": func() error {
			_, err := b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: composed.GetId()})
			return err
		},
		"ExportReport": func() error {
			stream, err := b.ExportReport(ctx, &reportv1.ExportReportRequest{Id: composed.GetId()})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		},
	}
	for name, call := range calls {
		require.ErrorIs(t, call(), errs.NotFound, name)
	}
	list, err := b.ListReports(ctx, &reportv1.ListReportsRequest{AnalysisId: composed.GetAnalysisId()})
	require.NoError(t, err)
	require.Empty(t, list.GetReports())

	_, err = b.GetReport(as(t, b.ada), &reportv1.GetReportRequest{Id: composed.GetId()})
	require.NoError(t, err, "it is there all the same")
}

// A query that forgets its workspace must find nothing: the policies say so, not
// the queries.
func TestRowsAreSeenInTheirWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.compose(t, b.ada, found(t))
	db := b.open(t)
	for _, table := range []string{"contents", "reports"} {
		count := func(tx pgx.Tx) (n int) {
			require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
			return n
		}
		require.NoError(t, db.InWorkspace(t.Context(), b.ada.WorkspaceID, func(_ context.Context, tx pgx.Tx) error {
			require.Equal(t, 1, count(tx), "%s in its workspace", table)
			return nil
		}))
		require.NoError(t, db.InWorkspace(t.Context(), uuid.NewString(), func(_ context.Context, tx pgx.Tx) error {
			require.Zero(t, count(tx), "%s in another workspace", table)
			return nil
		}))
		require.NoError(t, db.InTx(t.Context(), func(_ context.Context, tx pgx.Tx) error {
			require.Zero(t, count(tx), "%s in none", table)
			return nil
		}))
	}
}

// A new table without a policy would show everything to a forgotten WHERE.
func TestEveryTableForcesRowLevelSecurity(t *testing.T) {
	t.Parallel()
	rows, err := setup(t).open(t).Query(t.Context(), `
		SELECT relname FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
		  AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1`)
	require.NoError(t, err)
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"river_migration", "schema_version"}, open, "they hold version numbers only")
}
