package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
)

func TestSecondCall_IsAnsweredFromTheCacheAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		engine string
		calls  int32
	}{"with a model": {"openai", 3}, "with the built-in engine": {"extractive", 0}}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(f *fixture) {
				f.script.before = call
				f.script.write = func(found []engine.Finding) []engine.Sentence {
					return []engine.Sentence{{Text: found[0].Claim, Findings: []int{0}}}
				}
			})
			with := func(r *analysisv1.StartAnalysisRequest) { r.Engine = tc.engine }
			first := f.finish(f.start(with))
			require.Equal(t, tc.calls, first.GetUsage().GetCalls())
			asked := f.model.calls()

			second := f.start(with, func(r *analysisv1.StartAnalysisRequest) { r.Question = "  " + question + " " })
			require.Equal(t, analysisv1.Analysis_COMPLETED, second.GetState(), "at once")
			require.NotEqual(t, first.GetId(), second.GetId())
			require.Equal(t, first.GetId(), second.GetCachedFrom())
			require.Equal(t, tc.calls, second.GetUsage().GetCachedCalls(), "it says what it saved")
			require.Zero(t, second.GetUsage().GetCalls())
			require.Zero(t, second.GetUsage().GetCostUsd())
			require.Equal(t, asked, f.model.calls())
			require.Len(t, f.research.Created(), 1)
			require.Equal(t, first.GetReportId(), second.GetReportId())
			require.Equal(t, first.GetResearchId(), second.GetResearchId())
			require.Equal(t, first.GetPlan().String(), second.GetPlan().String())
			require.Len(t, second.GetRounds(), len(first.GetRounds()))
			requireSameAnswer(t, f, first, second)

			var story []string
			for _, e := range f.events(second.GetId()) {
				name := e.GetType().String()
				if state := e.GetStateChanged(); state != nil {
					name = state.GetState().String()
				}
				if len(story) == 0 || story[len(story)-1] != name {
					story = append(story, name)
				}
			}
			require.Equal(t, []string{"QUEUED", "ROUND_STARTED", "FINDING_ADDED", "REPORT_READY", "COMPLETED"}, story)

			_, err := f.DeleteAnalysis(f.as(), &analysisv1.DeleteAnalysisRequest{Id: first.GetId()})
			require.NoError(t, err)
			require.NotEmpty(t, f.findings(second.GetId()), "its findings are its own")
		})
	}
}

// requireSameAnswer fails unless two runs found the same, under ids of their own.
func requireSameAnswer(t *testing.T, f *fixture, first, second *analysisv1.Analysis) {
	t.Helper()
	before, after := f.findings(first.GetId()), f.findings(second.GetId())
	require.Len(t, after, len(before))
	ids := map[string]string{}
	for i := range before {
		require.NotEqual(t, before[i].GetId(), after[i].GetId())
		ids[before[i].GetId()] = after[i].GetId()
		require.Equal(t, before[i].GetClaim(), after[i].GetClaim())
		require.Equal(t, before[i].GetSupport(), after[i].GetSupport())
		require.Len(t, after[i].GetCitations(), len(before[i].GetCitations()))
	}
	require.Len(t, second.GetSummary(), len(first.GetSummary()))
	for i, sentence := range first.GetSummary() {
		require.Equal(t, ids[sentence.GetFindingIds()[0]], second.GetSummary()[i].GetFindingIds()[0])
	}
}

