package verify

import (
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// windowSentences is how many neighbouring sentences one statement may spread over.
const windowSentences = 3

// features is what is measured about a claim and the text cited for it. All but
// the flags are 0 to 1.
type features struct {
	whole       float64 // weighted recall of the claim's words in the whole text
	window      float64 // the same in the best window
	sentence    float64 // the same in the best sentence
	pairs       float64 // recall of the claim's neighbouring words in the window
	rarest      float64 // recall of the heaviest third of the claim's words
	names       float64 // recall of the words with a capital inside the claim
	numbers     float64 // recall of the claim's quantities in the text
	numberClash bool    // the window gives another quantity of the same kind
	denial      bool    // claim and best sentence differ in negation
}

// term is a content word of a claim or a text.
type term struct {
	stem   string
	weight float64
	name   bool
}

// measure compares a claim with a text. It reports false if there is nothing to
// compare.
func measure(claim, cited string, idf IDF) (features, bool) {
	language := languageOf(cited)
	wanted := termsOf(claim, language, idf)
	parts := sentence.Split(cited)
	if len(wanted) == 0 || len(parts) == 0 {
		return features{}, false
	}
	held := make([]map[string]bool, len(parts))
	for i, s := range parts {
		held[i] = stemsOf(cited[s.Start:s.End], language)
	}
	var f features
	best := bestRun(wanted, held, 1)
	f.sentence = recall(wanted, union(held[best:best+1]))
	first := bestRun(wanted, held, windowSentences)
	last := min(first+windowSentences, len(parts))
	inWindow := union(held[first:last])
	window := cited[parts[first].Start:parts[last-1].End]
	everything := union(held)
	f.window, f.whole = recall(wanted, inWindow), recall(wanted, everything)
	f.pairs = pairRecall(wanted, termsOf(cited, language, idf))
	f.rarest = recall(heaviest(wanted), everything)
	f.names = recall(names(wanted), everything)
	f.numbers, f.numberClash = numberAgreement(claim, cited, window)
	f.denial = Negated(claim) != Negated(cited[parts[best].Start:parts[best].End])
	return f, true
}

// termsOf returns the content words of a text in order.
func termsOf(text, language string, idf IDF) []term {
	var terms []term
	for _, t := range lexical.Tokens(text) {
		if lexical.IsStopWord(t.Text, language) {
			continue
		}
		stem := lexical.Stem(t.Text, language)
		first, _ := utf8.DecodeRuneInString(text[t.Start:])
		terms = append(terms, term{stem, idf(stem), unicode.IsUpper(first) && t.Start > 0})
	}
	return terms
}

// stemsOf returns the stems of a text as a set.
func stemsOf(text, language string) map[string]bool {
	set := map[string]bool{}
	for _, stem := range lexical.Stems(text, language) {
		set[stem] = true
		if len(stem) >= relatedPrefix {
			set[beginning(stem)] = true
		}
	}
	return set
}

// bestRun returns the index of the first of size neighbouring sentences that
// together hold most of the wanted terms; the first such run if several do.
func bestRun(wanted []term, held []map[string]bool, size int) int {
	best, bestRecall := 0, -1.0
	for i := 0; i == 0 || i+size <= len(held); i++ {
		if r := recall(wanted, union(held[i:min(i+size, len(held))])); r > bestRecall {
			best, bestRecall = i, r
		}
	}
	return best
}

// union joins sets.
func union(sets []map[string]bool) map[string]bool {
	if len(sets) == 1 {
		return sets[0]
	}
	all := map[string]bool{}
	for _, set := range sets {
		for stem := range set {
			all[stem] = true
		}
	}
	return all
}

// recall returns which share of the terms, by weight, a set holds; 1 if there
// are none. A word that shares a long beginning with one of the set, as
// "analytical" does with "analysis", counts a half.
func recall(terms []term, set map[string]bool) float64 {
	total, found := 0.0, 0.0
	for _, t := range terms {
		total += t.weight
		switch {
		case set[t.stem]:
			found += t.weight
		case related(t.stem, set):
			found += t.weight / 2
		}
	}
	if total == 0 {
		return 1
	}
	return found / total
}

// relatedPrefix is how many bytes two stems share to count as related.
const relatedPrefix = 5

// related reports whether the set holds a stem with the same beginning.
func related(stem string, set map[string]bool) bool {
	return len(stem) >= relatedPrefix && set[beginning(stem)]
}

// beginning is the key under which a set keeps the beginnings of its stems. The
// star keeps it apart from whole stems.
func beginning(stem string) string { return stem[:relatedPrefix] + "*" }

// pairRecall returns which share of the claim's neighbouring content words are
// neighbours in the text too, one word apart at most.
func pairRecall(wanted, text []term) float64 {
	if len(wanted) < 2 {
		return 1
	}
	pairs := map[[2]string]bool{}
	for i := range text {
		for j := i + 1; j < min(i+3, len(text)); j++ {
			pairs[[2]string{text[i].stem, text[j].stem}] = true
			pairs[[2]string{text[j].stem, text[i].stem}] = true
		}
	}
	found := 0
	for i := 1; i < len(wanted); i++ {
		if pairs[[2]string{wanted[i-1].stem, wanted[i].stem}] {
			found++
		}
	}
	return float64(found) / float64(len(wanted)-1)
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

// holds reports whether one of the quantities agrees with q.
func holds(among []quantity.Quantity, q quantity.Quantity) bool {
	for _, other := range among {
		if quantity.Agree(q, other) {
			return true
		}
	}
	return false
}
