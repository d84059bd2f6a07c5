package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/llm"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
)

// failing lets the steps named fail with an error.
func failing(err error, steps ...engine.Step) func(*fixture) {
	return func(f *fixture) {
		asking(f)
		f.script.before = func(_ context.Context, step engine.Step, _ engine.Session) error {
			if slices.Contains(steps, step) {
				return fmt.Errorf("call the model: %w", err)
			}
			return nil
		}
	}
}

// everyStep are the steps that a model does, but for judging, which a run without
// doubts does not need.
var everyStep = []engine.Step{engine.StepPlan, engine.StepReflect, engine.StepAnalyze, engine.StepWrite}

func TestBudget_UsedUpTheRunGoesOnWithoutAModel(t *testing.T) {
	t.Parallel()
	tests := map[engine.Step]string{
		engine.StepPlan:    "The question was taken apart by the built-in engine, because the budget is used up.",
		engine.StepReflect: "No further round of collecting was made, because the budget is used up.",
		engine.StepAnalyze: "The findings were chosen by the built-in engine, because the budget is used up.",
		engine.StepWrite:   "The summary was put together by the built-in engine, because the budget is used up.",
	}
	for step, missing := range tests {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			f := setup(t, further, failing(engine.ErrBudget, step))
			a := f.finish(f.start(deep(2)))
			require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
			require.Equal(t, []string{missing}, a.GetMissing())
			require.NotEmpty(t, f.findings(a.GetId()))
			require.Equal(t, a.GetMissing(), f.report.Composed()[0].GetMissing(), "the report says so")
		})
	}
	t.Run("from the start", func(t *testing.T) {
		t.Parallel()
		f := setup(t, failing(engine.ErrBudget, everyStep...))
		a := f.finish(f.start(deep(3)))
		require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
		require.Len(t, a.GetMissing(), 4)
		require.NotEmpty(t, f.findings(a.GetId()))
		require.NotEmpty(t, a.GetReportId())
	})
}

// The whole way: the engine calls, the ledger refuses.
func TestBudget_OfTheRunIsKeptAndToldOf(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) { f.script.before = call })
	// A call costs 3,000 millionths, at most 2,000 out and about ten in: there is room
	// for the plan and nothing more.
	a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) { r.Budget = &analysisv1.Budget{MaxCostUsd: 0.0042} }))
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Equal(t, []string{
		"The findings were chosen by the built-in engine, because the budget is used up.",
	}, first(a.GetMissing(), 1))
	require.Equal(t, 1, f.model.calls())
	require.EqualValues(t, 1, a.GetUsage().GetCalls())
	require.InDelta(t, 0.003, a.GetUsage().GetCostUsd(), 1e-12)
	require.EqualValues(t, 1000, a.GetUsage().GetInputTokens())

	require.Equal(t, 1, f.count(a.GetId(), analysisv1.Event_USAGE), "told of after the step that cost, and not again")
	low := 0
	for _, e := range f.events(a.GetId()) {
		if e.GetBudgetLow() != nil {
			low++
			require.Equal(t, "run", e.GetBudgetLow().GetScope())
			require.GreaterOrEqual(t, e.GetBudgetLow().GetShare(), 0.8)
		}
	}
	require.Equal(t, 1, low, "once for each scope")
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

func TestBudget_OfTheWorkspaceHoldsTheRunBack(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) {
		f.script.before = call
		f.settings.Month = spend.Amount{CostNanoUSD: 1}
	})
	a := f.finish(f.start())
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Zero(t, f.model.calls())
	require.Zero(t, a.GetUsage().GetCostUsd())
}

func TestUsage_IsThatOfTheLedger(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) { f.script.before = call })
	a := f.finish(f.start())
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a.GetMissing())
	require.EqualValues(t, f.model.calls(), a.GetUsage().GetCalls())
	require.EqualValues(t, 3, a.GetUsage().GetCalls(), "plan, analyze, write")
	require.InDelta(t, 0.009, a.GetUsage().GetCostUsd(), 1e-12)
	require.Equal(t, 3, f.count(a.GetId(), analysisv1.Event_USAGE))
	require.Equal(t, a.GetUsage().GetCalls(), f.report.Composed()[0].GetUsage().GetCalls())
}

func TestDeadline_NearTheRunGoesOnWithoutAModel(t *testing.T) {
	t.Parallel()
	f := setup(t, func(f *fixture) {
		f.script.before = func(ctx context.Context, step engine.Step, _ engine.Session) error {
			if step != engine.StepAnalyze {
				return nil
			}
			<-ctx.Done() // a model that thinks for ever
			return ctx.Err()
		}
	})
	began := time.Now()
	a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) {
		r.Budget = &analysisv1.Budget{Deadline: timestamppb.New(began.Add(4 * time.Second))}
	}))
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Contains(t, a.GetMissing(), "The findings were chosen by the built-in engine, because the deadline was near.")
	require.Contains(t, a.GetMissing(), "The summary was put together by the built-in engine, because the deadline was near.")
	require.Less(t, time.Since(began), 10*time.Second)
}

