package scholarly

import (
	"strings"
	"unicode"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// maxWords bounds a query: what comes after hardly changes a ranking, and APIs
// refuse addresses that are too long.
const maxWords = 40

// Plain returns a query as words with single spaces: without quotes, colons,
// parentheses, wildcards and the other signs that query languages give a meaning
// to. Hyphens and apostrophes within a word stay, and so do points within one.
func Plain(query string) string {
	return strings.Join(words(query), " ")
}

// KeyWords returns the words of a query that carry its meaning, in lower case,
// each once, in their order: without stop words of its language, or of English
// when that is not clear. A query of stop words only keeps them ("The Who").
func KeyWords(query string) []string {
	lang := lexical.Detect(query)
	if lang == "" {
		lang = "en"
	}
	all := words(query)
	var keys []string
	seen := map[string]bool{}
	for _, w := range all {
		w = strings.ToLower(w)
		if seen[w] || lexical.IsStopWord(w, lang) {
			continue
		}
		seen[w] = true
		keys = append(keys, w)
	}
	if len(keys) == 0 {
		for _, w := range all {
			keys = append(keys, strings.ToLower(w))
		}
	}
	return keys
}

// Dialect is how an API that finds only what matches writes a query.
type Dialect struct {
	// Strict is how many key words may be asked to occur all at once. A longer
	// question names things that few texts hold together, so that its words become
	// alternatives, and the ranking puts first what has the most of them.
	Strict int
	// And and Or stand between words.
	And, Or string
	// Before and After stand around each word.
	Before, After string
}

// Boolean writes the key words of a query in a dialect; "" for a query without
// words.
func Boolean(query string, d Dialect) string {
	keys := KeyWords(query)
	if len(keys) == 0 {
		return ""
	}
	between := d.And
	if len(keys) > d.Strict {
		between = d.Or
	}
	return d.Before + strings.Join(keys, d.After+between+d.Before) + d.After
}

// words parts a text into words, at most maxWords.
func words(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !joins(r)
	})
	out := parts[:0]
	for _, p := range parts {
		// A sign that joins means nothing at an edge, or the opposite: "-word" leaves
		// a word out in most query languages.
		if p = strings.TrimFunc(p, joins); p != "" {
			out = append(out, p)
		}
		if len(out) == maxWords {
			break
		}
	}
	return out
}

// joins reports whether a sign may stand within a word.
func joins(r rune) bool {
	return r == '-' || r == '\'' || r == '’' || r == '.' || r == '‐' || r == '‑'
}
