package feed

import (
	"slices"
	"strings"
	"unicode"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const (
	// minWord is how long a word must be to count: shorter ones are mostly articles
	// and prepositions.
	minWord = 4
	// maxEnding is by how much two forms of a word may differ in length.
	maxEnding = 4
	// enough is how many words of a question an entry shares, if it has as many.
	enough = 2
)

// fitting returns the entries that share words with one of the query's texts, the
// newest first, each page once. It only sorts out what has nothing to do with the
// question; how well the rest fits is judged where all evidence is ranked.
func fitting(entries []entry, q connector.Query) []connector.Item {
	var questions [][][]rune
	for _, text := range append([]string{q.Text}, q.Also...) {
		if words := wordsOf(text); len(words) > 0 {
			questions = append(questions, words)
		}
	}
	var found []entry
	for _, e := range entries {
		if slices.ContainsFunc(questions, func(question [][]rune) bool { return shares(e.words, question) }) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		if c := b.time.Compare(a.time); c != 0 {
			return c
		}
		return strings.Compare(a.item.URL, b.item.URL) // feeds are read in any order
	})
	var items []connector.Item
	seen := map[string]bool{}
	for _, e := range found {
		key := e.item.URL
		if u, err := webaddr.Parse(key, nil); err == nil {
			key = webaddr.Key(u)
		}
		if !seen[key] {
			seen[key] = true
			items = append(items, e.item)
		}
	}
	return items
}

// shares reports whether enough words of a question are among others.
func shares(words, question [][]rune) bool {
	n := 0
	for _, wanted := range question {
		if slices.ContainsFunc(words, func(word []rune) bool { return sameWord(word, wanted) }) {
			n++
		}
	}
	if ideographic(question[0][0]) {
		return n > 0 // two characters are a word there, or across two: half of them cannot be met
	}
	return n >= min(enough, len(question))
}

// sameWord reports whether two words are the same but for their endings, as far
// as that can be said of any language: they begin alike, up to the last two
// letters of the shorter one.
func sameWord(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if ideographic(a[0]) {
		return slices.Equal(a, b)
	}
	stem := max(minWord, len(a)-2)
	return len(b)-len(a) <= maxEnding && slices.Equal(a[:stem], b[:stem])
}

// wordsOf returns the words that count, in lower case, each once. Scripts that do
// not part words give every two characters that follow each other.
func wordsOf(text string) [][]rune {
	var words [][]rune
	seen := map[string]bool{}
	add := func(word []rune) {
		if key := string(word); !seen[key] {
			seen[key] = true
			words = append(words, word)
		}
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		runes := []rune(word)
		switch {
		case ideographic(runes[0]):
			for i := range len(runes) - 1 {
				add(runes[i : i+2])
			}
		case len(runes) >= minWord:
			add(runes)
		}
	}
	return words
}

// ideographic reports whether r is Chinese, Japanese or Korean.
func ideographic(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}
