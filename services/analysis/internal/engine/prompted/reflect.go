package prompted

import (
	"context"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Reflect implements engine.Engine. It looks at as much evidence as fits into one
// call, the most relevant first.
//
// A query that evidence suggests goes out to search engines, so it must have to do
// with the question: it shares a word with it, its parts or what was asked before, or
// is in another language.
func (e *Engine) Reflect(ctx context.Context, r engine.Request) (engine.Reflection, error) {
	if !asksSomething(r.Question) {
		return engine.Reflection{}, engine.ErrNoQuestion
	}
	items := fit(ordered(r.Evidence), e.config.SliceTokens)
	w := e.questionWords(r)
	w.Asked = neutralLines(r.Asked, maxLine)
	var answer reflectionReply
	for {
		w.Data = dataBlock(w.Question, passages(items))
		var err error
		answer, _, err = exchange[reflectionReply](ctx, e, promptReflect, w)
		if err == nil {
			break
		}
		smaller, _, ok := shrink(items)
		if llmKind(err) != llm.TooLong || !ok {
			return engine.Reflection{}, wrap(engine.StepReflect, err)
		}
		items = smaller
	}
	known := newPlaces(r.Question.Text, r.Evidence)
	subject := strings.Join(slices.Concat([]string{r.Question.Text}, r.Question.Claims, r.Plan.SubQuestions, r.Plan.Queries, r.Asked), "\n")
	var out engine.Reflection
	for _, open := range answer.Unanswered {
		line := e.line(known, string(open), maxLine)
		if line != "" && len(out.Unanswered) < maxSubQuestions && belongsTo(subject, line, languageOf(r.Question)) {
			out.Unanswered = append(out.Unanswered, line)
		}
	}
	out.Queries = slices.DeleteFunc(e.queries(known, list(answer.Queries), maxNextQueries), func(query string) bool {
		return !belongsTo(subject, query, languageOf(r.Question)) || slices.ContainsFunc(r.Asked, func(asked string) bool { return sameQuery(asked) == sameQuery(query) })
	})
	return out, nil
}

// belongsTo reports whether a text has to do with a subject, which is in the language
// asked if it is not clear.
func belongsTo(subject, text, asked string) bool {
	g := newGround([]string{subject}, nil, asked)
	return newBag(text, g.language).sharedWith(g.words) > 0 || g.foreign(text)
}

// questionWords is what prompts say of a question.
func (e *Engine) questionWords(r engine.Request) words {
	w := words{
		Kind: r.Question.Kind, Question: neutralLine(r.Question.Text, maxQuestion), Language: r.Question.Language,
		Claims: neutralLines(r.Question.Claims, maxQuestion),
	}
	if len(r.Plan.SubQuestions) > 1 {
		w.Parts = neutralLines(r.Plan.SubQuestions, maxLine)
	}
	return w
}
