package prompted

import (
	"context"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

const (
	// maxTurns and maxTurn bound what a model is told of a conversation: turns, and
	// characters of each side of one.
	maxTurns = 6
	maxTurn  = 1200
)

// Answer implements engine.Engine. Whole sentences go to onText, each cleaned and with
// the numbers of the passages that it rests on; one that rests on none never does. The
// quotes follow the answer and are found when it is whole, so a sentence that was
// written may be missing in the Answer, which is what counts.
//
// The evidence is given in its order; what does not fit is left out from the end. An
// empty question asks for what matters most.
func (e *Engine) Answer(ctx context.Context, a engine.Ask, onText func(string) error) (engine.Answer, error) {
	if err := ctx.Err(); err != nil {
		return engine.Answer{}, wrap(engine.StepAsk, err)
	}
	items := fit(sayingSomething(a.Evidence), e.config.SliceTokens)
	for len(items) > 0 {
		answer, err := e.answer(ctx, a, items, onText)
		if llmKind(err) != llm.TooLong {
			return answer, wrap(engine.StepAsk, err)
		}
		smaller, _, ok := shrink(items)
		if !ok {
			return engine.Answer{}, wrap(engine.StepAsk, err)
		}
		items = smaller
	}
	return engine.Answer{Nothing: true}, nil
}

// answer asks once, and once more if the answer rests on nothing.
func (e *Engine) answer(ctx context.Context, a engine.Ask, items []engine.Evidence, onText func(string) error) (engine.Answer, error) {
	p := e.prompts.prompts[promptAnswer]
	w := words{
		Question: neutralLine(a.Question, maxQuestion), About: neutralLine(a.About, maxQuestion),
		Earlier: earlier(a), Data: dataBlock(a.Question, passages(items)),
	}
	request, err := e.request(p, w)
	if err != nil {
		return engine.Answer{}, err
	}
	s := scribe{engine: e, cite: citer{items: items, known: newPlaces(a.Question, items)}, asked: lexical.Detect(a.Question), out: onText}
	for try := range 2 {
		resp, err := e.caller.Call(ctx, engine.Call{Prompt: p.id, Request: request, OnText: s.write})
		if err != nil {
			return engine.Answer{}, err
		}
		if err := s.end(resp); err != nil {
			return engine.Answer{}, err
		}
		answer := s.answer()
		switch {
		case len(answer.Sentences) > 0 || s.nothing:
			return answer, nil
		case resp.Finish == llm.Filtered || (len(s.marked) == 0 && apology.MatchString(resp.Text)):
			return engine.Answer{}, refused(p)
		case try == 1:
			return engine.Answer{Nothing: true}, nil
		}
		problem := errUnmarked
		switch {
		case strings.TrimSpace(resp.Text) == "" && resp.Finish == llm.Truncated:
			problem = errIncomplete
		case strings.TrimSpace(resp.Text) == "":
			problem = errEmpty
		}
		if request, err = e.repair(p, request, resp, problem); err != nil {
			return engine.Answer{}, err
		}
		s.restart()
	}
	return engine.Answer{Nothing: true}, nil
}

// earlier is the last turns of a conversation as a data block of their own; empty if
// there are none.
func earlier(a engine.Ask) string {
	turns := a.Turns[max(0, len(a.Turns)-maxTurns):]
	if len(turns) == 0 {
		return ""
	}
	lines := make([]string, len(turns))
	for i, t := range turns {
		lines[i] = "asked before: " + neutralLine(t.Question, maxTurn) + "\nanswered: " + neutralLine(t.Answer, maxTurn)
	}
	return dataBlock("earlier "+a.Question, strings.Join(lines, "\n"))
}
