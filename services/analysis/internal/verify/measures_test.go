package verify

import (
	"cmp"
	"math/rand"
	"slices"
)

const (
	folds = 10
	// thresholds are tried in steps of this: finer ones would be fitted to noise.
	thresholdStep = 0.05
	// repetitions of the cross-validation, each with other folds.
	repetitions = 10
)

// confusion counts outcomes: [truth][said].
type confusion [2][2]float64

// add counts one outcome.
func (c *confusion) add(truth, said bool) {
	c[int(indicator(truth))][int(indicator(said))]++
}

// macroF1 is the mean F1 of both classes.
func (c *confusion) macroF1() float64 {
	sum := 0.0
	for k := range 2 {
		hits, wrong := c[k][k], c[k][1-k]+c[1-k][k]
		sum += 2 * hits / (2*hits + wrong)
	}
	return sum / 2
}

// accuracy is the share of right outcomes.
func (c *confusion) accuracy() float64 {
	right := c[0][0] + c[1][1]
	return right / (right + c[0][1] + c[1][0])
}

// crossMacro is the mean macro-F1 with thresholds that were chosen on other folds.
func crossMacro(scores []float64, truth []bool) float64 {
	return crossValidate(scores, truth, (*confusion).macroF1)
}

// crossValidate is the mean of a measure over repetitions, where each fold is judged
// with the threshold that is best for the others.
func crossValidate(scores []float64, truth []bool, measure func(*confusion) float64) float64 {
	sum := 0.0
	for seed := range repetitions {
		order := rand.New(rand.NewSource(int64(seed))).Perm(len(scores))
		var all confusion
		for k := range folds {
			threshold := bestThreshold(func(from float64) float64 {
				var c confusion
				for i, at := range order {
					if i%folds != k {
						c.add(truth[at], scores[at] >= from)
					}
				}
				return measure(&c)
			})
			for i, at := range order {
				if i%folds == k {
					all.add(truth[at], scores[at] >= threshold)
				}
			}
		}
		sum += measure(&all)
	}
	return sum / repetitions
}

// bestThreshold is the threshold with the best value, where its neighbours count, too:
// a threshold that is good alone is good by chance.
func bestThreshold(value func(from float64) float64) float64 {
	var values []float64
	for from := thresholdStep; from < 1; from += thresholdStep {
		values = append(values, value(from))
	}
	best, most := 0, -1.0
	for i := 1; i+1 < len(values); i++ {
		if v := values[i-1] + values[i] + values[i+1]; v > most {
			best, most = i, v
		}
	}
	return thresholdStep * float64(best+1)
}

// areaUnder is the area under the receiver operating characteristic: how often a
// true pair has a higher score than another.
func areaUnder(scores []float64, truth []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(scores[i], scores[j]) })
	ranks, positives := 0.0, 0.0
	for rank, i := range order {
		if truth[i] {
			ranks += float64(rank + 1)
			positives++
		}
	}
	return (ranks - positives*(positives+1)/2) / (positives * (float64(len(scores)) - positives))
}
