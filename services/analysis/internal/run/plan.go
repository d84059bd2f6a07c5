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

// How far a run is when a step is done.
const (
	progressPlanned   = 0.1
	progressSearching = 0.15
	progressCollected = 0.5
	progressAnalyzed  = 0.7
	progressChecked   = 0.85
	progressDone      = 1
)

// Plan takes a question apart with an engine. A question without a word to
// search for is an errs.InvalidArgument.
func Plan(ctx context.Context, e engine.Engine, question string) (*analysisv1.Plan, error) {
	plan, err := e.Plan(ctx, engine.Question{Text: question})
	if errors.Is(err, engine.ErrNoQuestion) {
		return nil, errs.Field("question", "must hold a word to search for")
	}
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return &analysisv1.Plan{SubQuestions: plan.SubQuestions, Queries: plan.Queries}, nil
}

// plan is the first step.
func (w *Worker) plan(ctx context.Context, a store.Analysis) (Outcome, error) {
	req, err := wire.Request(a)
	if err != nil {
		return Outcome{}, err
	}
	provider, err := w.engines.Get(a.Engine)
	if err != nil {
		return Outcome{}, err
	}
	plan, err := Plan(ctx, provider.Open(engine.Session{}), req.GetQuestion())
	if err != nil {
		return Outcome{}, err
	}
	encoded, err := protojson.Marshal(plan)
	if err != nil {
		return Outcome{}, fmt.Errorf("encode plan: %w", err)
	}
	next := StepSearch
	if a.ResearchID != nil {
		next = StepCollect // the user named finished research
	}
	return Outcome{
		Next: next, State: store.Collecting, Progress: progressPlanned,
		Change: func(a *store.Analysis) { a.Plan = encoded },
		Events: []*analysisv1.Event{{
			Type: analysisv1.Event_ROUND_STARTED,
			Detail: &analysisv1.Event_RoundStarted{RoundStarted: &analysisv1.RoundStarted{
				Round: 1, Queries: plan.GetQueries(),
			}},
		}},
	}, nil
}
