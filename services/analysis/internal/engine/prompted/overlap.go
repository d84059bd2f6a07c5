package prompted

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// How much texts must have in common.
const (
	// minShared is the share of a claim's content words that its passages must hold. On
	// AttributionBench's development split 98 % of the claims that their references
	// support reach it, and 3 % of the same claims beside the references of another: what
	// does not was made up, or put in by a text that asked for it.
	minShared = 0.25
	// minQuoted is the share of a claim's further sentences that its quotes must hold.
	minQuoted = 0.4
	// sameClaim is the share of their words that two claims have in common which say
	// the same.
	sameClaim = 0.75
	// sameSubject is what two claims have in common that can contradict each other, or
	// that a model may call the same.
	sameSubject = 0.2
)

// bag is the stems of a text's content words. In a text of stop words alone it is all
// of its words.
type bag map[string]bool

// newBag reads a text in a language. One that is not known is found out, or taken for
// English: words that say nothing must not count.
func newBag(text, language string) bag {
	language = cmp.Or(language, lexical.Detect(text), "en")
	b := bag{}
	for _, stem := range lexical.Stems(text, language) {
		b[stem] = true
	}
	if len(b) == 0 {
		for _, token := range lexical.Tokens(text) {
			b[token.Text] = true
		}
	}
	return b
}

// sharedWith is the share of b's words that other holds; 0 if b is empty.
func (b bag) sharedWith(other bag) float64 {
	if len(b) == 0 {
		return 0
	}
	n := 0
	for word := range b {
		if other[word] {
			n++
		}
	}
	return float64(n) / float64(len(b))
}

// alike is the share of both texts' words that they have in common (Jaccard).
func (b bag) alike(other bag) float64 {
	n := 0
	for word := range b {
		if other[word] {
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(b)+len(other)-n)
}

// numbers are the words of a text that hold a digit, sorted.
func numbers(text string) []string {
	found := map[string]bool{}
	for _, token := range lexical.Tokens(text) {
		if strings.ContainsFunc(token.Text, unicode.IsDigit) {
			found[token.Text] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// ground is what claims are drawn from: the texts of passages, and what of them is
// quoted.
type ground struct {
	text, quotes, language string
	words, quoted          bag
	// asked is the language of the question, in which claims are written.
	asked string
}

// newGround reads the texts; asked is the language that claims on them are in, empty
// if it is not known. Without quotes, all of the texts count as quoted.
func newGround(texts, quotes []string, asked string) ground {
	text := strings.Join(texts, "\n")
	language := lexical.Detect(text)
	g := ground{text: text, language: cmp.Or(language, asked), words: newBag(text, cmp.Or(language, asked)), asked: asked}
	g.quoted, g.quotes = g.words, text
	if len(quotes) > 0 {
		g.quotes = strings.Join(quotes, "\n")
		g.quoted = newBag(strings.Join(quotes, "\n"), g.language)
	}
	return g
}

// keep returns the sentences of a claim that can have been drawn from the texts: they
// share words with them, or are in another language. The one that has most in common
// with what is quoted must have something in common; the others, which may ride on it,
// more.
func (g ground) keep(claim string) string {
	var sentences []string
	var shares []float64
	for _, at := range sentence.Split(claim) {
		s := claim[at.Start:at.End]
		words := newBag(s, g.language)
		switch {
		case g.strange(s):
		case g.foreign(s):
			sentences, shares = append(sentences, s), append(shares, 1)
		case words.sharedWith(g.words) >= minShared:
			sentences, shares = append(sentences, s), append(shares, words.sharedWith(g.quoted))
		}
	}
	var kept []string
	for i, s := range sentences {
		if shares[i] >= minQuoted || (shares[i] > 0 && shares[i] == slices.Max(shares)) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}

// code is what programs are written in and prose is not.
var code = regexp.MustCompile(`[{}\\]|\(["'\)]|[\w)]\.\w+\(|\w\s*[=!]=|\w = \w|&&|\|\||;\s*$|^\s*(?:import|from|def|class) \w|\bimport \w+\b.*\bimport \w|\b\w+_\w+\b`)

// strange reports whether a sentence holds code that is not quoted: it rides on the words
// around it, which hide it from a count of words.
func (g ground) strange(text string) bool {
	return slices.ContainsFunc(code.FindAllString(text, -1), func(piece string) bool { return !strings.Contains(g.quotes, piece) })
}

// foreign reports whether a text is in another language, so that its words cannot
// tell whether it agrees.
func (g ground) foreign(text string) bool {
	if written := script(text); written != "" && written != script(g.text) {
		return true
	}
	language := cmp.Or(lexical.Detect(text), g.asked)
	return language != "" && g.language != "" && language != g.language
}

// languageOf is the language of a question, if it can be told.
func languageOf(q engine.Question) string {
	return cmp.Or(q.Language, lexical.Detect(q.Text))
}

// script names the writing most of a text's letters belong to.
func script(text string) string {
	counts := map[string]int{}
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		for _, name := range []string{"Latin", "Cyrillic", "Han", "Arabic", "Devanagari", "Greek", "Hebrew", "Hangul", "Hiragana", "Thai"} {
			if unicode.Is(unicode.Scripts[name], r) {
				counts[name]++
				break
			}
		}
	}
	best := ""
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > counts[best] {
			best = name
		}
	}
	return best
}
