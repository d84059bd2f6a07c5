package extractive

import (
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// study is one question with the evidence that may answer it.
type study struct {
	*pool
	question question
	evidence []engine.Evidence
	kind     engine.Kind
	indirect bool
}

// newStudy reads the question and cuts the evidence. It fails with ErrNoQuestion.
func newStudy(q engine.Question, evidence []engine.Evidence) (*study, error) {
	read := newReader(languageOf(q, evidence))
	s := &study{evidence: evidence, kind: q.Kind, question: newQuestion(q.Text, read)}
	if q.Kind == engine.Timeline {
		s.question = s.question.without(historical, read)
	}
	if len(s.question.terms) == 0 {
		return nil, engine.ErrNoQuestion
	}
	var also func(string) bool
	if q.Kind == engine.Timeline {
		also = digits.MatchString
	}
	s.pool = newPool(evidence, s.question, read, also)
	return s, nil
}

// rank drops what does not bear on the question, and scores the rest.
func (s *study) rank() {
	s.scoreRelevance(s.question)
	s.indirect = s.keepRelevant(s.question)
	s.addFeedback(s.question)
	s.scoreCentrality()
}

// rankClosely is rank for one question that wants one answer: what other sentences speak
// of does not count.
func (s *study) rankClosely() {
	s.scoreRelevance(s.question)
	s.indirect = s.keepRelevant(s.question)
	s.scoreCentrality()
}

// summary answers with the best findings, grouped by what they share.
func (s *study) summary() engine.Analysis {
	picks := s.choose(limitsOf(s.kind, s.question))
	conflicts := s.disagreements(&picks)
	out := s.write(picks, s.themes(s.question, picks), conflicts)
	out.Indirect = s.indirect
	return out
}

// instead is the plain summary where a kind finds nothing of its shape.
func (s *study) instead(missing string) engine.Analysis {
	out := s.summary()
	out.Missing = append(out.Missing, missing)
	return out
}
