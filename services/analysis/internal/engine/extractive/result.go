package extractive

import (
	"math"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// analysis writes picks as findings, ordered by theme.
func (p *pool) analysis(q question, picks []pick, conflicts []disagreementPair) engine.Analysis {
	var out engine.Analysis
	position := make([]int, len(picks)) // of a pick among the findings
	for _, t := range p.themes(q, picks) {
		group := engine.Theme{Label: t.label}
		for _, m := range t.members {
			position[m] = len(out.Findings)
			group.Findings = append(group.Findings, len(out.Findings))
			out.Findings = append(out.Findings, picks[m].finding(t.label))
		}
		out.Themes = append(out.Themes, group)
	}
	for _, c := range conflicts {
		first, second := position[c.first], position[c.second]
		out.Contradictions = append(out.Contradictions, engine.Contradiction{
			First: min(first, second), Second: max(first, second), Kind: c.kind, Reason: c.reason,
		})
	}
	return out
}

// finding writes one pick.
func (c pick) finding(label string) engine.Finding {
	f := engine.Finding{
		Claim: c.claim, Theme: label, Citations: []engine.Quote{c.quote()},
		Salience: math.Round(min(1, c.score)*1000) / 1000,
	}
	for _, d := range c.support {
		f.Citations = append(f.Citations, d.quote())
	}
	return f
}
