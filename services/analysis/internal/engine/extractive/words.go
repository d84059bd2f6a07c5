package extractive

import (
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
)

// word is one word of a text.
type word struct {
	text       string // as written
	lower      string
	stem       string
	start, end int  // byte offsets
	stop       bool // a function word
	capital    bool // begins with a capital letter
}

// span is a half-open range of byte offsets.
type span struct{ start, end int }

// sentences cuts a text into sentences.
func sentences(text string) []span {
	var spans []span
	for _, s := range sentence.Split(text) {
		spans = append(spans, span{s.Start, s.End})
	}
	return spans
}

// reader cuts texts of one language into words. It remembers stems, which cost
// more than all the rest of an analysis.
type reader struct {
	language string
	stems    map[string]string
}

// newReader returns a reader of a language.
func newReader(language string) *reader {
	return &reader{language: language, stems: map[string]string{}}
}

// words cuts a text into words. Chinese and its like give overlapping pairs of
// characters, which serve as words.
func (r *reader) words(text string) []word {
	tokens := lexical.Tokens(text)
	words := make([]word, 0, len(tokens))
	unspaced := false
	for _, t := range tokens {
		stem, known := r.stems[t.Text]
		if !known {
			stem = lexical.Stem(t.Text, r.language)
			r.stems[t.Text] = stem
		}
		written := text[t.Start:t.End]
		if n := len(words); n > 0 && pointer[words[n-1].lower] && written[0] >= '0' && written[0] <= '9' {
			words[n-1].stop = true // "Table 2" is not about tables
		}
		first, _ := utf8.DecodeRuneInString(written)
		unspaced = unspaced || isUnspaced(written)
		words = append(words, word{
			text: written, lower: t.Text, stem: stem, start: t.Start, end: t.End,
			stop: lexical.IsStopWord(t.Text, r.language), capital: unicode.IsUpper(first),
		})
	}
	if unspaced {
		silenceChinese(text, words, functionChinese)
	}
	return words
}

// pointer are the words that, before a number, point at a place in the text.
var pointer = map[string]bool{
	"table": true, "figure": true, "fig": true, "section": true, "chapter": true,
	"equation": true, "eq": true, "page": true, "appendix": true, "tabelle": true,
	"abbildung": true, "kapitel": true, "seite": true, "tabla": true, "figura": true,
}

// stemSet returns the stems of the content words.
func stemSet(words []word) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		if !w.stop {
			set[w.stem] = true
		}
	}
	return set
}
