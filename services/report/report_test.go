package report_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestComposeReport_StoresWhatWasFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	composed := b.compose(t, b.ada, req)
	require.Equal(t, req.GetAnalysisId(), composed.GetAnalysisId())
	require.Equal(t, "How does a log protect data?", composed.GetTitle())
	require.Equal(t, "detailed", composed.GetTemplateId(), "the template when none is named")
	require.EqualValues(t, 2, composed.GetFindingCount())
	require.EqualValues(t, 2, composed.GetReferenceCount())
	require.Equal(t, []string{"md", "html", "pdf", "docx", "json", "bib", "ris", "csl"}, composed.GetFormats())

	read, err := b.GetReport(as(t, b.ada), &reportv1.GetReportRequest{Id: composed.GetId()})
	require.NoError(t, err)
	require.Equal(t, composed.String(), read.String())
}

func TestComposeReport_RetriesMakeOneReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, req := asAnalysis(t, b.ada), found(t)
	const callers = 8
	ids, failures := make(chan string, callers), make(chan error, callers)
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			r, err := b.ComposeReport(ctx, req)
			ids <- r.GetId()
			failures <- err
		})
	}
	calls.Wait()
	first := <-ids
	require.NotEmpty(t, first)
	for range callers - 1 {
		require.Equal(t, first, <-ids)
	}
	for range callers {
		require.NoError(t, <-failures)
	}
	list, err := b.ListReports(as(t, b.ada), &reportv1.ListReportsRequest{AnalysisId: req.GetAnalysisId()})
	require.NoError(t, err)
	require.Len(t, list.GetReports(), 1)
}

func TestComposeReport_IsForServicesOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := authntest.Caller(t, authn.RoleOwner)
	_, err := b.ComposeReport(as(t, owner), found(t))
	require.ErrorIs(t, err, errs.PermissionDenied)
	require.ErrorContains(t, err, "only services")
	_, err = b.ComposeReport(t.Context(), found(t))
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestComposeReport_RefusesBadContent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]struct {
		change  func(*reportv1.ComposeReportRequest)
		problem string
	}{
		"an analysis id that is none":        {func(r *reportv1.ComposeReportRequest) { r.AnalysisId = "7" }, "analysis_id"},
		"no question":                        {func(r *reportv1.ComposeReportRequest) { r.Question = "" }, "question"},
		"an unknown template":                {func(r *reportv1.ComposeReportRequest) { r.TemplateId = "poem" }, "template_id"},
		"a finding without a citation":       {func(r *reportv1.ComposeReportRequest) { r.Findings[1].Citations = nil }, "finding 2 has no citation"},
		"a citation of a source not sent":    {func(r *reportv1.ComposeReportRequest) { r.Sources = r.Sources[1:] }, "finding 1 cites unknown source"},
		"a citation of an unreadable source": {func(r *reportv1.ComposeReportRequest) { r.Findings[0].Citations[0].SourceId = r.Sources[2].Id }, "unknown source"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := found(t)
			tc.change(req)
			_, err := b.ComposeReport(asAnalysis(t, b.ada), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.problem)
		})
	}
}

func TestComposeReport_WithoutFindingsSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	req.Findings = nil
	composed := b.compose(t, b.ada, req)
	require.Zero(t, composed.GetFindingCount())
	file := b.export(t, b.ada, composed.GetId(), "md")
	require.Contains(t, file.text, "No evidence was found")
	require.Contains(t, file.text, "broken.pdf", "what could not be read must be named all the more")
}

func TestCreateReport_ComposesTheSameFindingsAnotherWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	first := b.compose(t, b.ada, req)
	other, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{
		AnalysisId: req.GetAnalysisId(), TemplateId: "brief", Title: "  For the board  ",
	})
	require.NoError(t, err)
	require.NotEqual(t, first.GetId(), other.GetId())
	require.Equal(t, "brief", other.GetTemplateId())
	require.Equal(t, "For the board", other.GetTitle())
	require.Contains(t, b.export(t, b.ada, other.GetId(), "md").text, "# For the board\n")
	require.Contains(t, b.export(t, b.ada, first.GetId(), "md").text, "# How does a log protect data?\n", "the first stays as it was")

	plain, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: req.GetAnalysisId(), Title: "   "})
	require.NoError(t, err)
	require.Equal(t, first.GetTitle(), plain.GetTitle(), "a title of nothing but spaces is none")
}

