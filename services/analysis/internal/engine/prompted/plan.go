package prompted

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// What a plan may hold; each query costs every connector a request.
const (
	maxSubQuestions = 7
	maxQueries      = 10
	maxNextQueries  = 6
	maxQueryWords   = 14
	maxLine         = 240 // characters of a question or query
	maxQuestion     = 4000
	// longest is how many times its limit a text may have before markup is taken out.
	longest = 4
)

// operator is what search engines take for more than words.
var operator = regexp.MustCompile(`(?i)(?:^|\s)-?(?:site|inurl|intitle|intext|filetype|ext|cache|link|related|after|before|source):\S*|["“”„«»]`)

// Plan implements engine.Engine.
func (e *Engine) Plan(ctx context.Context, q engine.Question) (engine.Plan, error) {
	if !asksSomething(q) {
		return engine.Plan{}, engine.ErrNoQuestion
	}
	answer, _, err := exchange[planReply](ctx, e, promptPlan, words{
		Kind: q.Kind, Question: neutralLine(q.Text, maxQuestion), Language: q.Language,
		Claims: neutralLines(q.Claims, maxQuestion),
	})
	if err != nil {
		return engine.Plan{}, wrap(engine.StepPlan, err)
	}
	known := newPlaces(q.Text, nil)
	plan := engine.Plan{Queries: e.queries(known, list(answer.Queries), maxQueries)}
	for _, sub := range list(answer.SubQuestions) {
		sub := e.line(known, string(sub), maxLine)
		if sub != "" && len(plan.SubQuestions) < maxSubQuestions && !slices.Contains(plan.SubQuestions, sub) {
			plan.SubQuestions = append(plan.SubQuestions, sub)
		}
	}
	text := strings.TrimSpace(q.Text)
	if text == "" {
		text = q.Claims[0]
	}
	if len(plan.SubQuestions) == 0 {
		plan.SubQuestions = []string{text}
	}
	if len(plan.Queries) == 0 {
		plan.Queries = []string{clip(text, maxLine)}
	}
	return plan, nil
}

// asksSomething reports whether there is a word in a question, or in a claim to check.
func asksSomething(q engine.Question) bool {
	return slices.ContainsFunc(append([]string{q.Text}, q.Claims...), func(text string) bool {
		return strings.ContainsFunc(text, says)
	})
}

// queries are a model's queries as connectors may get them: words only, each once.
func (e *Engine) queries(known places, from []phrase, limit int) []string {
	var out []string
	seen := map[string]bool{}
	for _, q := range from {
		text := e.line(known, operator.ReplaceAllString(string(q), " "), maxLine)
		fields := strings.Fields(text)
		text = strings.Join(fields[:min(len(fields), maxQueryWords)], " ")
		if key := sameQuery(text); key != "" && !seen[key] && len(out) < limit {
			seen[key] = true
			out = append(out, text)
		}
	}
	return out
}

// sameQuery is equal for queries that search for the same words.
func sameQuery(query string) string {
	var found []string
	for _, token := range lexical.Tokens(query) {
		found = append(found, token.Text)
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

// line is a model's text on one line of at most a number of characters; empty if it
// says nothing, or repeats the prompt.
func (e *Engine) line(known places, text string, limit int) string {
	text = known.plain(clip(text, longest*limit))
	if e.prompts.secret.in(text) || !strings.ContainsFunc(text, says) {
		return ""
	}
	return strings.TrimSpace(clip(text, limit))
}

// list is what a form holds, or nothing.
func list[T any](items *[]T) []T {
	if items == nil {
		return nil
	}
	return *items
}
