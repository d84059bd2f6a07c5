package rank

import (
	"cmp"
	"slices"
)

// rankConstant damps the first ranks when rankings are fused; 60 after Cormack,
// Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
// individual Rank Learning Methods" (SIGIR 2009).
const rankConstant = 60

// worth returns what a rank is worth, 1 for the first rank, which is 1. A sum of
// it over rankings orders as reciprocal rank fusion does.
func worth(rank int) float64 {
	return (rankConstant + 1) / float64(rankConstant+rank)
}

// ranks returns the rank of each score, from 1, the highest first. Equal scores
// have the same rank; NaN comes last.
func ranks(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	out := make([]int, len(scores))
	for at, i := range order {
		out[i] = at + 1
		if at > 0 && scores[i] == scores[order[at-1]] {
			out[i] = out[order[at-1]]
		}
	}
	return out
}

// Fuse re-ranks what a search found: similarity holds the cosine similarity to the
// query of each hit, the hits in the order of the search; NaN where it was not
// measured. It returns the places of
// the hits in the fused order, by reciprocal ranks in both; equal ones keep the
// order of the search.
func Fuse(similarity []float64) []int {
	byMeaning := ranks(similarity)
	order := make([]int, len(similarity))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(worth(b+1)+worth(byMeaning[b]), worth(a+1)+worth(byMeaning[a]))
	})
	return order
}
