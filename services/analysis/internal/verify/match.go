package verify

import (
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// A match that is not the same stem counts less: a synonym by a fixed share, a word
// with the same beginning by how much the two have in common.
const (
	synonym      = 0.7
	nearlySame   = 0.8
	leastAlike   = 0.5 // of the letters of the longer word, that the two begin with
	relatedRunes = 4   // that two words must begin with to be compared at all
)

// matched is a term of a claim that a word matches.
type matched struct {
	term     int
	strength float64
}

// matcher finds the terms of a claim that a word matches. It is not safe for
// concurrent use.
type matcher struct {
	terms    []term
	byStem   map[string][]matched // remembers what was asked before, too
	byPrefix map[string][]int
	byGroup  map[int][]int // of synonyms
}

func newMatcher(terms []term) *matcher {
	m := &matcher{
		terms: terms, byStem: map[string][]matched{}, byPrefix: map[string][]int{}, byGroup: map[int][]int{},
	}
	for i, t := range terms {
		m.byStem[t.stem] = append(m.byStem[t.stem], matched{i, 1})
		if p := prefix(t.stem); p != "" {
			m.byPrefix[p] = append(m.byPrefix[p], i)
		}
		for _, g := range thesaurus.Groups(t.stem) {
			m.byGroup[g] = append(m.byGroup[g], i)
		}
	}
	return m
}

// match returns the terms that a stem matches. A stem that is in the claim itself
// matches nothing else.
func (m *matcher) match(stem string) []matched {
	found, known := m.byStem[stem]
	if known {
		return found
	}
	if p := prefix(stem); p != "" {
		for _, i := range m.byPrefix[p] {
			if s := likeness(m.terms[i].stem, stem); s >= leastAlike {
				found = append(found, matched{i, nearlySame * s})
			}
		}
	}
	for _, g := range thesaurus.Groups(stem) {
		for _, i := range m.byGroup[g] {
			found = append(found, matched{i, synonym})
		}
	}
	m.byStem[stem] = found
	return found
}

// prefix is what related words begin with; empty for a short word.
func prefix(stem string) string {
	n := 0
	for at := range stem {
		if n == relatedRunes {
			return stem[:at]
		}
		n++
	}
	return ""
}

// likeness is the share of the letters of the longer word that both begin with.
func likeness(a, b string) float64 {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	longest := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	return float64(utf8.RuneCountInString(a[:same])) / float64(longest)
}
