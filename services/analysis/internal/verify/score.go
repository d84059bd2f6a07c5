package verify

import "math"

// Lengths from which a text is no longer a quotation but a passage, and no longer a
// passage but a page; logarithms of content words.
var (
	passageLength = math.Log(75)
	pageLength    = math.Log(150)
)

// relatedness is what tells whether a text speaks of what the claim speaks of at all.
func (f features) relatedness() [4]float64 {
	return [4]float64{f.window, f.whole, f.mass, f.length}
}

// support is what tells whether a text that speaks of it says the same. Matches in a
// long text are worth less, since some are there by chance, which is why several are
// multiplied with its length.
func (f features) support() [16]float64 {
	return [16]float64{
		f.second * f.second,
		f.sentence * f.length,
		f.clauses,
		f.gap,
		f.title,
		f.copied,
		f.run * f.run,
		f.run * f.length,
		f.reworded,
		f.closest,
		f.density * f.length,
		indicator(f.numbers < 1) * f.length,
		f.statements,
		max(0, f.length-passageLength),
		max(0, f.length-pageLength),
		indicator(f.opposite) * f.sentence,
	}
}

// indicator is 1 for true.
func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// model is a logistic regression.
type model struct {
	weights []float64
	bias    float64
}

// probability returns what the model says to values.
func (m model) probability(values []float64) float64 {
	sum := m.bias
	for i, v := range values {
		sum += m.weights[i] * v
	}
	return 1 / (1 + math.Exp(-sum))
}

// related returns the estimated probability that the text speaks of what the claim
// speaks of.
func (f features) related() float64 {
	values := f.relatedness()
	return relatedModel.probability(values[:])
}

// supported returns the estimated probability that a text that does supports it.
func (f features) supported() float64 {
	values := f.support()
	return supportModel.probability(values[:])
}
