package prompted

import (
	"context"
	"errors"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// arrange lets the model put findings of several slices in order: one set of headings,
// what says the same, what contradicts each other. Without an answer they stay as they
// are, and the notes say so; only an error of the server, or the end of ctx, is one.
func (e *Engine) arrange(ctx context.Context, r engine.Request, m *merged) error {
	if len(m.findings) < 2 {
		return nil
	}
	lines := make([]string, len(m.findings))
	for i, f := range m.findings {
		lines[i] = neutralLine(fmt.Sprintf("%s: %s", f.Theme, f.Claim), maxClaim+maxLabel)
	}
	w := e.questionWords(r)
	w.Data = dataBlock(w.Question, numbered(lines))
	answer, _, err := exchange[arrangementReply](ctx, e, promptArrange, w)
	switch {
	case errors.Is(err, engine.ErrBudget), llmKind(err) == llm.Refused, llmKind(err) == llm.Broken, llmKind(err) == llm.TooLong:
		m.notes.unarranged++
		return nil
	case err != nil:
		return wrap(engine.StepAnalyze, err)
	}
	known := newPlaces(r.Question.Text, r.Evidence)
	for _, h := range list(answer.Headings) {
		label := e.label(known, string(h.Heading))
		for _, n := range h.Findings {
			if i := int(n) - 1; label != "" && i >= 0 && i < len(m.findings) {
				m.findings[i].Theme = label
			}
		}
	}
	for _, c := range answer.Contradictions {
		first, second := int(min(c.First, c.Second))-1, int(max(c.First, c.Second))-1
		if first >= 0 && second < len(m.findings) {
			m.conflicts = e.conflict(m.conflicts, m.findings, engine.Contradiction{First: first, Second: second, Reason: string(c.Reason)})
		}
	}
	m.unite(answer.Duplicates)
	return nil
}

// unite joins the pairs that a model calls the same, where the words do not speak
// against it: a claim must not get the quotes of another.
func (m *merged) unite(pairs []pairReply) {
	gone := map[int]bool{}
	for _, p := range pairs {
		first, second := int(min(p.First, p.Second))-1, int(max(p.First, p.Second))-1
		if first < 0 || second >= len(m.findings) || first == second || gone[first] || gone[second] {
			continue
		}
		a, b := m.findings[first], m.findings[second]
		if sameFacts(a, b) && m.bags[first].alike(m.bags[second]) >= sameSubject {
			m.join(first, b)
			gone[second] = true
		}
	}
	m.drop(gone)
}
