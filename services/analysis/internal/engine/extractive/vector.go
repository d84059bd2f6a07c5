package extractive

import (
	"cmp"
	"math"
	"slices"
)

// vector is a sparse vector of unit length over stems, sorted by stem.
type vector []component

type component struct {
	stem   string
	weight float64
}

// vectorOf returns the tf-idf vector of a sentence's content words, with idf
// over the sentences of the evidence.
func (p *pool) vectorOf(words []word) vector {
	counts := map[string]int{}
	for _, w := range words {
		if !w.stop {
			counts[w.stem]++
		}
	}
	v := make(vector, 0, len(counts))
	for stem, n := range counts {
		v = append(v, component{stem, float64(n) * p.idf(stem)})
	}
	slices.SortFunc(v, func(a, b component) int { return cmp.Compare(a.stem, b.stem) })
	sum := 0.0
	for _, c := range v {
		sum += c.weight * c.weight
	}
	for i := range v {
		v[i].weight /= math.Sqrt(sum)
	}
	return v
}

// idf is the inverse document frequency of a stem over the sentences.
func (p *pool) idf(stem string) float64 {
	return math.Log(1 + (float64(p.sentences)+0.5)/(float64(p.frequency[stem])+0.5))
}

// cosine returns the similarity of two vectors, 0 to 1.
func cosine(a, b vector) float64 {
	sum := 0.0
	common(a, b, func(x, y component) { sum += x.weight * y.weight })
	return sum
}

// recall returns which share of a, by weight, b holds.
func recall(a, b vector) float64 {
	total, held := 0.0, 0.0
	for _, c := range a {
		total += c.weight
	}
	common(a, b, func(x, _ component) { held += x.weight })
	if total == 0 {
		return 0
	}
	return held / total
}

// jaccard returns the share of the stems of two vectors that both hold.
func jaccard(a, b vector) float64 {
	both := 0
	common(a, b, func(component, component) { both++ })
	return float64(both) / float64(max(1, len(a)+len(b)-both))
}

// common calls do for each stem that both vectors hold.
func common(a, b vector, do func(x, y component)) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].stem == b[j].stem:
			do(a[i], b[j])
			i, j = i+1, j+1
		case a[i].stem < b[j].stem:
			i++
		default:
			j++
		}
	}
}
