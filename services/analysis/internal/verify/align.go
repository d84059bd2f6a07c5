package verify

import (
	"regexp"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// term is a content word of a claim with what it weighs; the mean is about 1.
type term struct {
	word
	weight float64
}

// hit is a word of the text that matches a term of the claim.
type hit struct {
	term     int     // index into the claim's terms
	at       int     // index among the content words of the text
	strength float64 // 0 to 1
}

// alignment is a claim beside a text: which of its words occur where.
type alignment struct {
	claim, text             string
	claimTokens, textTokens []lexical.Token
	terms                   []term
	total                   float64             // weight of all terms
	quantities              []quantity.Quantity // of the claim
	sentences               []sentence.Span
	words                   []word // of the text
	first                   []int  // of each sentence, the index of its first word; one more at the end
	hits                    []hit  // in the order of the text
	firstHit                []int  // of each sentence, the index of its first hit; one more at the end

	held []float64 // scratch space of recall: the strength of each term
}

// notes are references such as [4], which are no part of what a claim says.
var notes = regexp.MustCompile(`\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]`)

// align finds the words of the claim in the text. It reports false if there is
// nothing to compare. Its time is linear in the text.
func align(claim, text string, idf IDF) (*alignment, bool) {
	r := newReader(languageOf(text))
	a := &alignment{claim: notes.ReplaceAllString(claim, ""), text: text, sentences: sentence.Split(text)}
	a.words, a.textTokens = r.words(text)
	words, tokens := r.words(a.claim)
	a.claimTokens = tokens
	if len(words) == 0 || len(a.words) == 0 || len(a.sentences) == 0 {
		return nil, false
	}
	a.quantities = quantity.Find(a.claim)
	a.weigh(words, idf)
	a.place()
	return a, true
}

// weigh makes terms of the claim's words. Their rarity is taken in relation to each
// other, so that it does not matter how an IDF is scaled.
func (a *alignment) weigh(words []word, idf IDF) {
	a.terms, a.held = make([]term, len(words)), make([]float64, len(words))
	sum := 0.0
	for i, w := range words {
		a.terms[i] = term{w, max(idf(w.stem), 1e-6)}
		sum += a.terms[i].weight
	}
	for i, w := range words {
		a.terms[i].weight *= thesaurus.Weight(w.stem) * float64(len(words)) / sum
		a.total += a.terms[i].weight
	}
}

// place fills the hits, and which of words and hits are in which sentence.
func (a *alignment) place() {
	m := newMatcher(a.terms)
	a.first, a.firstHit = make([]int, len(a.sentences)+1), make([]int, len(a.sentences)+1)
	at := 0
	for s, span := range a.sentences {
		for at < len(a.words) && a.words[at].start < span.Start {
			at++ // list markers are outside of sentences
		}
		a.first[s], a.firstHit[s] = at, len(a.hits)
		for ; at < len(a.words) && a.words[at].start < span.End; at++ {
			for _, found := range m.match(a.words[at].stem) {
				a.hits = append(a.hits, hit{found.term, at, found.strength})
			}
		}
	}
	a.first[len(a.sentences)], a.firstHit[len(a.sentences)] = at, len(a.hits)
}

// in returns the hits within the sentences from (inclusive) to (exclusive).
func (a *alignment) in(from, to int) []hit { return a.hits[a.firstHit[from]:a.firstHit[to]] }

// none reports whether a sentence holds no word of the claim.
func (a *alignment) none(s int) bool { return a.firstHit[s] == a.firstHit[s+1] }

// recall returns which share of the claim, by weight, the hits cover.
func (a *alignment) recall(hits []hit) float64 {
	return a.covered(hits, 0, len(a.terms)) / a.total
}

// covered returns the weight of the terms from (inclusive) to (exclusive) that the
// hits cover.
func (a *alignment) covered(hits []hit, from, to int) float64 {
	for _, h := range hits {
		a.held[h.term] = max(a.held[h.term], h.strength)
	}
	sum := 0.0
	for _, h := range hits {
		if from <= h.term && h.term < to {
			sum += a.terms[h.term].weight * a.held[h.term]
		}
		a.held[h.term] = 0
	}
	return sum
}

// strengths returns how well each term is matched by the hits.
func (a *alignment) strengths(hits []hit) []float64 {
	out := make([]float64, len(a.terms))
	for _, h := range hits {
		out[h.term] = max(out[h.term], h.strength)
	}
	return out
}

// best returns the first of size neighbouring sentences that together hold most of
// the claim, the sentence after them, and the share that they hold.
func (a *alignment) best(size int) (from, to int, share float64) {
	n := len(a.sentences)
	from, to, share = 0, min(size, n), -1
	for s := 0; s == 0 || s+size <= n; s++ {
		if s > 0 && a.none(s) && a.none(min(s+size, n)-1) {
			continue // no better than its neighbours
		}
		if r := a.recall(a.in(s, min(s+size, n))); r > share {
			from, to, share = s, min(s+size, n), r
		}
	}
	return from, to, share
}
