package verify

import (
	"cmp"
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// Sentence is a sentence of a text that bears on a claim.
type Sentence struct {
	// Span is where it stands in the text, in bytes.
	Span
	// Score is the estimated probability that a reader would show the sentence for or
	// against the claim, 0 to 1.
	Score float64
	// Rationale says that it is one of the few to show.
	Rationale bool
}

// What is shown for a claim: the best sentence, and others above a threshold.
const (
	mostRationale       = 3
	rationaleInAbstract = 0.30
	rationaleInPage     = 0.30
)

// abstractSentences is the number of sentences up to which a text is taken for an
// abstract or a passage, which say what matters at the end; pages say it first.
const abstractSentences = 25

// Select returns the sentences of a text that bear on a claim, whether they speak
// for or against it, the most relevant first; none if the two have no word in common.
//
// Method: a logistic regression over how much of the claim a sentence holds, with
// words that are everywhere in the text counting less, how that compares with the
// best sentence, its length and place, its neighbours, its numbers, and whether it
// speaks of results or of intentions. Short texts and pages have weights of their
// own, fitted on the training claims of SciFact and the development split of WiCE. A
// nil idf weighs all words alike.
//
// Quality, as "go test -run TestSelect_Quality -v" shows it: the rationale of SciFact's
// claims in their abstracts F1 0.575 (0.565 with weights and threshold by
// cross-validation; the two best sentences by recall alone 0.476); the best set of
// supporting sentences of WiCE's claims lies to 0.877 in the first five (0.879 by
// cross-validation; by recall alone 0.809).
func Select(claim, text string, idf IDF) []Sentence {
	if idf == nil {
		idf = evenIDF
	}
	a, ok := align(claim, text, idf)
	if !ok || len(a.hits) == 0 {
		return nil
	}
	chooser, threshold := pageModel, rationaleInPage
	if len(a.sentences) <= abstractSentences {
		chooser, threshold = abstractModel, rationaleInAbstract
	}
	var found []Sentence
	for s, values := range a.sentenceFeatures() {
		if !a.none(s) {
			span := Span(a.sentences[s])
			found = append(found, Sentence{Span: span, Score: chooser.probability(values[:])})
		}
	}
	slices.SortStableFunc(found, func(x, y Sentence) int { return cmp.Compare(y.Score, x.Score) })
	for i := range found[:min(len(found), mostRationale)] {
		found[i].Rationale = i == 0 || found[i].Score >= threshold
	}
	return found
}

// sentenceFeatures measures each sentence of the text. Those without a word of the
// claim only count as neighbours of others.
func (a *alignment) sentenceFeatures() [][15]float64 {
	n := len(a.sentences)
	plain := make([]float64, n)
	for s := range n {
		plain[s] = a.recall(a.in(s, s+1))
	}
	local := a.localRecall()
	best, ranks := slices.Max(local), ranksOf(local)
	neighbour := func(s int) float64 {
		if s < 0 || s >= n {
			return 0
		}
		return local[s]
	}
	out := make([][15]float64, n)
	for s := range n {
		if a.none(s) {
			continue
		}
		words := float64(a.first[s+1] - a.first[s])
		aim, result := a.cues(s)
		out[s] = [15]float64{
			plain[s], local[s], local[s] / best, best, ranks[s],
			math.Log1p(words), a.share(s),
			float64(s) / float64(max(1, n-1)), math.Log(float64(n)),
			neighbour(s - 1), neighbour(s + 1),
			a.chain(a.in(s, s+1)), a.numbersOf(s), aim, result,
		}
	}
	return out
}

// localRecall is the share of the claim that each sentence holds, where words count
// less the more sentences of the text hold them.
func (a *alignment) localRecall() []float64 {
	n := len(a.sentences)
	holding := make([]float64, len(a.terms))
	for s := range n {
		seen := map[int]bool{}
		for _, h := range a.in(s, s+1) {
			if h.strength > 0.5 && !seen[h.term] {
				seen[h.term] = true
				holding[h.term]++
			}
		}
	}
	inText := *a
	inText.terms, inText.total = slices.Clone(a.terms), 0
	for i := range inText.terms {
		inText.terms[i].weight *= math.Log(1 + float64(n)/(0.5+holding[i]))
		inText.total += inText.terms[i].weight
	}
	out := make([]float64, n)
	for s := range n {
		out[s] = inText.recall(a.in(s, s+1))
	}
	return out
}

// ranksOf returns the logarithm of the place of each value, the greatest first.
func ranksOf(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[j], values[i]) })
	ranks := make([]float64, len(values))
	for place, i := range order {
		ranks[i] = math.Log1p(float64(place))
	}
	return ranks
}

// share is which share of the words of a sentence are of the claim.
func (a *alignment) share(s int) float64 {
	n, last := 0, -1
	for _, h := range a.in(s, s+1) {
		if h.at != last {
			n, last = n+1, h.at
		}
	}
	return float64(n) / float64(a.first[s+1]-a.first[s]+1)
}

// chain is the share of the claim that hits cover in the claim's order.
func (a *alignment) chain(hits []hit) float64 {
	best := make([]float64, len(a.terms)+1) // of chains that end before a term
	for i := 0; i < len(hits); {
		next := i
		for next < len(hits) && hits[next].at == hits[i].at {
			next++
		}
		for k := next - 1; k >= i; k-- { // a word continues no chain of its own
			h := hits[k]
			best[h.term+1] = max(best[h.term+1], slices.Max(best[:h.term+1])+h.strength*a.terms[h.term].weight)
		}
		i = next
	}
	return slices.Max(best) / a.total
}

// numbersOf is the share of the claim's numbers that a sentence holds; a half if it
// has none.
func (a *alignment) numbersOf(s int) float64 {
	span := a.sentences[s]
	return a.numbersIn(a.text[span.Start:span.End])
}

// cues are 1 if a sentence speaks of intentions, and if it speaks of results.
func (a *alignment) cues(s int) (aim, result float64) {
	for _, w := range a.words[a.first[s]:a.first[s+1]] {
		if thesaurus.Aim(w.stem) {
			aim = 1
		}
		if thesaurus.Result(w.stem) {
			result = 1
		}
	}
	return aim, result
}
