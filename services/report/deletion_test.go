package report_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	b, eve := setupIdle(t), authntest.Caller(t, authn.RoleResearcher)
	composed := b.compose(t, b.ada, found(t))
	_, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId(), TemplateId: "brief"})
	require.NoError(t, err)
	b.compose(t, eve, found(t))
	// The job tells the audit log of CreateReport.
	require.Equal(t, map[string]int{"contents": 1, "report_versions": 2, "reports": 2, "river_job": 1}, b.remains(t, b.ada.WorkspaceID))

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
	require.Equal(t, map[string]int{"contents": 1, "report_versions": 1, "reports": 1}, b.remains(t, eve.WorkspaceID))
}

func TestDeletedWorkspace_TakesItsFilesAndLinksAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	b.export(t, b.ada, composed.GetId(), "pdf")
	b.template(t, short)
	shared, err := b.CreateShare(as(t, b.ada), &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.NoError(t, err)
	require.NotEmpty(t, b.files(t))

	client, err := redisx.Open(t.Context(), b.cfg.RedisURL)
	require.NoError(t, err)
	defer client.Close()
	b.auth.Delete(b.ada.WorkspaceID, report.Name)
	tenancytest.Await(t, client, b.ada.WorkspaceID, func() bool { return !b.auth.Waits(b.ada.WorkspaceID, report.Name) })
	require.Empty(t, b.remains(t, b.ada.WorkspaceID))
	require.Empty(t, b.files(t))
	_, err = b.follow(t, shared.GetToken(), "pdf")
	require.ErrorIs(t, err, errs.NotFound)
}

func TestDeleteReport_TakesTheFilesThatNobodyElseHas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	first := b.compose(t, b.ada, found(t))
	again, err := b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: first.GetAnalysisId()})
	require.NoError(t, err)
	for _, id := range []string{first.GetId(), again.GetId()} {
		b.export(t, b.ada, id, "bib") // the same bytes
	}
	require.Len(t, b.files(t), 1)
	b.export(t, b.ada, first.GetId(), "pdf")
	require.Len(t, b.files(t), 2)

	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: first.GetId()})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(b.files(t)) == 1 }, time.Minute, 20*time.Millisecond)
	require.Contains(t, b.export(t, b.ada, again.GetId(), "bib").text, "https://example.com/guide", "the other report still has it")
	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: again.GetId()})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(b.files(t)) == 0 }, time.Minute, 20*time.Millisecond)
}

// files lists the files in the blob store.
func (b *bundle) files(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(strings.TrimPrefix(b.cfg.BlobURL, "file://"), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // it is being deleted
			return nil
		}
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	require.NoError(t, err)
	return files
}
