package verify

import (
	"math"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// questionFolds is in how many folds the questions are divided: pairs of one question
// share words and texts, so that they must not be on both sides.
const questionFolds = 5

// supportRow is the values of one pair, zeros where there is nothing to compare.
func supportRow(p pair, idf IDF) []float64 {
	var values [16]float64
	if a, ok := align(p.claim, p.text, idf); ok {
		values = measure(a).support()
	}
	return values[:]
}

// unseen is how well pairs are told apart by models that saw no pair of the same
// question: the means of several divisions, and the standard deviation among them.
type unseen struct{ area, macro, deviation float64 }

// outOfFold fits weights and threshold without a fold and judges the fold with them.
func outOfFold(pairs []pair, rows [][]float64) unseen {
	truth := make([]bool, len(pairs))
	for i, p := range pairs {
		truth[i] = p.truth
	}
	var out unseen
	var macros []float64
	for seed := range repetitions {
		in := divide(pairs, int64(seed))
		scores := make([]float64, len(pairs))
		var all confusion
		for k := range questionFolds {
			judge, threshold := learn(rows, truth, func(i int) bool { return in[i] != k })
			for i, row := range rows {
				if in[i] == k {
					scores[i] = judge.probability(row)
					all.add(truth[i], scores[i] >= threshold)
				}
			}
		}
		out.area += areaUnder(scores, truth) / repetitions
		out.macro += all.macroF1() / repetitions
		macros = append(macros, all.macroF1())
	}
	for _, m := range macros {
		out.deviation += (m - out.macro) * (m - out.macro) / (repetitions - 1)
	}
	out.deviation = math.Sqrt(out.deviation)
	return out
}

// learn fits a model to some rows, and finds the threshold that is best for them.
func learn(rows [][]float64, truth []bool, use func(i int) bool) (model, float64) {
	var some [][]float64
	var labels []bool
	for i, row := range rows {
		if use(i) {
			some, labels = append(some, row), append(labels, truth[i])
		}
	}
	m := fit(some, labels, onePenalty)
	return m, bestThreshold(func(from float64) float64 {
		var c confusion
		for i, row := range some {
			c.add(labels[i], m.probability(row) >= from)
		}
		return c.macroF1()
	})
}

// divide returns the fold of each pair: questions in random order, each into the fold
// that is smallest then.
func divide(pairs []pair, seed int64) []int {
	of := map[string][]int{}
	var questions []string
	for i, p := range pairs {
		if of[p.question] == nil {
			questions = append(questions, p.question)
		}
		of[p.question] = append(of[p.question], i)
	}
	rand.New(rand.NewSource(seed)).Shuffle(len(questions), func(i, j int) {
		questions[i], questions[j] = questions[j], questions[i]
	})
	folds, sizes := make([]int, len(pairs)), make([]int, questionFolds)
	for _, q := range questions {
		smallest := slices.Index(sizes, slices.Min(sizes))
		for _, i := range of[q] {
			folds[i] = smallest
		}
		sizes[smallest] += len(of[q])
	}
	return folds
}

// TestCheck_UnseenQuestions measures what the values are worth to claims of questions
// that neither weights nor threshold have seen, beside the check of fifty lines.
func TestCheck_UnseenQuestions(t *testing.T) {
	t.Parallel()
	pairs := attributionBench(t)
	idf := someIDFs(pairs)[1]
	rows, basic := make([][]float64, len(pairs)), make([][]float64, len(pairs))
	for i, p := range pairs {
		rows[i], basic[i] = supportRow(p, idf), []float64{baselineScore(p.claim, p.text, idf)}
	}
	ours, theirs := outOfFold(pairs, rows), outOfFold(pairs, basic)
	t.Logf("macro-F1 %.4f ± %.4f, area %.4f; fifty lines %.4f ± %.4f, area %.4f",
		ours.macro, ours.deviation, ours.area, theirs.macro, theirs.deviation, theirs.area)
	require.GreaterOrEqual(t, ours.macro, 0.73)
	require.GreaterOrEqual(t, ours.macro-theirs.macro, 0.05)
	require.GreaterOrEqual(t, ours.area, 0.81)
}
