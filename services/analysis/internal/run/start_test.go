package run_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
)

// awaiting asks for a run that waits for its plan's approval.
func awaiting(r *analysisv1.StartAnalysisRequest) { r.AwaitApproval = true }

func TestApproval_TheUsersPlanIsFollowed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.until(f.start(awaiting).GetId(), analysisv1.Analysis_AWAITING_APPROVAL)
	require.NotEmpty(t, a.GetPlan().GetQueries())
	require.Empty(t, f.research.Created(), "nothing is collected before")
	require.Zero(t, f.count(a.GetId(), analysisv1.Event_ROUND_STARTED))

	edited := &analysisv1.Plan{SubQuestions: []string{"What is logged?"}, Queries: []string{" my own words "}, EstimatedCalls: 77}
	a, err := f.ApprovePlan(f.as(), &analysisv1.ApprovePlanRequest{Id: a.GetId(), Plan: edited})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_COLLECTING, a.GetState())
	_, err = f.ApprovePlan(f.as(), &analysisv1.ApprovePlanRequest{Id: a.GetId()})
	require.ErrorIs(t, err, errs.FailedPrecondition, "once is enough")
	a = f.finish(a)
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a)
	require.Equal(t, []string{"my own words"}, a.GetPlan().GetQueries())
	require.NotEqual(t, 77, a.GetPlan().GetEstimatedCalls(), "only questions and queries count")
	require.Equal(t, []string{"my own words"}, f.research.Created()[0].GetSubQueries())
	require.Equal(t, []string{"What is logged?"}, a.GetRounds()[0].GetQuestions())
	require.Equal(t, []string{"plan", "approve", "search/1", "collect/1", "analyze", "check", "write", "report"}, f.steps(a.GetId()))
	require.Empty(t, f.start().GetCachedFrom(), "the answer to an edited plan is nobody else's")
}

func TestApproval_AsItIs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.until(f.start(awaiting).GetId(), analysisv1.Analysis_AWAITING_APPROVAL)
	_, err := f.ApprovePlan(f.as(), &analysisv1.ApprovePlanRequest{Id: a.GetId()})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_COMPLETED, f.finish(a).GetState())
	require.Equal(t, a.GetId(), f.start().GetCachedFrom())
}

func TestApproval_RefusesAPlanThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.until(f.start(awaiting).GetId(), analysisv1.Analysis_AWAITING_APPROVAL)
	tests := map[string]struct {
		plan  *analysisv1.Plan
		field string
	}{
		"no query":            {&analysisv1.Plan{SubQuestions: []string{"why?"}}, "plan.queries"},
		"a blank query":       {&analysisv1.Plan{Queries: []string{"a", " "}}, "plan.queries[1]"},
		"too many":            {&analysisv1.Plan{Queries: strings.Split(strings.Repeat("a,", 16)+"a", ",")}, "plan.queries"},
		"a question too long": {&analysisv1.Plan{Queries: []string{"a"}, SubQuestions: []string{strings.Repeat("é", 2001)}}, "plan.sub_questions[0]"},
	}
	for name, tc := range tests {
		_, err := f.ApprovePlan(f.as(), &analysisv1.ApprovePlanRequest{Id: a.GetId(), Plan: tc.plan})
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, tc.field, name)
	}
	require.Equal(t, analysisv1.Analysis_AWAITING_APPROVAL, f.until(a.GetId(), analysisv1.Analysis_AWAITING_APPROVAL).GetState())
	cancelled, err := f.CancelAnalysis(f.as(), &analysisv1.CancelAnalysisRequest{Id: a.GetId()})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_CANCELLED, cancelled.GetState())
	again, err := f.RetryAnalysis(f.as(), &analysisv1.RetryAnalysisRequest{Id: a.GetId()})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_AWAITING_APPROVAL, again.GetState(), "it waits again")
}

func TestApproval_ThatDoesNotComeEndsTheRun(t *testing.T) {
	t.Parallel()
	f := setup(t)
	a := f.start(awaiting, func(r *analysisv1.StartAnalysisRequest) {
		r.Budget = &analysisv1.Budget{Deadline: timestamppb.New(time.Now().Add(2 * time.Second))}
	})
	f.until(a.GetId(), analysisv1.Analysis_AWAITING_APPROVAL)
	a = f.finish(a)
	require.Equal(t, analysisv1.Analysis_FAILED, a.GetState())
	require.Equal(t, "APPROVAL_EXPIRED", a.GetError().GetReason())
}

