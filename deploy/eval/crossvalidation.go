package main

import "math/rand"

const (
	folds = 10
	// repetitions of the cross-validation, each with other folds.
	repetitions = 10
	// thresholdStep is how fine thresholds are: finer ones are fitted to noise.
	thresholdStep = 0.05
)

// outcomes counts what was said beside what is true: [truth][said].
type outcomes [2][2]float64

func (o *outcomes) add(truth, said bool) {
	index := map[bool]int{true: 1}
	o[index[truth]][index[said]]++
}

// macroF1 is the mean F1 of both classes.
func (o *outcomes) macroF1() float64 {
	sum := 0.0
	for k := range 2 {
		hits, wrong := o[k][k], o[k][1-k]+o[1-k][k]
		if hits > 0 {
			sum += 2 * hits / (2*hits + wrong)
		}
	}
	return sum / 2
}

// accuracy is the share of what was said rightly.
func (o *outcomes) accuracy() float64 {
	right := o[0][0] + o[1][1]
	return right / (right + o[0][1] + o[1][0])
}

// crossValidated is the mean of a measure where each fold is judged with the threshold
// that is best for the others.
func crossValidated(scores []float64, truth []bool, measure func(*outcomes) float64) float64 {
	sum := 0.0
	for seed := range repetitions {
		order := rand.New(rand.NewSource(int64(seed))).Perm(len(scores)) //nolint:gosec // the same order every time
		var all outcomes
		for k := range folds {
			threshold := bestThreshold(func(from float64) float64 {
				var o outcomes
				for i, at := range order {
					if i%folds != k {
						o.add(truth[at], scores[at] >= from)
					}
				}
				return measure(&o)
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
