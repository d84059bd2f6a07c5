package report_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestGenerateReport_MakesTheNextVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	first := b.compose(t, b.ada, found(t))
	before := b.export(t, b.ada, first.GetId(), "md").text

	second, err := b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: first.GetId(), TemplateId: "brief", CitationStyle: analysisv1.CitationStyle_APA})
	require.NoError(t, err)
	require.Equal(t, first.GetId(), second.GetId())
	require.EqualValues(t, 2, second.GetVersion())
	require.Equal(t, "brief", second.GetTemplateId())
	require.Len(t, second.GetVersions(), 2)
	require.EqualValues(t, 2, second.GetVersions()[0].GetNumber(), "the newest first")
	require.Equal(t, analysisv1.CitationStyle_APA, second.GetVersions()[0].GetCitationStyle())
	require.Equal(t, "detailed", second.GetVersions()[1].GetTemplateId())

	third, err := b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: first.GetId(), Title: "For the board"})
	require.NoError(t, err)
	require.Equal(t, "brief", third.GetTemplateId(), "what is not said stays as it was")
	require.Equal(t, analysisv1.CitationStyle_APA, third.GetVersions()[0].GetCitationStyle())
	require.Contains(t, b.export(t, b.ada, first.GetId(), "md").text, "# For the board\n")

	old := b.exportPart(t, b.ada, &reportv1.ExportReportRequest{Id: first.GetId(), Version: 1, Format: "md"})
	require.Equal(t, before, old.text, "no version is ever changed")
	_, err = b.GetReportDocument(ctx, &reportv1.GetReportDocumentRequest{Id: first.GetId(), Version: 4})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestComposeReport_OfOtherFindingsIsTheNextVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	first := b.compose(t, b.ada, req)
	again := b.compose(t, b.ada, req)
	require.EqualValues(t, 1, again.GetVersion(), "the same findings are the same version")

	retried := found(t)
	retried.AnalysisId = req.GetAnalysisId()
	retried.Findings = retried.GetFindings()[:1]
	second := b.compose(t, b.ada, retried)
	require.Equal(t, first.GetId(), second.GetId())
	require.EqualValues(t, 2, second.GetVersion())
	require.EqualValues(t, 1, second.GetFindingCount())
}

func TestCompareReports_TellsWhatIsDifferent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, req := as(t, b.ada), found(t)
	first := b.compose(t, b.ada, req)
	retried := found(t)
	retried.AnalysisId = req.GetAnalysisId()
	retried.Findings[1].Support, retried.Findings[1].SupportReason = analysisv1.Support_PARTIAL, "Not all of it."
	retried.Findings[0] = finding(1, "A log is written first.", "Log", retried.GetSources()[0].GetId())
	b.compose(t, b.ada, retried)

	got, err := b.CompareReports(ctx, &reportv1.CompareReportsRequest{Id: first.GetId()})
	require.NoError(t, err)
	require.Len(t, got.GetAdded(), 1)
	require.Equal(t, "A log is written first.", got.GetAdded()[0].GetClaim())
	require.Len(t, got.GetRemoved(), 1)
	require.Equal(t, firstQuote, got.GetRemoved()[0].GetClaim())
	require.Len(t, got.GetChanged(), 1)
	require.Equal(t, []string{"support"}, got.GetChanged()[0].GetFields())

	back, err := b.CompareReports(ctx, &reportv1.CompareReportsRequest{Id: first.GetId(), Version: 2, OtherVersion: 1})
	require.NoError(t, err)
	require.Equal(t, got.GetAdded()[0].GetClaim(), back.GetRemoved()[0].GetClaim())

	other := b.compose(t, b.ada, found(t))
	same, err := b.CompareReports(ctx, &reportv1.CompareReportsRequest{Id: first.GetId(), Version: 1, OtherId: other.GetId()})
	require.NoError(t, err)
	require.EqualValues(t, 2, same.GetUnchangedCount(), "two runs that found the same")
	require.Empty(t, same.GetAddedSources())

	_, err = b.CompareReports(ctx, &reportv1.CompareReportsRequest{Id: first.GetId(), OtherId: uuid.NewString()})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestGetReportDocument_IsWhatEveryFormatIsWrittenFrom(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	doc, err := b.GetReportDocument(as(t, b.ada), &reportv1.GetReportDocumentRequest{Id: composed.GetId()})
	require.NoError(t, err)
	require.Equal(t, composed.GetTitle(), doc.GetTitle())
	require.Len(t, doc.GetFindings(), 2)
	require.Len(t, doc.GetReferences(), 2)
	require.Equal(t, "detailed", doc.GetProvenance().GetTemplateId())
}
