package prompted

import (
	"cmp"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

// merged is the findings of all slices as one list.
type merged struct {
	findings  []engine.Finding
	conflicts []engine.Contradiction
	notes     notes
	bags      []bag // of the findings' claims
}

// merge puts parts together in order. Findings whose claims are nearly the same words,
// with the same numbers, are one, with the quotes of both.
func merge(parts []part) merged {
	var m merged
	for _, p := range parts {
		m.notes.add(p.notes)
		place := make([]int, len(p.findings))
		for i, f := range p.findings {
			place[i] = m.put(f)
		}
		for _, c := range p.conflicts {
			first, second := place[c.First], place[c.Second]
			c.First, c.Second = min(first, second), max(first, second)
			known := slices.ContainsFunc(m.conflicts, func(o engine.Contradiction) bool { return o.First == c.First && o.Second == c.Second })
			if first != second && !known {
				m.conflicts = append(m.conflicts, c)
			}
		}
	}
	return m
}

// put adds a finding, or joins it to one that says the same, and returns its place.
func (m *merged) put(f engine.Finding) int {
	words := newBag(f.Claim, "")
	for i := range m.findings {
		if words.alike(m.bags[i]) >= sameClaim && sameFacts(f, m.findings[i]) {
			m.join(i, f)
			return i
		}
	}
	m.findings = append(m.findings, f)
	m.bags = append(m.bags, words)
	return len(m.findings) - 1
}

// sameFacts reports whether two findings agree in what words alone may hide.
func sameFacts(a, b engine.Finding) bool {
	return a.Subject == b.Subject && a.Date == b.Date &&
		slices.Equal(numbers(a.Claim), numbers(b.Claim)) && verify.Negated(a.Claim) == verify.Negated(b.Claim)
}

// join gives a finding the quotes of one that says the same.
func (m *merged) join(at int, f engine.Finding) {
	into := &m.findings[at]
	into.Citations = onePerSource(append(slices.Clone(into.Citations), f.Citations...))
	into.Salience = max(into.Salience, f.Salience)
	into.Theme = cmp.Or(into.Theme, f.Theme)
}

// drop takes findings out, and with them the pairs that they are in.
func (m *merged) drop(gone map[int]bool) {
	place := map[int]int{}
	var left []engine.Finding
	for i, f := range m.findings {
		if !gone[i] {
			place[i] = len(left)
			left = append(left, f)
		}
	}
	m.conflicts = slices.DeleteFunc(m.conflicts, func(c engine.Contradiction) bool { return gone[c.First] || gone[c.Second] })
	for i, c := range m.conflicts {
		m.conflicts[i].First, m.conflicts[i].Second = place[c.First], place[c.Second]
	}
	m.findings = left
}

// keep leaves so many findings: the most salient, and of equals those that more
// sources are quoted for, then those that came first.
func (m *merged) keep(limit int) {
	if len(m.findings) <= limit {
		return
	}
	order := make([]int, len(m.findings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := m.findings[a], m.findings[b]
		return cmp.Or(cmp.Compare(y.Salience, x.Salience), cmp.Compare(len(y.Citations), len(x.Citations)))
	})
	gone := map[int]bool{}
	for _, i := range order[limit:] {
		gone[i] = true
	}
	m.notes.spared += len(gone)
	m.drop(gone)
}