func TestCreateReport_RefusesBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	known := b.compose(t, b.ada, found(t)).GetAnalysisId()
	tests := map[string]struct {
		req  *reportv1.CreateReportRequest
		kind error
		says string
	}{
		"an unknown template":                {&reportv1.CreateReportRequest{AnalysisId: known, TemplateId: "poem"}, errs.InvalidArgument, "template_id"},
		"a title beyond the limit":           {&reportv1.CreateReportRequest{AnalysisId: known, Title: strings.Repeat("a", 401)}, errs.InvalidArgument, "title"},
		"no analysis":                        {&reportv1.CreateReportRequest{}, errs.InvalidArgument, "analysis_id"},
		"an analysis that found nothing yet": {&reportv1.CreateReportRequest{AnalysisId: uuid.NewString()}, errs.NotFound, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.CreateReport(as(t, b.ada), tc.req)
			require.ErrorIs(t, err, tc.kind)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestViewersReadAndMayNotWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	viewer := b.ada
	viewer.Role = authn.RoleViewer

	_, err := b.GetReport(as(t, viewer), &reportv1.GetReportRequest{Id: composed.GetId()})
	require.NoError(t, err)
	_, err = b.CreateReport(as(t, viewer), &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId()})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = b.DeleteReport(as(t, viewer), &reportv1.DeleteReportRequest{Id: composed.GetId()})
	require.ErrorIs(t, err, errs.PermissionDenied)
}

func TestDeleteReport_TakesTheContentWithTheLastOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	first := b.compose(t, b.ada, found(t))
	second, err := b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: first.GetAnalysisId(), TemplateId: "brief"})
	require.NoError(t, err)

	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: first.GetId()})
	require.NoError(t, err)
	_, err = b.GetReport(ctx, &reportv1.GetReportRequest{Id: first.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	require.Contains(t, b.export(t, b.ada, second.GetId(), "md").text, firstQuote, "the other one still has its content")

	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: second.GetId()})
	require.NoError(t, err)
	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: second.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: first.GetAnalysisId()})
	require.ErrorIs(t, err, errs.NotFound, "there is nothing left to compose from")
}

func TestListReports_PagesTheNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	var want []string // newest first
	for range 5 {
		want = append([]string{b.compose(t, b.ada, found(t)).GetId()}, want...)
	}
	var got []string
	req := &reportv1.ListReportsRequest{PageSize: 2}
	for pages := 1; ; pages++ {
		resp, err := b.ListReports(ctx, req)
		require.NoError(t, err)
		for _, r := range resp.GetReports() {
			got = append(got, r.GetId())
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			require.Equal(t, 3, pages)
			break
		}
	}
	require.Equal(t, want, got)
}

func TestListReports_OfOneAnalysis(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	wanted := b.compose(t, b.ada, found(t))
	b.compose(t, b.ada, found(t))
	for _, id := range []string{wanted.GetAnalysisId(), strings.ToUpper(wanted.GetAnalysisId())} {
		resp, err := b.ListReports(ctx, &reportv1.ListReportsRequest{AnalysisId: id})
		require.NoError(t, err)
		require.Len(t, resp.GetReports(), 1)
		require.Equal(t, wanted.GetId(), resp.GetReports()[0].GetId())
	}
}

func TestListReports_RefusesATokenOfAnotherList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	b.compose(t, b.ada, found(t))
	b.compose(t, b.ada, found(t))
	resp, err := b.ListReports(ctx, &reportv1.ListReportsRequest{PageSize: 1})
	require.NoError(t, err)
	for name, req := range map[string]*reportv1.ListReportsRequest{
		"a token of the list with another filter": {PageToken: resp.GetNextPageToken(), AnalysisId: uuid.NewString()},
		"a token that nobody gave":                {PageToken: "abc"},
	} {
		_, err := b.ListReports(ctx, req)
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, "page_token", name)
	}
}

func TestReportsOnContradictingFindingsSayBoth(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	one, two := req.GetFindings()[0], req.GetFindings()[1]
	one.Contradictions = []*analysisv1.Contradiction{{FindingId: two.GetId(), Reason: "One says every commit, the other never."}}
	two.Contradictions = []*analysisv1.Contradiction{{FindingId: one.GetId(), Reason: "One says every commit, the other never."}}
	text := b.export(t, b.ada, b.compose(t, b.ada, req).GetId(), "md").text
	require.Equal(t, 1, strings.Count(text, "One says every commit, the other never."), "a pair is told of once")
}