func TestModelThatCannotBeUsed_FailsTheFindingsAndNothingElse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind    llm.Kind
		reason  string
		message string
	}{
		"a key that is refused":     {llm.Denied, "MODEL_DENIED", "the key for openai was refused"},
		"no credit":                 {llm.Exhausted, "MODEL_EXHAUSTED", "the account with openai has no credit left"},
		"a model that is unknown":   {llm.Invalid, "MODEL_INVALID", "openai did not take the request (model test)"},
		"a model that will not":     {llm.Refused, "MODEL_REFUSED", "the model would not answer"},
		"more than the model takes": {llm.TooLong, "MODEL_TOO_LONG", "the model cannot take so long a text"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, failing(&llm.Error{Kind: tc.kind, Message: "sk-secret was not accepted"}, everyStep...))
			a := f.finish(f.start(deep(2)))
			require.Equal(t, analysisv1.Analysis_FAILED, a.GetState())
			require.Equal(t, tc.reason, a.GetError().GetReason())
			require.Equal(t, `The step "analyze" did not succeed: `+tc.message+".", a.GetError().GetMessage())
			require.Equal(t, []string{
				"The question was taken apart by the built-in engine, because " + tc.message + ".",
				"No further round of collecting was made, because " + tc.message + ".",
			}, a.GetMissing())

			f.script.mu.Lock()
			f.script.before = nil // the key was renewed
			f.script.mu.Unlock()
			_, err := f.RetryAnalysis(f.as(), &analysisv1.RetryAnalysisRequest{Id: a.GetId()})
			require.NoError(t, err)
			a = f.finish(a)
			require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
			require.Nil(t, a.GetError())
		})
	}
}

func TestModelThatDoesNotAnswer_IsAskedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	tries := map[engine.Step]int{}
	f := setup(t, func(f *fixture) {
		f.script.before = func(_ context.Context, step engine.Step, _ engine.Session) error {
			mu.Lock()
			defer mu.Unlock()
			tries[step]++
			if step == engine.StepPlan || (step == engine.StepAnalyze && tries[step] == 1) {
				return &llm.Error{Kind: llm.Unavailable, Message: "503"}
			}
			return nil
		}
	})
	a := f.finish(f.start())
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Equal(t, []string{"The question was taken apart by the built-in engine, because openai did not answer."}, a.GetMissing())
	require.Equal(t, 3, tries[engine.StepPlan], "then the built-in engine does it")
	require.Equal(t, 2, tries[engine.StepAnalyze])
}

func TestCancel_EndsTheCallOfAModelAtOnce(t *testing.T) {
	t.Parallel()
	reached, ended := make(chan struct{}), make(chan struct{})
	f := setup(t, func(f *fixture) {
		f.script.before = func(ctx context.Context, step engine.Step, s engine.Session) error {
			if step != engine.StepAnalyze {
				return nil
			}
			if err := call(ctx, step, s); err != nil {
				return err
			}
			close(reached)
			<-ctx.Done()
			close(ended)
			return ctx.Err()
		}
	})
	a := f.start()
	<-reached
	_, err := f.CancelAnalysis(f.as(), &analysisv1.CancelAnalysisRequest{Id: a.GetId()})
	require.NoError(t, err)
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the step goes on")
	}
	require.Eventually(t, func() bool { return f.finish(a).GetUsage().GetCalls() == 1 }, patience, timeStep, "what it cost is noted nevertheless")
	require.Equal(t, analysisv1.Analysis_CANCELLED, f.finish(a).GetState())
}

func TestPaidSearches_AreReservedAndSettled(t *testing.T) {
	t.Parallel()
	f := setup(t, asking, further, withPaid)
	a := f.finish(f.start(deep(2)))
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a.GetMissing())
	require.Empty(t, f.research.Created()[0].GetParameters().GetSources(), "everything is asked")
	require.EqualValues(t, 2, a.GetUsage().GetCalls(), "one request in each round, as research counted")
	require.InDelta(t, 0.02, a.GetUsage().GetCostUsd(), 1e-12)
}

func TestPaidSearches_ThatTheBudgetHasNoRoomForAreLeftOut(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		named []string
		want  []string
	}{
		"of all that are configured": {nil, []string{"documents", "free"}},
		"of those that were named":   {[]string{"paid", "free"}, []string{"free"}},
		"the library is left":        {[]string{"paid"}, []string{"documents"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, withPaid)
			a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) {
				r.Budget = &analysisv1.Budget{MaxCostUsd: 0.005}
				r.Parameters = &researchv1.ResearchParameters{Sources: tc.named, Breadth: 2}
			}))
			require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
			require.Len(t, a.GetMissing(), 1)
			require.True(t, strings.HasPrefix(a.GetMissing()[0], "The source paid was not asked: the budget "), a.GetMissing()[0])
			require.Equal(t, tc.want, f.research.Created()[0].GetParameters().GetSources())
			require.Zero(t, a.GetUsage().GetCostUsd())
		})
	}
}

// withPaid configures a connector whose requests cost a cent each.
func withPaid(f *fixture) {
	f.research.Connectors = []*researchv1.Connector{
		{Name: "documents", Configured: true}, {Name: "free", Configured: true}, {Name: "paid", Configured: true, Paid: true}, {Name: "off"},
	}
}
