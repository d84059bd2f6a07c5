package index

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
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
// are ordered as by Search. They need not be in the index.
func (x *Index) Diversify(candidates []Candidate, k int, spread Spread) []Candidate {
	if spread.Lambda == 0 {
		spread.Lambda = defaultLambda
	}
	pool := slices.Clone(candidates)
	slices.SortStableFunc(pool, func(a, b Candidate) int { return better(a.Hit, b.Hit) })
	sets := x.stemSets(pool)
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

// set is a set of the stems that a pool of candidates has, a bit for each.
type set struct {
	bits []uint64
	size int
}

// stemSets returns the different stems of each candidate's text.
func (x *Index) stemSets(pool []Candidate) []set {
	numbers := map[string]int{}
	sets := make([]set, len(pool))
	for i, c := range pool {
		for _, stem := range x.stems(cmp.Or(c.Language, defaultLanguage), c.Text)[0] {
			number, known := numbers[stem]
			if !known {
				number = len(numbers)
				numbers[stem] = number
			}
			sets[i].add(number)
		}
	}
	return sets
}

// add adds the stem with a number.
func (s *set) add(number int) {
	const width = 64
	if missing := number/width + 1 - len(s.bits); missing > 0 {
		s.bits = append(s.bits, make([]uint64, missing)...)
	}
	if bit := uint64(1) << (number % width); s.bits[number/width]&bit == 0 {
		s.bits[number/width] |= bit
		s.size++
	}
}

// cosine returns the likeness of two sets, 0 to 1.
func cosine(a, b set) float64 {
	if a.size == 0 || b.size == 0 {
		return 0
	}
	common := 0
	for i := range min(len(a.bits), len(b.bits)) {
		common += bits.OnesCount64(a.bits[i] & b.bits[i])
	}
	return float64(common) / math.Sqrt(float64(a.size)*float64(b.size))
}
