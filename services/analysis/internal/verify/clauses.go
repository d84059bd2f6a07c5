package verify

import (
	"strings"
	"unicode"
)

// clauseTerms is the least number of words that make a clause; mostClauses bounds the
// work on a claim that is a list.
const (
	clauseTerms = 3
	mostClauses = 32
)

// joints are words of English at which a claim can be divided into what different
// sentences may support. Claims in other languages are divided at punctuation only.
var joints = map[string]bool{
	"and": true, "or": true, "but": true, "so": true, "than": true, "that": true, "which": true, "who": true,
	"while": true, "whereas": true, "although": true, "because": true, "since": true, "if": true, "when": true,
	"where": true, "as": true, "at": true, "by": true, "for": true, "from": true, "in": true, "of": true,
	"on": true, "through": true, "to": true, "with": true,
}

// clauses divides the claim at its punctuation and its joints; spans are indexes of
// terms.
func (a *alignment) clauses() []Span {
	var clauses []Span
	start := 0
	for i := 1; i < len(a.terms) && len(clauses) < mostClauses; i++ {
		// Words of scripts without spaces overlap.
		between := a.claim[min(a.terms[i-1].end, a.terms[i].start):a.terms[i].start]
		if i-start >= clauseTerms && len(a.terms)-i >= clauseTerms && divides(between) {
			clauses, start = append(clauses, Span{start, i}), i
		}
	}
	return append(clauses, Span{start, len(a.terms)})
}

// divides reports whether what stands between two content words ends a clause.
func divides(between string) bool {
	if strings.ContainsAny(between, ",;.:(，；。：（") {
		return true
	}
	for word := range strings.FieldsFuncSeq(between, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if joints[strings.ToLower(word)] {
			return true
		}
	}
	return false
}

// clauseRecall returns how much of a clause its own best sentence holds, the mean of
// all clauses: what one sentence says in one place counts more than words from
// everywhere.
func (a *alignment) clauseRecall() float64 {
	sum := 0.0
	clauses := a.clauses()
	for _, c := range clauses {
		weight, most := 0.0, 0.0
		for _, t := range a.terms[c.Start:c.End] {
			weight += t.weight
		}
		for s := range a.sentences {
			if !a.none(s) {
				most = max(most, a.covered(a.in(s, s+1), c.Start, c.End))
			}
		}
		sum += most / weight
	}
	return sum / float64(len(clauses))
}

// leastHeld is the strength below which a term counts as missing.
const leastHeld = 0.5

// longestGap returns the weight of the longest stretch of the claim that strengths
// miss: three words missing side by side are a statement that is not there, three
// scattered ones are another wording.
func (a *alignment) longestGap(strengths []float64) float64 {
	longest, gap := 0.0, 0.0
	for i, strength := range strengths {
		gap += a.terms[i].weight
		if strength >= leastHeld {
			gap = 0
		}
		longest = max(longest, gap)
	}
	return longest
}

// reworded returns the share of the claim that strengths hold in other words only.
func (a *alignment) reworded(strengths []float64) float64 {
	sum := 0.0
	for i, strength := range strengths {
		if strength < 1 {
			sum += a.terms[i].weight * strength
		}
	}
	return sum / a.total
}

// closest returns the greatest share of the words of any sentence that are of the
// claim. Headings of one or two words do not count.
func (a *alignment) closest() float64 {
	most := 0.0
	for s := range a.sentences {
		if a.first[s+1]-a.first[s] >= clauseTerms {
			most = max(most, a.share(s))
		}
	}
	return most
}
