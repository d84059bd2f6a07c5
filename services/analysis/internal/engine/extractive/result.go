package extractive

import (
	"cmp"
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// write writes picks as findings under their themes: the most salient theme first, but for
// what is left over, and within a theme the most salient finding.
func (s *study) write(picks []pick, groups []theme, conflicts []disagreementPair) engine.Analysis {
	groups = s.ordered(picks, groups)
	var out engine.Analysis
	position := make([]int, len(picks)) // of a pick among the findings
	for _, t := range groups {
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

// ordered puts themes and their members in order. What is left over, and what is not
// known, stays last.
func (s *study) ordered(picks []pick, groups []theme) []theme {
	for i := range groups {
		slices.SortStableFunc(groups[i].members, func(a, b int) int { return s.before(picks[a], picks[b]) })
	}
	last := func(t theme) int {
		switch t.label {
		case label(openQuestions, s.language):
			return 2
		case label(further, s.language), label(inGeneral, s.language):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(groups, func(a, b theme) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), s.before(picks[a.members[0]], picks[b.members[0]]))
	})
	return groups
}

// before compares two findings: the more salient one comes first and, in a review of the
// literature, the newer of two that are about alike. What only retracted sources say
// never leads.
func (s *study) before(a, b pick) int {
	if a.evidence.Retracted != b.evidence.Retracted {
		if a.evidence.Retracted {
			return 1
		}
		return -1
	}
	if s.kind == engine.LiteratureReview {
		return cmp.Or(cmp.Compare(math.Round(10*b.score), math.Round(10*a.score)),
			b.evidence.Published.Compare(a.evidence.Published), cmp.Compare(b.salience(), a.salience()))
	}
	return cmp.Compare(b.salience(), a.salience())
}

// salience is a pick's score to three digits.
func (c pick) salience() float64 {
	return math.Round(max(0, min(1, c.score))*1000) / 1000
}

// finding writes one pick.
func (c pick) finding(label string) engine.Finding {
	f := engine.Finding{
		Claim: c.claim, Theme: label, Subject: c.subject, Citations: []engine.Quote{c.quote()}, Salience: c.salience(),
	}
	for _, d := range c.support {
		f.Citations = append(f.Citations, d.quote())
	}
	return f
}
