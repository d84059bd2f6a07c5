// Package extractive is the built-in engine: deterministic, without a key, a
// model or a network.
//
// It answers a question with sentences of the sources, and never writes a
// sentence that is not in one: a finding's claim is a sentence of the evidence
// with its white space made plain. The steps, one file each:
//
//  1. candidate.go cuts the evidence into sentences and keeps those that can be
//     read alone (readable.go);
//  2. relevance.go scores them against the question's terms and drops what is
//     below a floor or off the question's topics (topic.go, relation.go), so
//     that evidence about something else gives no findings; feedback.go raises
//     what speaks as the best do;
//  3. centrality.go adds how much the other candidates say the same (LexRank);
//  4. selection.go picks the best that say something new (MMR) and gathers
//     for each the sentences of other sources that say the same;
//  5. disagreement.go pairs sentences of different sources that differ in a
//     number or in a negation;
//  6. theme.go groups the findings by the key phrases (keyphrase.go, name.go) they
//     share; fewer than two groups are one without a label.
package extractive

import (
	"context"
	"fmt"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Name is the engine's name in the API.
const Name = "extractive"

// Provider makes extractive engines. It has no state.
type Provider struct{}

var _ engine.Provider = Provider{}

// New returns the provider.
func New() Provider { return Provider{} }

// Name implements engine.Provider.
func (Provider) Name() string { return Name }

// Open implements engine.Provider. The engine calls no model.
func (Provider) Open(engine.Session) engine.Engine { return &Engine{} }

// Estimate implements engine.Provider.
func (Provider) Estimate(engine.Prospect) []engine.Estimate { return nil }

// Engine is the extractive engine. It has no state.
type Engine struct{}

var _ engine.Engine = (*Engine)(nil)

// Reflect implements engine.Engine.
func (*Engine) Reflect(context.Context, engine.Request) (engine.Reflection, error) {
	return engine.Reflection{}, nil
}

// Judge implements engine.Engine: without a model there is nothing to add to the
// check of words.
func (*Engine) Judge(_ context.Context, doubts []engine.Doubt) ([]engine.Judgement, error) {
	return make([]engine.Judgement, len(doubts)), nil
}

// Write implements engine.Engine.
func (*Engine) Write(context.Context, engine.Request, []engine.Finding) ([]engine.Sentence, error) {
	return nil, nil
}

// Answer implements engine.Engine.
func (*Engine) Answer(context.Context, engine.Ask, func(string) error) (engine.Answer, error) {
	return engine.Answer{Nothing: true}, nil
}

// Analyze implements engine.Engine. It fails only if ctx ends or the question
// holds no word to search for.
func (*Engine) Analyze(ctx context.Context, req engine.Request) (engine.Analysis, error) {
	read := newReader(languageOf(req.Question, req.Evidence))
	question := newQuestion(req.Question.Text, read)
	if len(question.terms) == 0 {
		return engine.Analysis{}, engine.ErrNoQuestion
	}
	pool := newPool(req.Evidence, question, read)
	pool.scoreRelevance(question)
	indirect := pool.keepRelevant(question)
	if err := ctx.Err(); err != nil {
		return engine.Analysis{}, fmt.Errorf("analyse: %w", err)
	}
	pool.addFeedback(question)
	pool.scoreCentrality()
	picks := pool.choose(limitsOf(req.Question.Kind, question))
	conflicts := pool.disagreements(&picks)
	if err := ctx.Err(); err != nil {
		return engine.Analysis{}, fmt.Errorf("analyse: %w", err)
	}
	out := pool.analysis(question, picks, conflicts)
	out.Indirect = indirect
	return out, nil
}
