package index

import (
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// Candidate is a hit together with what it says.
type Candidate struct {
	Hit
	Text     string
	Language string
}

// Spread says how hits are chosen among candidates. The zero value of a field
// means its default.
type Spread struct {
	// Lambda weighs relevance against novelty: 1 is relevance alone. Default 0.7.
	Lambda float64
	// PerDocument is how many hits one document may give. Default: no limit.
	PerDocument int
}

// defaultLambda is the usual choice for search results.
const defaultLambda = 0.7

// Diversify picks k candidates by maximal marginal relevance (Carbonell and
// Goldstein, 1998): each time the one whose score, as a share of the best
// score, outweighs most its likeness to those picked before. Likeness is the
// cosine of the sets of stems. The order is that of picking; equal candidates
// are ordered as by Search.
func Diversify(candidates []Candidate, k int, spread Spread) []Candidate {
	if spread.Lambda == 0 {
		spread.Lambda = defaultLambda
	}
	pool := slices.Clone(candidates)
	slices.SortStableFunc(pool, func(a, b Candidate) int { return better(a.Hit, b.Hit) })
	sets := make([]map[string]bool, len(pool))
	for i, c := range pool {
		sets[i] = stemSet(c)
	}
	likeness := make([]float64, len(pool)) // to the most similar one picked
	taken := make([]bool, len(pool))
	perDocument := map[string]int{}

	var picked []Candidate
	for len(picked) < k {
		best, bestValue := -1, math.Inf(-1)
		for i, c := range pool {
			if taken[i] || spread.PerDocument > 0 && perDocument[c.DocID] >= spread.PerDocument {
				continue
			}
			value := spread.Lambda*share(c.Score, pool[0].Score) - (1-spread.Lambda)*likeness[i]
			if value > bestValue {
				best, bestValue = i, value
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		perDocument[pool[best].DocID]++
		picked = append(picked, pool[best])
		for i := range pool {
			if !taken[i] {
				likeness[i] = max(likeness[i], cosine(sets[i], sets[best]))
			}
		}
	}
	return picked
}

// share returns score as a share of the best score.
func share(score, best float64) float64 {
	if best <= 0 {
		return 0
	}
	return score / best
}

// stemSet returns the different stems of a candidate's text.
func stemSet(c Candidate) map[string]bool {
	lang := c.Language
	if lang == "" {
		lang = defaultLanguage
	}
	set := map[string]bool{}
	for _, stem := range lexical.Stems(c.Text, lang) {
		set[stem] = true
	}
	return set
}

// cosine returns the likeness of two sets, 0 to 1.
func cosine(a, b map[string]bool) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	common := 0
	for stem := range a {
		if b[stem] {
			common++
		}
	}
	return float64(common) / math.Sqrt(float64(len(a))*float64(len(b)))
}
