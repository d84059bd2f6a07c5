// Package extractive is the built-in engine: deterministic, without a key, a
// model or a network.
//
// It answers a question with sentences of the sources, and never writes a
// sentence that is not in one: a finding's claim is a sentence of the evidence
// with its white space made plain. The steps, one file each:
//
//  1. candidate.go cuts the evidence that is in the language of the question
//     (language.go) into sentences and keeps those that can be read alone (readable.go)
//     and speak of their subject, not of their own text (aside.go); one that leans on the
//     sentence before it is read together with it (join.go);
//  2. relevance.go scores them against the question's terms and drops what is
//     below a floor or off the question's topics (topic.go, relation.go), so
//     that evidence about something else gives no findings; a brief of many terms is
//     measured by its heaviest ones (question.go); feedback.go raises what speaks as the
//     best do;
//  3. centrality.go adds how much the other candidates say the same (LexRank);
//  4. selection.go picks the best that say something new (MMR), of three sources where
//     three speak of it, and gathers for each the sentences of other sources that say the
//     same;
//  5. disagreement.go pairs sentences of different sources that differ in a
//     number or in a negation;
//  6. theme.go groups the findings by the key phrases (keyphrase.go, name.go) they
//     share; fewer than two groups are one without a label. Where words are not written
//     apart, phrases are found by what stands beside them (unspaced.go).
//
// The kinds differ in what they pick: comparison.go what is said of each thing that the
// question names (entity.go), timeline.go what is dated (date.go, year.go), literature.go
// also what is not known, factcheck.go what bears on given claims. A kind that finds
// nothing of its shape gives the plain summary and says so. Reflect, Write and Answer have
// files of their own names.
//
// Reports on real prompts can be read with
//
//	go test -run TestRead -v . -read 52,61 -kind TIMELINE
package extractive

import (
	"context"
	"errors"
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

// Judge implements engine.Engine: without a model there is nothing to add to the
// check of words.
func (*Engine) Judge(_ context.Context, doubts []engine.Doubt) ([]engine.Judgement, error) {
	return make([]engine.Judgement, len(doubts)), nil
}

// Analyze implements engine.Engine. It fails only if ctx ends or the question
// holds no word to search for.
func (*Engine) Analyze(ctx context.Context, req engine.Request) (engine.Analysis, error) {
	if req.Question.Kind == engine.FactCheck {
		return checkFacts(ctx, req)
	}
	same, other := inLanguage(req.Evidence, languageOf(req.Question, req.Evidence))
	found, err := analyze(ctx, req, same)
	if err != nil || len(other) == 0 || (len(found.Findings) > 0 && !found.Indirect) {
		return found, err
	}
	// Names are the same in many languages: rather an answer in another one than none.
	foreign := req
	foreign.Question.Language = majority(withLanguage(other))
	abroad, err := analyze(ctx, foreign, other)
	if err != nil || len(abroad.Findings) == 0 || abroad.Indirect {
		return found, ignore(err, engine.ErrNoQuestion)
	}
	abroad.Missing = append(abroad.Missing, "No source in the language of the question answers it; the findings are in the languages of their sources.")
	return abroad, nil
}

// ignore returns nil for an error that does not matter here.
func ignore(err, harmless error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return err
}

// analyze answers out of evidence in one language.
func analyze(ctx context.Context, req engine.Request, evidence []engine.Evidence) (engine.Analysis, error) {
	s, err := newStudy(req.Question, evidence)
	if err != nil {
		return engine.Analysis{}, err
	}
	if err := ctx.Err(); err != nil {
		return engine.Analysis{}, fmt.Errorf("analyse: %w", err)
	}
	switch req.Question.Kind {
	case engine.Comparison:
		return s.compare(), nil
	case engine.Timeline:
		return s.timeline(), nil
	case engine.LiteratureReview:
		return s.review(), nil
	}
	s.rank()
	return s.summary(), nil
}
