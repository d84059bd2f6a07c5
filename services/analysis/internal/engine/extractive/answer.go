package extractive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Answer limits: how many sentences an answer has, and how far below the best they may be.
const (
	maxAnswer   = 4
	maxMentions = 2
	answerWorth = 0.72
)

// Answer implements engine.Engine. A question that is not whole is completed from the
// turns before it (ellipsis.go); the empty question asks what matters most in the
// evidence (digest.go). Each sentence goes to onText with marks such as [2], the number
// of the passage it stands in.
func (e *Engine) Answer(ctx context.Context, a engine.Ask, onText func(string) error) (engine.Answer, error) {
	answer, err := e.answer(ctx, a)
	if err != nil || onText == nil {
		return answer, err
	}
	for i, s := range answer.Sentences {
		if err := ctx.Err(); err != nil {
			return engine.Answer{}, fmt.Errorf("answer: %w", err)
		}
		text := s.Text + marks(s.Quotes, a.Evidence)
		if i > 0 {
			text = " " + text
		}
		if err := onText(text); err != nil {
			return engine.Answer{}, fmt.Errorf("answer: %w", err)
		}
	}
	return answer, nil
}

// answer finds the sentences.
func (*Engine) answer(ctx context.Context, a engine.Ask) (engine.Answer, error) {
	if strings.TrimSpace(a.Question) == "" {
		return digest(ctx, a.Evidence)
	}
	q := engine.Question{Text: complete(a)}
	same, other := inLanguage(a.Evidence, languageOf(q, a.Evidence))
	found, err := answerFrom(ctx, q, same)
	if len(other) > 0 && (errors.Is(err, engine.ErrNoQuestion) || err == nil && found.Nothing) {
		q.Language = majority(withLanguage(other))
		abroad, err := answerFrom(ctx, q, other)
		if err == nil && !abroad.Nothing {
			return abroad, nil
		}
	}
	if errors.Is(err, engine.ErrNoQuestion) {
		return engine.Answer{Nothing: true}, nil
	}
	return found, err
}

// answerFrom answers out of evidence in one language.
func answerFrom(ctx context.Context, q engine.Question, evidence []engine.Evidence) (engine.Answer, error) {
	s, err := newStudy(q, evidence)
	if err != nil {
		return engine.Answer{}, err
	}
	if err := ctx.Err(); err != nil {
		return engine.Answer{}, fmt.Errorf("answer: %w", err)
	}
	s.rankClosely()
	l := limits{findings: maxAnswer, quotes: maxQuotes, worth: answerWorth}
	if s.indirect {
		l.findings = maxMentions
	}
	picks := s.choose(l)
	slices.SortStableFunc(picks, s.before)
	picks = picks[:min(len(picks), l.findings)]
	answer := engine.Answer{Nothing: s.indirect || len(picks) == 0}
	for _, c := range picks {
		answer.Sentences = append(answer.Sentences, c.sentence())
	}
	return answer, nil
}

// sentence writes a pick as a sentence of an answer.
func (c pick) sentence() engine.AnswerSentence {
	return engine.AnswerSentence{Text: c.claim, Quotes: c.finding("").Citations}
}

// marks are the numbers of the passages that quotes stand in.
func marks(quotes []engine.Quote, evidence []engine.Evidence) string {
	var b strings.Builder
	for _, q := range quotes {
		i := slices.IndexFunc(evidence, func(e engine.Evidence) bool { return e.ID == q.EvidenceID && e.SourceID == q.SourceID })
		fmt.Fprintf(&b, " [%d]", i+1)
	}
	return b.String()
}
