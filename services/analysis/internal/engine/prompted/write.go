package prompted

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// maxSentences bounds a summary.
const maxSentences = 8

// Write implements engine.Engine. Findings that do not fit into one call are left out,
// the least salient first. A sentence that has nothing to do with its findings is
// dropped.
func (e *Engine) Write(ctx context.Context, r engine.Request, findings []engine.Finding) ([]engine.Sentence, error) {
	order := make([]int, 0, len(findings)) // by salience, as far as there is room
	for i := range findings {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(findings[b].Salience, findings[a].Salience) })
	room := e.config.SliceTokens
	for n, i := range order {
		if room -= tokens(line(findings[i])); room < 0 {
			order = order[:n]
			break
		}
	}
	w := e.questionWords(r)
	for len(order) > 0 {
		shown := slices.Sorted(slices.Values(order))
		lines := make([]string, len(shown))
		for n, i := range shown {
			lines[n] = line(findings[i])
		}
		w.Data = dataBlock(w.Question, numbered(lines))
		answer, _, err := exchange[summaryReply](ctx, e, promptWrite, w)
		if err == nil {
			return e.sentences(r, answer, findings, shown), nil
		}
		if llmKind(err) != llm.TooLong || len(order) == 1 {
			return nil, wrap(engine.StepWrite, err)
		}
		order = order[:len(order)*3/5]
	}
	return nil, nil
}

// line is a finding as a model sees it.
func line(f engine.Finding) string {
	text := f.Claim
	if f.Subject != "" {
		text = f.Subject + ": " + text
	}
	if f.Date != "" {
		text = f.Date + ": " + text
	}
	if f.Theme != "" {
		text = fmt.Sprintf("(%s) %s", f.Theme, text)
	}
	return neutralLine(text, maxClaim+3*maxLabel)
}

// sentences takes the summary out of an answer on the findings that were shown.
func (e *Engine) sentences(r engine.Request, answer summaryReply, findings []engine.Finding, shown []int) []engine.Sentence {
	known := newPlaces(r.Question.Text, r.Evidence)
	var out []engine.Sentence
	for _, s := range list(answer.Sentences) {
		text := e.line(known, string(s.Text), maxClaim)
		var of []int
		var texts []string
		for _, n := range s.Findings {
			if n < 1 || int(n) > len(shown) || slices.Contains(of, shown[n-1]) {
				continue
			}
			i := shown[n-1]
			of = append(of, i)
			texts = append(texts, line(findings[i]))
			for _, q := range findings[i].Citations {
				texts = append(texts, q.Text)
			}
		}
		text = newGround(texts, nil, languageOf(r.Question)).keep(text)
		if text == "" || len(of) == 0 || len(out) == maxSentences {
			continue
		}
		slices.Sort(of)
		out = append(out, engine.Sentence{Text: text, Findings: of})
	}
	return out
}
