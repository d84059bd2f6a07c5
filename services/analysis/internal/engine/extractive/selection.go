package extractive

import (
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
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

	// briefWorth is the same for a brief, leastWorth for the only finding of a source where
	// fewer than minSources are heard.
	briefWorth = 0.42
	leastWorth = 0.25
	minSources = 3

	// sameCosine, sameRecall and sameWords are when two sentences say the same: a reader
	// should not meet both as findings of their own.
	sameCosine = 0.6
	sameRecall = 0.75
	sameWords  = 0.7

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
	subject string // what it is about, in a comparison
}

// limits says how much an answer may hold: how many findings, how far below the best one
// they may be, and how many quotes each has.
type limits struct {
	findings, quotes int
	worth            float64
}

// limitsOf are the limits of a kind of answer. A brief asks many things, so that what
// answers one of them is worth less beside the best.
func limitsOf(kind engine.Kind, q question) limits {
	l := limits{findings: maxFindings, quotes: maxQuotes, worth: worth}
	switch kind {
	case engine.Deep:
		l.findings = 2 * maxFindings
	case engine.LiteratureReview:
		l.findings, l.quotes = 2*maxFindings, 2*maxQuotes
	}
	if q.isBrief() {
		l.worth = briefWorth
	}
	return l
}

// choose picks the findings, best first.
func (p *pool) choose(l limits) []pick {
	left := slices.Clone(p.candidates)
	target := min(findingCount(len(left)), l.findings)
	if l.findings > maxFindings { // who asks for much gets it
		target = min(len(left), l.findings)
	}
	var picks []pick
	best := 0.0
	for len(picks) < target && len(left) > 0 {
		i := bestNext(left, picks)
		c := left[i]
		best = max(best, c.score)
		if c.score < l.worth*best {
			left = slices.Delete(left, i, i+1)
			continue
		}
		var chosen pick
		chosen, left = take(left, i, l)
		picks = append(picks, chosen)
	}
	return p.widen(picks)
}

// take makes a finding of the candidate at i, with what the others say of it.
func take(left []*candidate, i int, l limits) (chosen pick, rest []*candidate) {
	chosen.candidate = left[i]
	chosen.support, rest = gather(chosen.candidate, slices.Delete(left, i, i+1), l.quotes)
	return chosen, rest
}

// widen adds findings until minSources sources are heard, as long as there are more that
// say something relevant: one source's word is not an answer.
func (p *pool) widen(picks []pick) []pick {
	if len(picks) == 0 {
		return picks
	}
	heard := sourcesOf(picks)
	for _, c := range p.candidates { // by relevance
		if len(heard) >= minSources {
			break
		}
		repeats := func(o pick) bool { return says(o.candidate, c) }
		if heard[c.evidence.SourceID] || c.score < leastWorth*picks[0].score || slices.ContainsFunc(picks, repeats) {
			continue
		}
		picks = append(picks, pick{candidate: c})
		heard[c.evidence.SourceID] = true
	}
	return picks
}

// sourcesOf are the sources that the picks quote.
func sourcesOf(picks []pick) map[string]bool {
	sources := map[string]bool{}
	for _, c := range picks {
		sources[c.evidence.SourceID] = true
		for _, d := range c.support {
			sources[d.evidence.SourceID] = true
		}
	}
	return sources
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
func gather(c *candidate, left []*candidate, quotes int) (support, rest []*candidate) {
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
	support = onePerSource(support, c)
	return support[:min(len(support), quotes-1)], rest
}

// onePerSource keeps the first of each source that is not c's own.
func onePerSource(support []*candidate, c *candidate) []*candidate {
	sources := map[string]bool{c.evidence.SourceID: true}
	return slices.DeleteFunc(support, func(d *candidate) bool {
		seen := sources[d.evidence.SourceID]
		sources[d.evidence.SourceID] = true
		return seen
	})
}

// says reports whether b says what a says, or a part of it. Sentences that differ in a
// quantity or a negation do not say the same however alike they look.
func says(a, b *candidate) bool {
	if a.overlaps(b) {
		return true
	}
	if cosine(a.vector, b.vector) < sameCosine && jaccard(a.vector, b.vector) < sameWords &&
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

// overlaps reports whether two candidates share a part of a source's text.
func (c *candidate) overlaps(d *candidate) bool {
	a, b := c.evidence.Start+c.start, d.evidence.Start+d.start
	return c.evidence.SourceID == d.evidence.SourceID && a < b+len(d.text) && b < a+len(c.text)
}
