package run

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// MaxQueries is how many questions and how many queries a plan may hold, and research
// takes at once.
const MaxQueries = 16

// Plan takes a question apart with an engine. A question without a word to
// search for is an errs.InvalidArgument.
func Plan(ctx context.Context, e engine.Engine, q engine.Question) (*analysisv1.Plan, error) {
	plan, err := e.Plan(ctx, q)
	if errors.Is(err, engine.ErrNoQuestion) {
		return nil, errs.Field("question", "must hold a word to search for")
	}
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return &analysisv1.Plan{SubQuestions: first(plan.SubQuestions, MaxQueries), Queries: first(plan.Queries, MaxQueries)}, nil
}

// first returns at most n of a list.
func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// makePlan is the first step.
func (t *task) makePlan(ctx context.Context) (Outcome, error) {
	var plan *analysisv1.Plan
	ask := func(ctx context.Context, e engine.Engine) (err error) {
		plan, err = Plan(ctx, e, wire.Question(t.req))
		return err
	}
	var out Outcome
	reason, err := t.withModel(ctx, engine.StepPlan, ask)
	if err == nil && reason != "" {
		out.Missing = []string{"The question was taken apart by the built-in engine, because " + reason + "."}
		err = ask(ctx, t.plain())
	}
	if err != nil {
		return Outcome{}, err
	}
	// The routes and the estimate were fixed when the run was started.
	t.plan.SubQuestions, t.plan.Queries = plan.GetSubQuestions(), plan.GetQueries()
	encoded, err := protojson.Marshal(t.plan)
	if err != nil {
		return Outcome{}, fmt.Errorf("encode plan: %w", err)
	}
	if t.req.GetAwaitApproval() {
		out.Next, out.NotBefore, out.State, out.Progress = StepApprove, t.a.Deadline, store.AwaitingApproval, progressPlanned
		out.Change = func(a *store.Analysis) { a.Plan = encoded }
		return out, nil
	}
	parts, err := FirstRound(t.plan)
	if err != nil {
		return Outcome{}, err
	}
	out.Next, out.State, out.Progress = AfterPlan(t.a), store.Collecting, progressPlanned
	out.Change = func(a *store.Analysis) { a.Plan, a.Parts = encoded, parts }
	out.Events = []*analysisv1.Event{FirstRoundStarted(t.plan)}
	return out, nil
}

// AfterPlan is the step after the plan: research that the user named is not asked for,
// only waited for.
func AfterPlan(a store.Analysis) string {
	if a.ResearchID != nil {
		return At(StepCollect, 1)
	}
	return At(StepSearch, 1)
}

// FirstRound returns what a run with a plan keeps of its first round.
func FirstRound(plan *analysisv1.Plan) ([]byte, error) {
	return wire.EncodeParts([]*analysisv1.Round{{Round: 1, Questions: plan.GetSubQuestions(), Queries: plan.GetQueries()}}, nil)
}

// FirstRoundStarted is the event of the first round of a plan.
func FirstRoundStarted(plan *analysisv1.Plan) *analysisv1.Event {
	return RoundStarted(&analysisv1.Round{Round: 1, Questions: plan.GetSubQuestions(), Queries: plan.GetQueries()})
}

// RoundStarted is the event that tells of a round.
func RoundStarted(r *analysisv1.Round) *analysisv1.Event {
	return &analysisv1.Event{
		Type: analysisv1.Event_ROUND_STARTED,
		Detail: &analysisv1.Event_RoundStarted{RoundStarted: &analysisv1.RoundStarted{
			Round: r.GetRound(), Questions: r.GetQuestions(), Queries: r.GetQueries(),
		}},
	}
}

// expire is what happens to a run whose plan nobody approves: its job comes at the
// deadline, and finds the run at another step if somebody did.
func (*task) expire(context.Context) (Outcome, error) {
	return Outcome{}, errs.New(errs.FailedPrecondition, "APPROVAL_EXPIRED", "the plan was not approved before the deadline")
}

// bypasses reports whether nothing may come from the cache.
func bypasses(req *analysisv1.StartAnalysisRequest) bool {
	return req.GetCache() == analysisv1.Cache_BYPASS
}