func TestStart_KeepsTheWorkspacesNumberOfRuns(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) { f.settings.MaxRunning = 2 })
	f.research.EndAs(researchv1.Research_RUNNING, "")
	begin := func(question string) (*analysisv1.Analysis, error) {
		return f.StartAnalysis(f.as(), &analysisv1.StartAnalysisRequest{Question: question, RequestId: question})
	}
	const callers = 6
	results := make(chan error, callers)
	for i := range callers {
		go func() {
			_, err := begin(strings.Repeat("log ", i+1))
			results <- err
		}()
	}
	refused := 0
	for range callers {
		if err := <-results; err != nil {
			require.ErrorIs(t, err, errs.ResourceExhausted)
			require.Equal(t, "TOO_MANY_RUNNING", errs.Reason(err))
			refused++
		}
	}
	require.Equal(t, callers-2, refused, "however many ask at once")
	list, err := f.ListAnalyses(f.as(), &analysisv1.ListAnalysesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetAnalyses(), 2)
	_, err = f.CancelAnalysis(f.as(), &analysisv1.CancelAnalysisRequest{Id: list.GetAnalyses()[0].GetId()})
	require.NoError(t, err)
	_, err = begin("data pages")
	require.NoError(t, err)
}

func TestDryRun_SaysWhatItWouldCost(t *testing.T) {
	t.Parallel()
	f := setup(t, withPaid)
	a := f.start(func(r *analysisv1.StartAnalysisRequest) { r.DryRun = true })
	require.Empty(t, a.GetId())
	require.NotEmpty(t, a.GetPlan().GetQueries())
	require.Zero(t, f.model.calls(), "planning costs nothing")
	steps := map[string]*analysisv1.PlannedStep{}
	for _, step := range a.GetPlan().GetSteps() {
		steps[step.GetStep()] = step
	}
	require.Equal(t, "test", steps["plan"].GetModel())
	require.InDelta(t, 2, steps["plan"].GetCostUsd(), 1e-9, "a million in at 1, half a million out at 2")
	require.InDelta(t, 2, steps["analyze"].GetCostUsd(), 1e-9)
	require.Equal(t, "paid", steps["search"].GetEngine())
	require.InDelta(t, 0.01*float64(steps["search"].GetCalls()), steps["search"].GetCostUsd(), 1e-9)
	require.Positive(t, steps["search"].GetCalls())
	require.NotContains(t, steps, "reflect", "there is one round")
	require.InDelta(t, 4+steps["search"].GetCostUsd(), a.GetPlan().GetEstimatedCostUsd(), 1e-9)
	require.EqualValues(t, 3_500_000, a.GetPlan().GetEstimatedTokens())
	list, err := f.ListAnalyses(f.as(), &analysisv1.ListAnalysesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetAnalyses())
}

func TestStart_RoutesEachStep(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) {
		f.settings.Routes = map[string]settings.Route{"default": {Engine: "extractive"}, "analyze": {Engine: "openai"}}
	})
	a := f.start(func(r *analysisv1.StartAnalysisRequest) { r.Engine = "" })
	f.settings.Routes = nil // what is decided now is for runs to come
	a = f.finish(a)
	require.Equal(t, "openai", a.GetEngine())
	require.Equal(t, "test", a.GetModel(), "the default of today, by its name")
	for _, step := range a.GetPlan().GetSteps() {
		want := "extractive"
		if step.GetStep() == "analyze" {
			want = "openai"
		}
		require.Equal(t, want, step.GetEngine(), step.GetStep())
	}
}

func TestStart_RefusesWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	type request = analysisv1.StartAnalysisRequest
	tests := map[string]struct {
		world  func(*fixture)
		change func(*request)
		want   string
	}{
		"an engine without a key": {func(f *fixture) { f.model.missing = "set OPENAI_API_KEY" }, func(*request) {}, "set OPENAI_API_KEY"},
		"a model without a price": {nil, func(r *request) { r.Model = "unheard-of" }, "MODEL_PRICES"},
		"claims of no fact check": {nil, func(r *request) { r.Claims = []string{"Water is wet."} }, "claims"},
		"a blank claim": {nil, func(r *request) {
			r.Kind, r.Claims = analysisv1.Kind_FACT_CHECK, []string{"Water is wet.", " "}
		}, "claims[1]"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			if tc.world != nil {
				tc.world(f)
			}
			req := &request{Question: question, Engine: "openai"}
			tc.change(req)
			_, err := f.StartAnalysis(f.as(), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.want)
		})
	}
	t.Run("the best that is configured is used when none is named", func(t *testing.T) {
		t.Parallel()
		f := setup(t, func(f *fixture) { f.model.missing = "set OPENAI_API_KEY" })
		require.Equal(t, "extractive", f.start(func(r *request) { r.Engine = "" }).GetEngine())
	})
}
