package report_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// A program from before there were versions may still run beside this one: what it
// stores has no version.
func TestReportFromBeforeThereWereVersions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, req, id := as(t, b.ada), found(t), uuid.NewString()
	message, err := protojson.Marshal(req)
	require.NoError(t, err)
	require.NoError(t, b.open(t).InWorkspace(t.Context(), b.ada.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO contents (analysis_id, workspace_id, message) VALUES ($1, $2, $3)`,
			req.GetAnalysisId(), b.ada.WorkspaceID, message)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, `
			INSERT INTO reports (id, workspace_id, analysis_id, initial, title, template_id, finding_count, reference_count)
			VALUES ($1, $2, $3, true, 'Logs', 'brief', 2, 2)`, id, b.ada.WorkspaceID, req.GetAnalysisId())
		return err
	}))
	read, err := b.GetReport(ctx, &reportv1.GetReportRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, "Logs", read.GetTitle())
	require.Len(t, read.GetVersions(), 1)

	shared, err := b.CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: id})
	require.NoError(t, err)
	page, err := b.follow(t, shared.GetToken(), "md")
	require.NoError(t, err)
	require.Contains(t, page.text, firstQuote)
	require.Equal(t, page.text, b.export(t, b.ada, id, "md").text)

	next, err := b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: id, TemplateId: "detailed"})
	require.NoError(t, err)
	require.EqualValues(t, 2, next.GetVersion())
}
