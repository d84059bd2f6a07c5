package report_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report"
	"github.com/researcherpro/researcherpro/services/report/migrations"
)

// work runs the service's background work until what it returns is called.
func (b *bundle) work(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.svc.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// remains returns the rows that there are of a workspace.
func (b *bundle) remains(t *testing.T, workspaceID string) (left map[string]int) {
	t.Helper()
	require.NoError(t, b.open(t).InWorkspace(t.Context(), workspaceID, func(_ context.Context, tx pgx.Tx) error {
		left = tenancytest.Left(t, tx, pgtest.Schema, workspaceID)
		return nil
	}))
	return left
}

func TestSchema_NothingOfADeletedWorkspaceIsForgotten(t *testing.T) {
	t.Parallel()
	tenancytest.Check(t, pgtest.New(t, migrations.FS))
}

func TestDeletedWorkspace_LeavesNothingAndTakesNothing(t *testing.T) {
	t.Parallel()
	b, eve := setup(t), authntest.Caller(t, authn.RoleResearcher)
	composed := b.compose(t, b.ada, found(t))
	_, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId(), TemplateId: "brief"})
	require.NoError(t, err)
	b.compose(t, eve, found(t))
	// The job tells the audit log of CreateReport.
	require.Equal(t, map[string]int{"contents": 1, "reports": 2, "river_job": 1}, b.remains(t, b.ada.WorkspaceID))

	defer b.work(t)()
	client, err := redisx.Open(t.Context(), b.cfg.RedisURL)
	require.NoError(t, err)
	defer client.Close()
	b.auth.Delete(b.ada.WorkspaceID, report.Name, "research")
	tenancytest.Await(t, client, b.ada.WorkspaceID, func() bool { return !b.auth.Waits(b.ada.WorkspaceID, report.Name) })
	require.Empty(t, b.remains(t, b.ada.WorkspaceID))
	require.True(t, b.auth.Waits(b.ada.WorkspaceID, "research"), "it speaks for itself only")

	// A run of the workspace that ends at this moment.
	_, err = b.ComposeReport(asAnalysis(t, b.ada), found(t))
	require.ErrorIs(t, err, errs.NotFound)
	require.Empty(t, b.remains(t, b.ada.WorkspaceID))
	require.Equal(t, map[string]int{"contents": 1, "reports": 1}, b.remains(t, eve.WorkspaceID))
}