func TestSecondCall_IsARunOfItsOwnWhenSomethingIsDifferent(t *testing.T) {
	t.Parallel()
	type request = analysisv1.StartAnalysisRequest
	tests := map[string]struct {
		world  func(*fixture)
		change func(*request)
	}{
		"the question":              {nil, func(r *request) { r.Question = "How do checkpoints protect data?" }},
		"the kind":                  {nil, func(r *request) { r.Kind = analysisv1.Kind_TIMELINE }},
		"the parameters":            {nil, func(r *request) { r.Parameters = &researchv1.ResearchParameters{MaxSources: 3} }},
		"the rounds":                {nil, func(r *request) { r.MaxRounds = 2 }},
		"the policy":                {nil, func(r *request) { r.CitationPolicy = analysisv1.CitationPolicy_STRICT }},
		"the template":              {nil, func(r *request) { r.Report = &analysisv1.ReportOptions{TemplateId: "brief"} }},
		"the engine":                {nil, func(r *request) { r.Engine = "extractive" }},
		"a user who wants no cache": {nil, func(r *request) { r.Cache = analysisv1.Cache_BYPASS }},
		"a user who wants a say":    {nil, func(r *request) { r.AwaitApproval = true }},
		"the library":               {func(f *fixture) { f.research.ChangeLibrary() }, nil},
		"the workspace's models": {func(f *fixture) {
			f.settings.Routes = map[string]settings.Route{"write": {Engine: "openai", Model: "test-2"}}
			f.settings.Month.Tokens = 1 << 40 // its price is not known
		}, nil},
		"another workspace": {func(f *fixture) { f.ada.WorkspaceID = "0197f0c0-0000-7000-8000-000000000077" }, nil},
	}
	f := setup(t)
	f.finish(f.start())
	ada := f.ada
	for name, tc := range tests {
		f.ada, f.settings = ada, settings.Settings{}
		if tc.world != nil {
			tc.world(f)
		}
		change := tc.change
		if change == nil {
			change = func(*request) {}
		}
		a := f.start(change)
		require.Empty(t, a.GetCachedFrom(), name)
		require.Equal(t, analysisv1.Analysis_QUEUED, a.GetState(), name)
	}
}

func TestSecondCall_OfARunThatIsNoAnswer(t *testing.T) {
	t.Parallel()
	f := setup(t, failing(engine.ErrBudget, engine.StepPlan))
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, f.finish(f.start()).GetState())
	require.Empty(t, f.start().GetCachedFrom(), "a part of an answer is none")

	off := setup(t, func(f *fixture) { f.ttl = 0 })
	off.finish(off.start())
	require.Empty(t, off.start().GetCachedFrom(), "the operator wants none")
}

func TestRerun_AsksAgainAndSaysWhatChanged(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) { r.Engine = "extractive" }))
	f.research.Documents[1].Text = "A checkpoint writes half of the changed data pages to disk and bounds how much of the write-ahead log must be replayed."
	again := &analysisv1.RerunAnalysisRequest{Id: first.GetId(), RequestId: "again"}
	second, err := f.RerunAnalysis(f.as(), again)
	require.NoError(t, err)
	require.Equal(t, first.GetId(), second.GetRerunOf())
	require.Equal(t, analysisv1.Cache_BYPASS, second.GetCache())
	require.Equal(t, question, second.GetQuestion())
	twice, err := f.RerunAnalysis(f.as(), again)
	require.NoError(t, err)
	require.Equal(t, second.GetId(), twice.GetId())
	f.finish(second)
	require.Len(t, f.research.Created(), 2)

	diff, err := f.CompareAnalyses(f.as(), &analysisv1.CompareAnalysesRequest{Id: second.GetId()})
	require.NoError(t, err)
	require.Equal(t, first.GetId(), diff.GetBaseId())
	require.Len(t, diff.GetChanged(), 1)
	require.Equal(t, []string{"The words changed."}, diff.GetChanged()[0].GetChanges())
	require.EqualValues(t, len(f.findings(first.GetId()))-1, diff.GetUnchanged())
	require.Empty(t, diff.GetSourcesAdded(), "the same sources, under other ids")

	_, err = f.CompareAnalyses(f.as(), &analysisv1.CompareAnalysesRequest{Id: first.GetId()})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "base_id")
}

func TestCompare_WaitsForBoth(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.finish(f.start())
	f.research.EndAs(researchv1.Research_RUNNING, "")
	second, err := f.RerunAnalysis(f.as(), &analysisv1.RerunAnalysisRequest{Id: first.GetId()})
	require.NoError(t, err)
	_, err = f.CompareAnalyses(f.as(), &analysisv1.CompareAnalysesRequest{Id: second.GetId()})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	_, err = f.CancelAnalysis(f.as(), &analysisv1.CancelAnalysisRequest{Id: second.GetId()})
	require.NoError(t, err)
	diff, err := f.CompareAnalyses(f.as(), &analysisv1.CompareAnalysesRequest{Id: second.GetId()})
	require.NoError(t, err)
	require.Len(t, diff.GetRemoved(), len(f.findings(first.GetId())), "it found nothing")
}
