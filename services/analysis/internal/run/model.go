package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// The time that a run keeps back for what needs no model: a share of all that it has,
// within bounds.
const (
	reserveShare = 0.1
	maxReserve   = 30 * time.Second
)

// modelTries is how often a step is tried with a model that does not answer, before
// the built-in engine does it. Each try asks several times itself.
const modelTries = 3

// errLate says that the deadline is too near for a model's answer.
var errLate = errors.New("the deadline is near")

// late reports whether the run's deadline is too near for a model's answer, or for
// another round.
func (t *task) late() bool { return time.Until(t.a.Deadline) < t.reserve() }

func (t *task) reserve() time.Duration {
	return min(maxReserve, time.Duration(reserveShare*float64(t.a.Deadline.Sub(t.a.CreateTime))))
}

// plain returns the engine that needs no model.
func (t *task) plain() engine.Engine { return t.Plain.Open(engine.Session{}) }

// open returns the engine that a step is routed to, and whether it needs a model.
func (t *task) open(step engine.Step) (engine.Engine, Route, bool, error) {
	route := routeOf(t.plan, t.a, step)
	if route.Engine == t.Plain.Name() {
		return t.plain(), route, false, nil
	}
	provider, err := t.Engines.Get(route.Engine)
	if err != nil {
		return nil, route, true, errs.Newf(errs.FailedPrecondition, "ENGINE_NOT_CONFIGURED", "the engine %s is not configured any more", route.Engine)
	}
	budget := t.Book.RunBudget(Budget(t.req))
	return provider.Open(engine.Session{Model: route.Model, Caller: t.Callers.For(calls.Scope{
		WorkspaceID: t.a.WorkspaceID, UserID: t.a.UserID, AnalysisID: t.a.ID,
		Step: step, Task: t.a.Step, Engine: route.Engine, Model: route.Model,
		Budget: calls.Budget{CostNanoUSD: budget.CostNanoUSD, Tokens: budget.Tokens},
		Bypass: bypasses(t.req),
	})}), route, true, nil
}

// withModel calls fn with the engine that a step is routed to. When its model cannot
// be used it returns a reason, which is a part of a sentence ("because …"), and the
// caller goes on without. Any other error is the step's.
func (t *task) withModel(ctx context.Context, step engine.Step, fn func(context.Context, engine.Engine) error) (reason string, err error) {
	e, route, model, err := t.open(step)
	if err != nil {
		return "", err
	}
	if !model {
		return "", fn(ctx, e)
	}
	if t.late() {
		return because(errLate, route, false), nil
	}
	bounded, cancel := context.WithDeadline(ctx, t.a.Deadline.Add(-t.reserve()/2))
	defer cancel()
	err = fn(bounded, e)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		err = errLate
	}
	if reason := because(err, route, t.attempt >= modelTries); reason != "" {
		return reason, nil
	}
	return "", err
}

// because says why a model cannot be used; empty when the error says nothing of the
// kind, or when it may pass. With last it does not.
func because(err error, route Route, last bool) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, engine.ErrBudget):
		return "the budget is used up"
	case errors.Is(err, errLate):
		return "the deadline was near"
	}
	failed, ok := errors.AsType[*llm.Error](err)
	if !ok {
		return ""
	}
	switch failed.Kind {
	case llm.Denied:
		return "the key for " + route.Engine + " was refused"
	case llm.Exhausted:
		return "the account with " + route.Engine + " has no credit left"
	case llm.Invalid:
		return route.Engine + " did not take the request" + named(route)
	case llm.Refused:
		return "the model would not answer"
	case llm.TooLong:
		return "the model cannot take so long a text"
	}
	if !last {
		return ""
	}
	if failed.Kind == llm.Broken {
		return "the answers of " + route.Engine + " could not be read"
	}
	return route.Engine + " did not answer"
}

// named names a model where it may be the reason.
func named(route Route) string {
	if route.Model == "" {
		return ""
	}
	return fmt.Sprintf(" (model %s)", route.Model)
}

// reasons are what programs are told when a model fails a run, by kind of error.
var reasons = map[llm.Kind]string{
	llm.Unavailable: "MODEL_UNAVAILABLE", llm.TooLong: "MODEL_TOO_LONG", llm.Refused: "MODEL_REFUSED", llm.Denied: "MODEL_DENIED",
	llm.Exhausted: "MODEL_EXHAUSTED", llm.Invalid: "MODEL_INVALID", llm.Broken: "MODEL_BROKEN",
}

// essential makes of a model's error one that nothing goes on from without the model:
// it fails the run with a reason that its user can act on. What may pass is tried again
// until the last try. Neither shows the model's error to who unwraps it.
func (t *task) essential(err error, route Route) error {
	failed, ok := errors.AsType[*llm.Error](err)
	if !ok {
		return err
	}
	text := err.Error()
	if words := because(err, route, t.attempt >= maxTries); words != "" {
		return fmt.Errorf("%w: %s", errs.New(errs.FailedPrecondition, reasons[failed.Kind], words), text)
	}
	return errors.New(text)
}
