package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// What a run is expected to find in a round, for its estimate: as many passages as
// research keeps, of about so many tokens.
const (
	expectedPassages = 60
	passageTokens    = 250
)

// planned returns a plan that says what does each step of the run, as the request, the
// workspace's settings and the operator's configuration have it now, and what that is
// expected to cost. It stays so, whatever is configured while the run is running.
func (s *Server) planned(ctx context.Context, caller authn.Caller, req *analysisv1.StartAnalysisRequest, decided settings.Settings) (*analysisv1.Plan, error) {
	wish := run.Wish{Engine: req.GetEngine(), Model: req.GetModel(), Routes: map[string]run.Route{}}
	for step, r := range decided.Routes {
		wish.Routes[step] = run.Route(r)
	}
	if wish.Engine == "" {
		var err error
		if wish.Best, err = s.best(ctx, caller); err != nil {
			return nil, err
		}
	}
	plan := &analysisv1.Plan{}
	known := map[run.Route]bool{}
	for _, step := range run.Steps(int(req.GetMaxRounds())) {
		route := wish.Route(step)
		// The default of today, by its name: it may be another one tomorrow.
		route.Model = cmp.Or(route.Model, s.models.Model(route.Engine))
		if !known[route] {
			if err := s.usable(ctx, caller, req, route); err != nil {
				return nil, err
			}
			known[route] = true
		}
		plan.Steps = append(plan.Steps, s.estimate(step, route, req))
	}
	sum(plan)
	return plan, nil
}

// best returns the best engine that the caller can use now: one whose key cannot be
// looked up, because auth is away, is none.
func (s *Server) best(ctx context.Context, caller authn.Caller) (string, error) {
	for _, p := range s.engines {
		if p.Name() == s.plain.Name() {
			break
		}
		ok, _, err := s.models.Configured(ctx, caller.WorkspaceID, caller.UserID, p.Name())
		if err != nil && !errors.Is(err, errs.Unavailable) {
			return "", err
		}
		if ok {
			return p.Name(), nil
		}
	}
	return s.plain.Name(), nil
}

// usable refuses a route that the caller cannot take, or whose calls could never be
// made.
func (s *Server) usable(ctx context.Context, caller authn.Caller, req *analysisv1.StartAnalysisRequest, route run.Route) error {
	if route.Engine == s.plain.Name() {
		return nil
	}
	ok, missing := false, "there is no such engine"
	if _, err := s.engines.Get(route.Engine); err == nil {
		if ok, missing, err = s.models.Configured(ctx, caller.WorkspaceID, caller.UserID, route.Engine); err != nil {
			return err
		}
	}
	switch {
	case !ok && req.GetEngine() != "":
		return errs.Field("engine", "is not configured: "+missing)
	case !ok:
		return errs.Newf(errs.FailedPrecondition, "ENGINE_NOT_CONFIGURED",
			"the workspace's settings name the engine %s, which is not configured: %s", route.Engine, missing)
	}
	return s.prices.Check(ctx, spend.Account{
		WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, AnalysisID: caller.WorkspaceID, // any: there is no run yet
		Engine: route.Engine, Model: route.Model, Budget: s.prices.RunBudget(run.Budget(req)),
	})
}

// estimate says what a step is expected to use.
func (s *Server) estimate(step engine.Step, route run.Route, req *analysisv1.StartAnalysisRequest) *analysisv1.PlannedStep {
	out := &analysisv1.PlannedStep{Step: string(step), Engine: route.Engine, Model: route.Model}
	provider, err := s.engines.Get(route.Engine)
	if err != nil {
		return out // usable has refused it
	}
	for _, e := range provider.Estimate(engine.Prospect{
		Question: wire.Question(req), Rounds: int(req.GetMaxRounds()), Evidence: expectedPassages, EvidenceTokens: passageTokens,
	}) {
		if e.Step != step {
			continue
		}
		out.Calls += int32(e.Calls)
		out.Tokens += e.InputTokens + e.OutputTokens
		out.CostUsd += price.ToUSD(s.prices.Estimate(route.Engine, route.Model, int64(e.Calls), e.InputTokens, e.OutputTokens))
	}
	return out
}

// sum adds the estimates of the steps up.
func sum(plan *analysisv1.Plan) {
	plan.EstimatedCalls, plan.EstimatedTokens, plan.EstimatedCostUsd = 0, 0, 0
	for _, step := range plan.GetSteps() {
		plan.EstimatedCalls += step.GetCalls()
		plan.EstimatedTokens += step.GetTokens()
		plan.EstimatedCostUsd += step.GetCostUsd()
	}
}

// writerOf returns the step that writes the findings: its engine is the run's.
func writerOf(plan *analysisv1.Plan) *analysisv1.PlannedStep {
	i := slices.IndexFunc(plan.GetSteps(), func(s *analysisv1.PlannedStep) bool { return s.GetStep() == string(engine.StepAnalyze) })
	return plan.GetSteps()[max(0, i)]
}

// dryRun returns what the run would be, with the plan of the built-in engine, which
// costs nothing, and what is expected to be paid for.
func (s *Server) dryRun(ctx context.Context, req *analysisv1.StartAnalysisRequest, plan, asked *analysisv1.Plan) (*analysisv1.Analysis, error) {
	plan.SubQuestions, plan.Queries = asked.GetSubQuestions(), asked.GetQueries()
	paid, err := s.paidSearches(ctx, req, len(asked.GetQueries()))
	if err != nil {
		return nil, err
	}
	plan.Steps = append(plan.Steps, paid...)
	sum(plan)
	writer := writerOf(plan)
	a := wire.Requested(req)
	a.Engine, a.Model, a.Plan = writer.GetEngine(), writer.GetModel(), plan
	return a, nil
}

// paidSearches estimates what the connectors cost that cost money.
func (s *Server) paidSearches(ctx context.Context, req *analysisv1.StartAnalysisRequest, queries int) ([]*analysisv1.PlannedStep, error) {
	named := req.GetParameters().GetSources()
	if req.GetResearchId() != "" || (len(named) > 0 && !slices.ContainsFunc(named, s.prices.Paid)) {
		return nil, nil
	}
	resp, err := s.research.ListConnectors(ctx, &researchv1.ListConnectorsRequest{})
	if err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	var out []*analysisv1.PlannedStep
	for _, c := range resp.GetConnectors() {
		asked := c.GetConfigured() && (len(named) == 0 || slices.Contains(named, c.GetName()))
		if !asked || !s.prices.Paid(c.GetName()) {
			continue
		}
		calls := run.Requests(req.GetParameters(), queries+1) * int(req.GetMaxRounds())
		out = append(out, &analysisv1.PlannedStep{
			Step: run.StepSearch, Engine: c.GetName(), Calls: int32(calls),
			CostUsd: price.ToUSD(s.prices.Estimate(c.GetName(), "", int64(calls), 0, 0)),
		})
	}
	return out, nil
}
