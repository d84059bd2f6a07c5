package extractive

import (
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// Selection constants, chosen by reading the output over several document sets.
const (
	minFindings = 3
	maxFindings = 12

	// novelty is MMR's 1-λ: how much a candidate loses by resembling what was
	// picked (Carbonell and Goldstein, "The Use of MMR", SIGIR 1998).
	novelty = 0.35

	// worth is the share of the best score under which nothing is picked.
	worth = 0.57

	// sameCosine and sameRecall are when two sentences say the same: a reader
	// should not meet both as findings of their own.
	sameCosine = 0.6
	sameRecall = 0.75

	// crowding is what a candidate loses for each finding its source has.
	crowding = 0.04

	// maxQuotes bounds a finding's citations.
	maxQuotes = 4
)

// pick is a candidate chosen as a finding, with those of other sources that
// support it.
type pick struct {
	*candidate
	support []*candidate
}

// choose picks the findings, best first.
func (p *pool) choose() []pick {
	left := slices.Clone(p.candidates)
	target := findingCount(len(left))
	var picks []pick
	best := 0.0
	for len(picks) < target && len(left) > 0 {
		i := bestNext(left, picks)
		c := left[i]
		best = max(best, c.score)
		left = slices.Delete(left, i, i+1)
		if c.score < worth*best {
			continue
		}
		chosen := pick{candidate: c}
		chosen.support, left = gather(c, left)
		picks = append(picks, chosen)
	}
	return picks
}

// findingCount is how many findings a number of candidates can carry.
func findingCount(candidates int) int {
	n := int(math.Round(1.6 * math.Sqrt(float64(candidates))))
	return min(max(n, minFindings), maxFindings)
}

// bestNext returns the index of the candidate that adds most. Candidates are in
// a fixed order, so ties are decided the same way each time.
func bestNext(left []*candidate, picks []pick) int {
	best, bestValue := 0, math.Inf(-1)
	for i, c := range left {
		nearest, crowd := 0.0, 0.0
		for _, chosen := range picks {
			nearest = max(nearest, cosine(c.vector, chosen.vector))
			if chosen.evidence.SourceID == c.evidence.SourceID {
				crowd++
			}
		}
		value := (1-novelty)*c.score - novelty*nearest - crowding*crowd
		if value > bestValue {
			best, bestValue = i, value
		}
	}
	return best
}

// gather takes out of left every sentence that says what c says, and returns
// those that support it: one for each other source, the nearest first.
func gather(c *candidate, left []*candidate) (support, rest []*candidate) {
	rest = slices.DeleteFunc(left, func(d *candidate) bool {
		if !says(c, d) {
			return false
		}
		if supports(d, c) {
			support = append(support, d)
		}
		return true
	})
	slices.SortStableFunc(support, func(a, b *candidate) int {
		ra, rb := recall(c.vector, a.vector), recall(c.vector, b.vector)
		switch {
		case ra > rb:
			return -1
		case ra < rb:
			return 1
		}
		return 0
	})
	sources := map[string]bool{c.evidence.SourceID: true}
	support = slices.DeleteFunc(support, func(d *candidate) bool {
		seen := sources[d.evidence.SourceID]
		sources[d.evidence.SourceID] = true
		return seen
	})
	return support[:min(len(support), maxQuotes-1)], rest
}

// says reports whether b says what a says, or a part of it. Sentences that differ in a
// quantity or a negation do not say the same however alike they look.
func says(a, b *candidate) bool {
	if cosine(a.vector, b.vector) < sameCosine &&
		recall(a.vector, b.vector) < sameRecall && recall(b.vector, a.vector) < sameRecall {
		return false
	}
	_, differ := conflict(a, b)
	return !differ
}

// supports reports whether d alone would carry c as a claim: it holds most of
// its words and all of its quantities, and denies neither more nor less.
func supports(d, c *candidate) bool {
	if recall(c.vector, d.vector) < sameRecall || verify.Negated(d.text) != verify.Negated(c.text) {
		return false
	}
	own := quantity.Find(d.text)
	for _, q := range quantity.Find(c.text) {
		if !slices.ContainsFunc(own, func(o quantity.Quantity) bool { return quantity.Agree(q, o) }) {
			return false
		}
	}
	return true
}
