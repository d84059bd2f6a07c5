package verify

import (
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// word is a content word of a claim or a text.
type word struct {
	stem       string
	start, end int  // byte offsets, as written
	name       bool // written with a capital that does not only begin the text
}

// reader takes texts of one language apart. It remembers stems, so that a word is
// stemmed once however often it occurs. It is not safe for concurrent use.
type reader struct {
	language string
	stems    map[string]string // token → stem; "" for what says nothing
}

// newReader returns a reader for an ISO 639-1 language.
func newReader(language string) *reader {
	return &reader{language: language, stems: map[string]string{}}
}

// words returns the content words of a text in order, and all its tokens.
func (r *reader) words(text string) ([]word, []lexical.Token) {
	tokens := lexical.Tokens(text)
	out := make([]word, 0, len(tokens))
	for _, t := range tokens {
		stem, known := r.stems[t.Text]
		if !known {
			if !lexical.IsStopWord(t.Text, r.language) {
				stem = thesaurus.Base(lexical.Stem(t.Text, r.language), r.language)
			}
			r.stems[t.Text] = stem
		}
		if stem == "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(text[t.Start:])
		out = append(out, word{stem: stem, start: t.Start, end: t.End, name: unicode.IsUpper(first) && t.Start > 0})
	}
	return out, tokens
}
