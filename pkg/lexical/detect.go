package lexical

import (
	"strings"
	"unicode"
)

const (
	// detectBytes is how much of a text is looked at to tell its language.
	detectBytes = 16 << 10
	// minHits and minShare say how many stop words of a language, and what share
	// of all words, a text in it must have. Running text of the languages listed
	// has 25 to 50 % of them.
	minHits  = 3
	minShare = 0.12
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

// byScript returns the language that the commonest script of text stands for,
// and whether that script is Latin, which stands for none.
func byScript(text string) (lang string, latin bool) {
	counts := map[string]int{}
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
			counts[scriptOf(r)]++
		}
	}
	// Chinese characters are a good part of Japanese text, never all of it.
	if counts["ja"] > letters/20 {
		counts["ja"] += counts["zh"]
		delete(counts, "zh")
	}
	best := ""
	for _, script := range []string{"latin", "ru", "zh", "ja", "ko", "ar", "he", "el", "th", "hi"} {
		if counts[script] > counts[best] {
			best = script
		}
	}
	switch {
	case counts[best]*2 < letters || letters == 0:
		return "", false
	case best == "ru" && strings.ContainsAny(text, "іїєґІЇЄҐ"):
		return "uk", false
	case best == "ar" && strings.ContainsAny(text, "پچژگ"):
		return "fa", false
	}
	return best, best == "latin"
}

// scriptOf returns the language that a letter's script stands for.
func scriptOf(r rune) string {
	switch {
	case unicode.Is(unicode.Latin, r):
		return "latin"
	case unicode.Is(unicode.Cyrillic, r):
		return "ru"
	case unicode.Is(unicode.Han, r):
		return "zh"
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return "ja"
	case unicode.Is(unicode.Hangul, r):
		return "ko"
	case unicode.Is(unicode.Arabic, r):
		return "ar"
	case unicode.Is(unicode.Hebrew, r):
		return "he"
	case unicode.Is(unicode.Greek, r):
		return "el"
	case unicode.Is(unicode.Thai, r):
		return "th"
	case unicode.Is(unicode.Devanagari, r):
		return "hi"
	}
	return "other"
}

// byStopWords returns the language whose stop words are most of text's words.
func byStopWords(text string) string {
	hits := map[string]int{}
	words := 0
	for _, token := range Tokens(text) {
		if unicode.IsDigit(rune(token.Text[0])) {
			continue
		}
		words++
		for lang, list := range stopWords {
			if list[unelided(token.Text, lang)] || elides(token.Text, lang) {
				hits[lang]++
			}
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
	if n < minHits || n < minShare*float64(words) || n < minLead*float64(hits[second]) {
		return ""
	}
	return best
}

// elides reports whether word carries an article written together with it.
func elides(word, lang string) bool {
	return unelided(word, lang) != word
}
