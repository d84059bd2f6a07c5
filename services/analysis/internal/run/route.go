package run

import (
	"slices"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Route is what does a step: an engine and its model, in the engine's own words. An
// empty model is the engine's default.
type Route struct{ Engine, Model string }

// DefaultRoute is the name of the route for the steps that have none of their own.
const DefaultRoute = "default"

// Steps are the steps that are routed, in their order. Questions about a run are not
// part of it.
func Steps(rounds int) []engine.Step {
	steps := []engine.Step{engine.StepPlan, engine.StepReflect, engine.StepAnalyze, engine.StepVerify, engine.StepWrite}
	if rounds <= 1 {
		return slices.Delete(steps, 1, 2)
	}
	return steps
}

// Wish is what is asked for where routes are concerned.
type Wish struct {
	// Engine and Model are those of the request; either may be empty.
	Engine, Model string
	// Routes are the workspace's, by step or DefaultRoute.
	Routes map[string]Route
	// Best is the engine for who names none.
	Best string
}

// Route returns what does a step. The request's engine goes before the workspace's
// routes, and these before the best one. The model of the workspace's route for the
// step goes before that of the request, if it is one of the same engine.
func (w Wish) Route(step engine.Step) Route {
	own, hasOwn := w.Routes[string(step)]
	general := w.Routes[DefaultRoute]
	route := Route{Engine: w.Engine}
	switch {
	case route.Engine != "":
	case hasOwn:
		route.Engine = own.Engine
	case general.Engine != "":
		route.Engine = general.Engine
	default:
		route.Engine = w.Best
	}
	switch {
	case hasOwn && own.Engine == route.Engine && own.Model != "":
		route.Model = own.Model
	// A model is named for one engine; a step that goes elsewhere does not know it.
	case w.Model != "" && (w.Engine != "" || !hasOwn):
		route.Model = w.Model
	case general.Engine == route.Engine:
		route.Model = general.Model
	}
	return route
}

// routeOf returns what does a step of a run. Runs that were planned before there were
// routes have one engine for all.
func routeOf(plan *analysisv1.Plan, a store.Analysis, step engine.Step) Route {
	for _, s := range plan.GetSteps() {
		if s.GetStep() == string(step) {
			return Route{Engine: s.GetEngine(), Model: s.GetModel()}
		}
	}
	return Route{Engine: a.Engine, Model: a.Model}
}

// Budget is what a request's run may use.
func Budget(req *analysisv1.StartAnalysisRequest) spend.Amount {
	return spend.Amount{CostNanoUSD: price.FromUSD(req.GetBudget().GetMaxCostUsd()), Tokens: req.GetBudget().GetMaxTokens()}
}
