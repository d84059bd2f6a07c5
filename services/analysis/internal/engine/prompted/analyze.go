package prompted

import (
	"cmp"
	"context"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// How many findings an analysis may hold: those of a short kind are read at a sitting.
const (
	maxShort = 24
	maxLong  = 48
)

// helpful is the salience of what helps to understand the answer.
const helpful = 0.6

// analysePrompts are the prompts of the kinds that give findings; other kinds have
// that of a summary.
func analysePrompt(kind engine.Kind) string {
	switch kind {
	case engine.Comparison:
		return promptComparison
	case engine.Timeline:
		return promptTimeline
	case engine.LiteratureReview:
		return promptReview
	}
	return promptSummary
}

// Analyze implements engine.Engine. Evidence that does not fit into one call is read
// in slices side by side; a slice whose call fails for want of budget, or that the
// model will not answer, leaves what the others gave, and Missing says so. Every other
// error ends the analysis: what was answered is kept by the Caller, so doing it again
// costs only what is missing.
func (e *Engine) Analyze(ctx context.Context, r engine.Request) (engine.Analysis, error) {
	if !asksSomething(r.Question) {
		return engine.Analysis{}, engine.ErrNoQuestion
	}
	if err := ctx.Err(); err != nil {
		return engine.Analysis{}, wrap(engine.StepAnalyze, err)
	}
	if r.Question.Kind == engine.FactCheck {
		return e.checkFacts(ctx, r)
	}
	pieces, lost := sliced(ordered(r.Evidence), e.config.SliceTokens)
	parts, err := fanOut(ctx, e, pieces, func(ctx context.Context, items []engine.Evidence) part {
		return e.findings(ctx, r, items)
	})
	if err != nil {
		return engine.Analysis{}, err
	}
	m := merge(parts)
	m.notes.lost.add(lost)
	if len(pieces) > 1 {
		if err := e.arrange(ctx, r, &m); err != nil {
			return engine.Analysis{}, err
		}
	}
	limit := maxShort
	if r.Question.Kind != engine.Summary && r.Question.Kind != "" {
		limit = maxLong
	}
	m.keep(limit)
	return m.analysis(r.Question.Kind), nil
}

// analysis puts the findings in the order of their kind and groups them by theme.
func (m *merged) analysis(kind engine.Kind) engine.Analysis {
	order := make([]int, len(m.findings))
	for i := range order {
		order[i] = i
	}
	themes := m.themes()
	if kind == engine.Timeline {
		themes = map[string]int{}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := m.findings[a], m.findings[b]
		if kind == engine.Timeline {
			return cmp.Or(cmp.Compare(lastIfEmpty(x.Date), lastIfEmpty(y.Date)), cmp.Compare(y.Salience, x.Salience))
		}
		return cmp.Or(cmp.Compare(themes[x.Theme], themes[y.Theme]), cmp.Compare(y.Salience, x.Salience))
	})
	out := engine.Analysis{Missing: m.notes.sentences(), Indirect: m.indirect()}
	place := make([]int, len(order))
	for at, i := range order {
		place[i] = at
		f := m.findings[i]
		if len(themes) < 2 {
			f.Theme = ""
		}
		if n := len(out.Themes); n == 0 || out.Themes[n-1].Label != f.Theme {
			out.Themes = append(out.Themes, engine.Theme{Label: f.Theme})
		}
		group := &out.Themes[len(out.Themes)-1]
		group.Findings = append(group.Findings, at)
		out.Findings = append(out.Findings, f)
	}
	for _, c := range m.conflicts {
		first, second := place[c.First], place[c.Second]
		c.First, c.Second = min(first, second), max(first, second)
		out.Contradictions = append(out.Contradictions, c)
	}
	slices.SortFunc(out.Contradictions, func(a, b engine.Contradiction) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second))
	})
	return out
}

// themes gives the labels their places: the one with the most salient finding first,
// then the one with more of them.
func (m *merged) themes() map[string]int {
	type group struct {
		label string
		best  float64
		count int
	}
	var groups []*group
	for _, f := range m.findings {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.label == f.Theme })
		if i < 0 {
			groups, i = append(groups, &group{label: f.Theme}), len(groups)
		}
		groups[i].best = max(groups[i].best, f.Salience)
		groups[i].count++
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.best, a.best), cmp.Compare(b.count, a.count))
	})
	places := map[string]int{}
	for i, g := range groups {
		places[g.label] = i
	}
	return places
}

// indirect reports whether no finding helps to answer the question, by the importance
// that the model gave them.
func (m *merged) indirect() bool {
	return len(m.findings) > 0 && !slices.ContainsFunc(m.findings, func(f engine.Finding) bool { return f.Salience >= helpful })
}

// lastIfEmpty sorts what has no date behind what has one.
func lastIfEmpty(date string) string { return cmp.Or(date, "~") }
