package analysis_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

func TestStartAnalysis_RefusesBadInputByName(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	eve := authntest.Caller(t, authn.RoleResearcher)
	theirs := b.research.Make(eve.WorkspaceID)
	tests := map[string]struct {
		change func(*analysisv1.StartAnalysisRequest)
		field  string
	}{
		"no question":                   {func(r *analysisv1.StartAnalysisRequest) { r.Question = "" }, "question"},
		"a blank question":              {func(r *analysisv1.StartAnalysisRequest) { r.Question = " \n\t " }, "question"},
		"a question of stop words":      {func(r *analysisv1.StartAnalysisRequest) { r.Question = "What is it and how?" }, "question"},
		"a question beyond the limit":   {func(r *analysisv1.StartAnalysisRequest) { r.Question = strings.Repeat("log ", 1001) }, "question"},
		"an unknown engine":             {func(r *analysisv1.StartAnalysisRequest) { r.Engine = "oracle" }, "engine"},
		"an unknown template":           {func(r *analysisv1.StartAnalysisRequest) { r.Report = &analysisv1.ReportOptions{TemplateId: "poem"} }, "report.template_id"},
		"a deadline in the past":        {deadline(time.Now().Add(-time.Second)), "budget.deadline"},
		"a negative budget":             {func(r *analysisv1.StartAnalysisRequest) { r.Budget = &analysisv1.Budget{MaxTokens: -1} }, "budget.max_tokens"},
		"a research id that is none":    {func(r *analysisv1.StartAnalysisRequest) { r.ResearchId = "7" }, "research_id"},
		"research that nobody made":     {func(r *analysisv1.StartAnalysisRequest) { r.ResearchId = uuid.NewString() }, "research_id"},
		"research of another workspace": {func(r *analysisv1.StartAnalysisRequest) { r.ResearchId = theirs }, "research_id"},
		"a request id beyond the limit": {func(r *analysisv1.StartAnalysisRequest) { r.RequestId = strings.Repeat("a", 129) }, "request_id"},
		"a kind that does not exist":    {func(r *analysisv1.StartAnalysisRequest) { r.Kind = 99 }, "kind"},
		"a format that cannot be rendered": {func(r *analysisv1.StartAnalysisRequest) {
			r.Report = &analysisv1.ReportOptions{Formats: []string{"gif"}}
		}, "report.formats"},
		"too many sources": {func(r *analysisv1.StartAnalysisRequest) {
			r.Parameters = &researchv1.ResearchParameters{MaxSources: 201}
		}, "parameters.max_sources"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &analysisv1.StartAnalysisRequest{Question: question}
			tc.change(req)
			_, err := b.StartAnalysis(as(t, b.ada), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
			list, err := b.ListAnalyses(as(t, b.ada), &analysisv1.ListAnalysesRequest{})
			require.NoError(t, err)
			require.Empty(t, list.GetAnalyses(), "nothing is stored")
		})
	}
}

func deadline(at time.Time) func(*analysisv1.StartAnalysisRequest) {
	return func(r *analysisv1.StartAnalysisRequest) { r.Budget = &analysisv1.Budget{Deadline: timestamppb.New(at)} }
}

func TestStartAnalysis_NeedsItsPeersOnlyForWhatItLooksUp(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	b.report.On("GetTemplate", until(100))
	b.start(t)
	_, err := b.StartAnalysis(as(t, b.ada), &analysisv1.StartAnalysisRequest{
		Question: question, Report: &analysisv1.ReportOptions{TemplateId: "brief"},
	})
	require.ErrorIs(t, err, errs.Unavailable)
}

// Runs that cost nothing go on without the workspace's settings; others do not, since
// the settings say what may be spent.
func TestStartAnalysis_WhileAuthIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.auth.GoAway()
	a := b.finish(t, b.start(t))
	require.Equal(t, "extractive", a.GetEngine())
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState())
	_, err := b.StartAnalysis(as(t, b.ada), &analysisv1.StartAnalysisRequest{Question: question, Engine: "openai"})
	require.ErrorIs(t, err, errs.Unavailable)
}

func TestStartAnalysis_HandsTheTemplateToTheReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.finish(t, b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.Report = &analysisv1.ReportOptions{TemplateId: "brief"} }))
	require.Equal(t, "brief", b.report.Composed()[0].GetTemplateId())
}

func TestStartAnalysis_FillsTheDefaults(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	a := b.get(t, b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.Question = "  " + question + "\n" }))
	require.Equal(t, question, a.GetQuestion())
	require.Equal(t, analysisv1.Kind_SUMMARY, a.GetKind())
	require.Equal(t, analysisv1.CitationPolicy_FLAG, a.GetCitationPolicy())
	require.EqualValues(t, 1, a.GetLastSequence())
}

func TestStartAnalysis_RetriesStartOneRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	const callers = 8
	ids, failures := make(chan string, callers), make(chan error, callers)
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() {
			a, err := b.StartAnalysis(ctx, &analysisv1.StartAnalysisRequest{Question: question, RequestId: "once"})
			ids <- a.GetId()
			failures <- err
		})
	}
	calls.Wait()
	first := <-ids
	for range callers - 1 {
		require.Equal(t, first, <-ids)
	}
	for range callers {
		require.NoError(t, <-failures)
	}
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, first).GetState())
	b.requireOneOfEach(t, first)

	later, err := b.StartAnalysis(ctx, &analysisv1.StartAnalysisRequest{Question: question, RequestId: "once"})
	require.NoError(t, err)
	require.Equal(t, first, later.GetId())
	require.Equal(t, analysisv1.Analysis_COMPLETED, later.GetState(), "as it stands now")

	bob := authntest.Caller(t, authn.RoleResearcher)
	other, err := b.StartAnalysis(as(t, bob), &analysisv1.StartAnalysisRequest{Question: question, RequestId: "once"})
	require.NoError(t, err)
	require.NotEqual(t, first, other.GetId(), "request ids are the workspace's own")
}

func TestStartAnalysis_DryRunPlansAndStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, err := b.StartAnalysis(as(t, b.ada), &analysisv1.StartAnalysisRequest{Question: question, DryRun: true, RequestId: "dry"})
	require.NoError(t, err)
	require.Empty(t, a.GetId())
	require.Equal(t, analysisv1.Analysis_STATE_UNSPECIFIED, a.GetState())
	require.NotEmpty(t, a.GetPlan().GetQueries())
	require.Zero(t, a.GetPlan().GetEstimatedCostUsd(), "the built-in engine costs nothing")
	for table, n := range b.count(t, b.ada.WorkspaceID) {
		require.Zero(t, n, table)
	}
	require.Empty(t, b.research.Requests())

	started := b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.RequestId = "dry" })
	require.NotEmpty(t, started, "the request id is not used up")
}

func TestListAnalyses_PagesTheNewestFirst(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	var want []string
	for range 5 {
		want = append([]string{b.start(t)}, want...)
	}
	var got []string
	req := &analysisv1.ListAnalysesRequest{PageSize: 2}
	for {
		resp, err := b.ListAnalyses(as(t, b.ada), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(resp.GetAnalyses()), 2)
		for _, a := range resp.GetAnalyses() {
			got = append(got, a.GetId())
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, want, got)

	_, err := b.ListAnalyses(as(t, b.ada), &analysisv1.ListAnalysesRequest{PageToken: "abc"})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "page_token")
}
