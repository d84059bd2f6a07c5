package verify

import (
	"math"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// windowSentences is how many neighbouring sentences one statement may spread over.
const windowSentences = 3

// features is what is measured about a claim and the text cited for it. Shares are
// by weight and from 0 to 1.
type features struct {
	whole      float64 // share of the claim's words that the text holds
	window     float64 // the same in the best window of sentences
	sentence   float64 // the same in the best sentence
	second     float64 // the same in the second best
	title      float64 // the same in the first sentence, which often is a title
	clauses    float64 // the share of each clause of the claim in its own best sentence, the mean
	gap        float64 // logarithm of the weight of the longest stretch that the best window misses
	reworded   float64 // share of the claim that the best window holds in other words
	closest    float64 // share of the words of a sentence that are of the claim, the greatest
	mass       float64 // logarithm of the weight that the best window holds
	copied     float64 // share of the claim's runs of three words, all words counted, that the text holds
	run        float64 // logarithm of the longest run of neighbouring words that both have
	density    float64 // matches for each word of the text
	statements float64 // logarithm of the number of sentences of the claim
	length     float64 // logarithm of the number of content words of the text
	names      float64 // share of the claim's names that the text holds
	numbers    float64 // share of the claim's quantities that the text holds

	numberClash bool // the window gives another quantity of the same kind
	denial      bool // the best sentence denies a word that the claim asserts, or the other way round
	opposite    bool // the best sentence has the opposite of a word of the claim in its place
}

// measure compares a claim with a text.
func measure(a *alignment) features {
	from, to, share := a.best(windowSentences)
	best, _, alone := a.best(1)
	window := a.text[a.sentences[from].Start:a.sentences[to-1].End]
	f := features{
		whole: a.recall(a.hits), window: share, sentence: alone, title: a.recall(a.in(0, 1)),
		mass:       math.Log1p(a.total * share),
		copied:     copied(a.claimTokens, a.textTokens),
		run:        math.Log1p(float64(a.longestRun())),
		density:    float64(len(a.hits)) / float64(len(a.words)),
		statements: math.Log1p(float64(len(sentence.Split(a.claim)))),
		length:     math.Log1p(float64(len(a.words))),
		names:      a.nameRecall(),
		denial:     a.denies(best),
		opposite:   a.opposed(best),
	}
	f.numbers, f.numberClash = numberAgreement(a.claim, a.text, window)
	held := a.strengths(a.in(from, to))
	f.gap, f.reworded = math.Log1p(a.longestGap(held)), a.reworded(held)
	f.second, f.clauses, f.closest = a.secondBest(best), a.clauseRecall(), a.closest()
	return f
}

// secondBest returns the share of the claim that the best sentence but one holds.
func (a *alignment) secondBest(best int) float64 {
	share := 0.0
	for s := range a.sentences {
		if s != best && !a.none(s) {
			share = max(share, a.recall(a.in(s, s+1)))
		}
	}
	return share
}

// longestRun returns the number of words of the longest run of terms that stand side
// by side in the text as in the claim.
func (a *alignment) longestRun() int {
	longest, last := 0, -2
	var before, now map[int]int // term → length of the run that ends with it
	for i := 0; i < len(a.hits); {
		at := a.hits[i].at
		before, now = now, map[int]int{}
		if at != last+1 {
			before = nil
		}
		for ; i < len(a.hits) && a.hits[i].at == at; i++ {
			now[a.hits[i].term] = before[a.hits[i].term-1] + 1
			longest = max(longest, now[a.hits[i].term])
		}
		last = at
	}
	return longest
}

// nameRecall returns the share of the claim's names that the text holds, 1 if it
// has none.
func (a *alignment) nameRecall() float64 {
	total, found := 0.0, 0.0
	for i, strength := range a.strengths(a.hits) {
		if a.terms[i].name {
			total += a.terms[i].weight
			found += a.terms[i].weight * strength
		}
	}
	if total == 0 {
		return 1
	}
	return found / total
}

// copied returns the share of the runs of three tokens of a claim that are in the
// text, too.
func copied(claim, text []lexical.Token) float64 {
	if len(claim) < 3 {
		return 0
	}
	wanted := map[[3]string]bool{}
	for i := 2; i < len(claim); i++ {
		wanted[[3]string{claim[i-2].Text, claim[i-1].Text, claim[i].Text}] = false
	}
	found := 0
	for i := 2; i < len(text); i++ {
		three := [3]string{text[i-2].Text, text[i-1].Text, text[i].Text}
		if seen, ok := wanted[three]; ok && !seen {
			wanted[three] = true
			found++
		}
	}
	return float64(found) / float64(len(wanted))
}

// numberAgreement returns which share of the claim's quantities the text holds,
// and whether the window gives another amount where one is missing.
func numberAgreement(claim, cited, window string) (share float64, clash bool) {
	wanted := quantity.Find(claim)
	if len(wanted) == 0 {
		return 1, false
	}
	given, near := quantity.Find(cited), quantity.Find(window)
	found := 0
	for _, q := range wanted {
		if holds(given, q) {
			found++
			continue
		}
		for _, other := range near {
			// What the claim says too is no other amount.
			clash = clash || (quantity.Comparable(q, other) && !holds(wanted, other))
		}
	}
	return float64(found) / float64(len(wanted)), clash
}

// numbersIn returns which share of the claim's quantities a text holds; a half if the
// claim has none.
func (a *alignment) numbersIn(text string) float64 {
	if len(a.quantities) == 0 {
		return 0.5
	}
	given, found := quantity.Find(text), 0.0
	for _, q := range a.quantities {
		if holds(given, q) {
			found++
		}
	}
	return found / float64(len(a.quantities))
}

// holds reports whether one of the quantities agrees with q.
func holds(among []quantity.Quantity, q quantity.Quantity) bool {
	for _, other := range among {
		if quantity.Agree(q, other) {
			return true
		}
	}
	return false
}
