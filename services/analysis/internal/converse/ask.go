package converse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// Ask answers a question out of the evidence of a run and remembers both. onText gets
// the answer while it is written, unchecked; it may be nil. Nothing is remembered of an
// answer that did not come to its end.
func (t *Talker) Ask(ctx context.Context, req *analysisv1.AskRequest, onText func(string) error) (*analysisv1.Answer, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	run, err := t.Store.GetAnalysis(ctx, caller.WorkspaceID, req.GetAnalysisId())
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(req.GetText()) == "" {
		return nil, errs.Field("text", "must not be blank")
	}
	ask, known, err := t.prepare(ctx, run, req.GetText())
	if err != nil {
		return nil, err
	}
	provider, model, err := t.Routes.Route(ctx, caller, Want{
		Step: engine.StepAsk, Engine: req.GetEngine(), Model: req.GetModel(), Fallback: run.Engine, FallbackModel: run.Model,
	})
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	answer, err := t.answer(ctx, provider, ask, known, question{
		scope: calls.Scope{
			WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, AnalysisID: run.ID, Step: engine.StepAsk,
			Task: "ask/" + id.String(), Engine: provider.Name(), Model: model, Bypass: req.GetCache() == analysisv1.Cache_BYPASS,
		},
		onText: onText,
	})
	if err != nil {
		return nil, err
	}
	answer.MessageId = id.String()
	return answer, t.remember(ctx, run, caller.UserID, req.GetText(), answer)
}

// prepare gathers what a question about a run is answered from.
func (t *Talker) prepare(ctx context.Context, run store.Analysis, text string) (engine.Ask, passages, error) {
	if run.ResearchID == nil {
		return engine.Ask{}, nil, noEvidenceYet()
	}
	asked, err := wire.Request(run)
	if err != nil {
		return engine.Ask{}, nil, err
	}
	turns, err := t.turns(ctx, run)
	if err != nil {
		return engine.Ask{}, nil, err
	}
	evidence, err := t.evidence(ctx, *run.ResearchID)
	switch {
	case errors.Is(err, errs.NotFound):
		return engine.Ask{}, nil, errs.New(errs.FailedPrecondition, "EVIDENCE_DELETED", "the evidence of the analysis was deleted")
	case err != nil:
		return engine.Ask{}, nil, err
	case len(evidence) == 0 && !run.Ended(): // that nothing answers the question is not known yet
		return engine.Ask{}, nil, noEvidenceYet()
	}
	chosen := choose(evidence, query(text, turns))
	return engine.Ask{Question: text, Turns: turns, About: asked.GetQuestion(), Evidence: chosen.forEngine()}, chosen, nil
}

func noEvidenceYet() error {
	return errs.New(errs.FailedPrecondition, "NO_EVIDENCE_YET", "the analysis has no evidence yet")
}

// question is how an answer is to be made.
type question struct {
	scope  calls.Scope
	onText func(string) error
}

// answer has an engine answer, and checks what it says.
func (t *Talker) answer(ctx context.Context, provider engine.Provider, ask engine.Ask, known passages, q question) (*analysisv1.Answer, error) {
	began := time.Now()
	eng := provider.Open(engine.Session{Model: q.scope.Model, Caller: t.Callers.For(q.scope)})
	written, err := eng.Answer(ctx, ask, q.onText)
	if err != nil {
		return nil, publicError(err)
	}
	answer := compose(written, known)
	answer.Engine, answer.Model = provider.Name(), q.scope.Model
	used, err := t.Ledger.OfTask(ctx, q.scope.WorkspaceID, q.scope.Task, began)
	if err != nil {
		return nil, fmt.Errorf("sum up what the answer cost: %w", err)
	}
	answer.Usage = wire.LedgerUsage(used)
	return answer, nil
}

// remember stores a question with its answer. The run may have been deleted since.
func (t *Talker) remember(ctx context.Context, run store.Analysis, userID, text string, answer *analysisv1.Answer) error {
	encoded, err := protojson.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return t.Store.AddMessage(ctx, store.Message{
		ID: answer.GetMessageId(), WorkspaceID: run.WorkspaceID, AnalysisID: run.ID, UserID: userID, Question: text, Answer: encoded,
	})
}
