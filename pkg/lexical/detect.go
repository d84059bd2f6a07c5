package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// detectBytes is how much of a text is looked at to tell its language.
	detectBytes = 16 << 10
	// minDifferent and minShare say how many different stop words of a language, and
	// what share of all words, a text in it must have. Running text of the languages
	// listed has 25 to 50 % of them. One that is repeated says little: it may be a
	// word of another language, or of a table.
	minDifferent = 3
	minShare     = 0.12
	// minLead is how far the best language must be ahead of the second best.
	minLead = 1.15
)

// Detect returns the language that text is written in, as an ISO 639-1 code, or
// "" if that is not clear. The script decides where it can; languages in Latin
// letters are told apart by the stop words they use, so at least a sentence or
// two is needed.
func Detect(text string) string {
	if len(text) > detectBytes {
		text = strings.ToValidUTF8(text[:detectBytes], "")
	}
	lang, latin := byScript(text)
	if latin {
		return byStopWords(text)
	}
	return lang
}

// byStopWords returns the language whose stop words are most of text's words.
// Single letters do not count: they are initials and names of variables, too.
func byStopWords(text string) string {
	hits, different := map[string]int{}, map[string]int{}
	met := map[string]bool{}
	words := 0
	for _, token := range Tokens(text) {
		if unicode.IsDigit(rune(token.Text[0])) {
			continue
		}
		words++
		if utf8.RuneCountInString(token.Text) == 1 {
			continue
		}
		for _, lang := range stopWordLanguages[token.Text] {
			hits[lang]++
			if !met[token.Text] {
				different[lang]++
			}
		}
		met[token.Text] = true
		if strings.Contains(token.Text, "'") {
			countElision(hits, token.Text)
		}
	}
	best, second := "", ""
	for lang, n := range hits {
		switch {
		case n > hits[best] || n == hits[best] && lang < best:
			best, second = lang, best
		case n > hits[second]:
			second = lang
		}
	}
	n := float64(hits[best])
	if different[best] < minDifferent || n < minShare*float64(words) || n < minLead*float64(hits[second]) {
		return ""
	}
	return best
}

// countElision counts an article that is written together with the next word.
func countElision(hits map[string]int, word string) {
	for _, lang := range []string{"fr", "it"} {
		if unelided(word, lang) != word {
			hits[lang]++
		}
	}
}

// stopWordLanguages holds, for each stop word, the languages that have it. It is
// read-only.
var stopWordLanguages = languagesOf(stopWords)

// languagesOf turns the lists of stop words around.
func languagesOf(lists map[string]map[string]bool) map[string][]string {
	languages := map[string][]string{}
	for lang, list := range lists {
		for word := range list {
			languages[word] = append(languages[word], lang)
		}
	}
	return languages
}
