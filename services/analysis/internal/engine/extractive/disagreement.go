package extractive

import (
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// Two sentences are compared for disagreement only if they are about the same
// thing: subjectCosine for a different number, denialCosine for a denial, which
// is easier to mistake.
const (
	subjectCosine = 0.5
	denialCosine  = 0.6
)

// maxConflicts bounds what a report lists.
const maxConflicts = 5

// disagreementPair is two picks, by index, and how they differ.
type disagreementPair struct {
	first, second int
	difference
}

// difference is how two sentences disagree.
type difference struct {
	kind   engine.ContradictionKind
	reason string
}

// disagreements pairs picks with sentences of other sources that disagree with
// them. The other sentence becomes a pick too: a report may not speak of a
// claim that is not among its findings.
func (p *pool) disagreements(picks *[]pick) []disagreementPair {
	var pairs []disagreementPair
	for i := 0; i < len(*picks); i++ {
		for _, d := range p.candidates {
			a := (*picks)[i]
			if d == a.candidate || d.evidence.SourceID == a.evidence.SourceID || len(pairs) == maxConflicts {
				continue
			}
			found, ok := conflict(a.candidate, d)
			if !ok {
				continue
			}
			j := slices.IndexFunc(*picks, func(o pick) bool { return o.candidate == d })
			if j < 0 {
				if isSupport(*picks, d) {
					continue
				}
				*picks, j = append(*picks, pick{candidate: d}), len(*picks)
			}
			if j > i {
				pairs = append(pairs, disagreementPair{i, j, found})
			}
		}
	}
	return pairs
}

// isSupport reports whether a candidate is already quoted.
func isSupport(picks []pick, d *candidate) bool {
	return slices.ContainsFunc(picks, func(o pick) bool { return slices.Contains(o.support, d) })
}

// conflict reports whether two sentences about the same thing disagree.
func conflict(a, b *candidate) (difference, bool) {
	alike := cosine(a.vector, b.vector)
	if alike >= subjectCosine && !apart(properNames(a.words, a.text), properNames(b.words, b.text)) {
		if x, y, ok := differing(a, b); ok {
			return difference{engine.Numbers, fmt.Sprintf("“%s” against “%s”", x, y)}, true
		}
	}
	if alike >= denialCosine && verify.Negated(a.text) != verify.Negated(b.text) {
		return difference{engine.Negation, "one denies what the other says"}, true
	}
	return difference{}, false
}

// apart reports whether two sentences with these names speak of different things: each
// has a name, and none is the other's, nor a part of it. "Lake Baikal" and "Lake
// Tanganyika" share a word and are two lakes; "Baikal" and "Lake Baikal" are one.
func apart(names, others [][]string) bool {
	for _, x := range names {
		for _, y := range others {
			if within(x, y) || within(y, x) {
				return false
			}
		}
	}
	return len(names) > 0 && len(others) > 0
}

// properNames are the runs of words with capitals of a sentence, by their stems. The
// sentence's own capital makes no name.
func properNames(words []word, text string) [][]string {
	var names [][]string
	end := -1 // where the current run ends, -1 if there is none
	for i, w := range words {
		if !w.capital || w.stop {
			end = -1
			continue
		}
		if end >= 0 && joined(text, end, w.start) {
			names[len(names)-1] = append(names[len(names)-1], w.stem)
		} else {
			names = append(names, []string{w.stem})
		}
		end = w.end
		alone := i+1 == len(words) || !words[i+1].capital
		if i == 0 && alone {
			names, end = nil, -1
		}
	}
	return names
}

// within reports whether all words of a name are in another.
func within(name, of []string) bool {
	return !slices.ContainsFunc(name, func(stem string) bool { return !slices.Contains(of, stem) })
}

// differing returns the quantities in which two sentences differ: exactly one
// quantity of a kind in each, not the same amount. Where a sentence gives
// several of one kind, which is meant cannot be told, and nothing is claimed.
func differing(a, b *candidate) (x, y string, ok bool) {
	in, other := quantity.Find(a.text), quantity.Find(b.text)
	for _, q := range in {
		same := comparable(q, in)
		against := comparable(q, other)
		if len(same) != 1 || len(against) != 1 || quantity.Agree(q, against[0]) {
			continue
		}
		return written(a.text, q), written(b.text, against[0]), true
	}
	return "", "", false
}

// comparable returns the quantities that measure what q does.
func comparable(q quantity.Quantity, among []quantity.Quantity) []quantity.Quantity {
	var found []quantity.Quantity
	for _, o := range among {
		if quantity.Comparable(q, o) {
			found = append(found, o)
		}
	}
	return found
}

// written returns a quantity as it stands in its sentence, with what it counts.
func written(text string, q quantity.Quantity) string {
	if q.Noun == "" {
		return text[q.Start:q.End]
	}
	return text[q.Start:q.End] + " " + q.Noun
}
