package verify

import (
	"sort"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// Negated reports whether a sentence denies: an odd number of negations.
func Negated(text string) bool {
	n := 0
	for _, t := range lexical.Tokens(text) {
		if negations[t.Text] {
			n++
		}
	}
	return n%2 == 1
}

// A negation reaches the next content words of its clause, unless they are far away.
const (
	deniedWords = 2
	deniedBytes = 40
)

// stresses are the words that make a stress of a negation: "not only good" is good.
var stresses = map[string]bool{"only": true, "just": true, "merely": true, "simply": true, "solely": true, "nur": true}

// deniedAmong returns which of the content words a negation reaches. A sentence that
// denies one thing may well say another.
func deniedAmong(text string, words []word, tokens []lexical.Token) []bool {
	denied := make([]bool, len(words))
	for i, t := range tokens {
		if !negations[t.Text] || i+1 < len(tokens) && stresses[tokens[i+1].Text] {
			continue
		}
		next := sort.Search(len(words), func(k int) bool { return words[k].start > t.Start })
		reached, left := next, deniedWords
		for ; left > 0 && reached < len(words) && reaches(text, t, words[reached]); reached++ {
			denied[reached] = !denied[reached]
			if !thesaurus.Filler(words[reached].stem) { // "did not become a hero"
				left--
			}
		}
		if reached > next { // "Das stimmt nicht."
			continue
		}
		last := next - 1
		if last >= 0 && words[last].start == t.Start { // the negation itself, in a language not told
			last--
		}
		if last >= 0 {
			denied[last] = !denied[last]
		}
	}
	return denied
}

// reaches reports whether a word stands near a negation before it, in the same clause.
func reaches(text string, negation lexical.Token, w word) bool {
	return w.start < negation.End+deniedBytes &&
		!strings.ContainsAny(text[min(negation.End, w.start):w.start], ",;.:")
}

// How a word is used.
const (
	asserted = 1 << iota
	refuted
)

// usedAs is how a word is used that a negation reaches or does not.
func usedAs(denied bool) int {
	if denied {
		return refuted
	}
	return asserted
}

// denies reports whether a word of the claim is asserted there and denied in a
// sentence, or the other way round. What either uses both ways is left alone.
func (a *alignment) denies(s int) bool {
	span := a.sentences[s]
	from := sort.Search(len(a.textTokens), func(i int) bool { return a.textTokens[i].Start >= span.Start })
	to := sort.Search(len(a.textTokens), func(i int) bool { return a.textTokens[i].Start >= span.End })
	there := deniedAmong(a.text, a.words[a.first[s]:a.first[s+1]], a.textTokens[from:to])
	claimed := make([]word, len(a.terms))
	for i, t := range a.terms {
		claimed[i] = t.word
	}
	ours, theirs := map[string]int{}, map[string]int{}
	for i, denied := range deniedAmong(a.claim, claimed, a.claimTokens) {
		ours[claimed[i].stem] |= usedAs(denied)
	}
	for _, h := range a.in(s, s+1) {
		theirs[claimed[h.term].stem] |= usedAs(there[h.at-a.first[s]])
	}
	for stem, use := range theirs {
		if use&ours[stem] == 0 {
			return true
		}
	}
	return false
}

// negations are the words that deny.
var negations = map[string]bool{
	"not": true, "no": true, "never": true, "none": true, "neither": true, "cannot": true,
	"nobody": true, "nothing": true, "without": true, "nor": true,
	"isn't": true, "aren't": true, "wasn't": true, "weren't": true, "don't": true,
	"doesn't": true, "didn't": true, "won't": true, "can't": true, "couldn't": true,
	"shouldn't": true, "wouldn't": true, "hasn't": true, "haven't": true, "hadn't": true,
	"nicht": true, "kein": true, "keine": true, "keinen": true, "nie": true, "niemals": true, "ohne": true,
	"nunca": true, "jamás": true, "ninguno": true, "ninguna": true, "sin": true,
	"ne": true, "pas": true, "jamais": true, "aucun": true, "aucune": true, "sans": true,
	"не": true, "нет": true, "никогда": true, "без": true,
}
