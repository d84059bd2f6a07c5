// Package sentence finds where sentences begin and end in running text.
//
// It is a rule-based splitter in the spirit of Grefenstette and Tapanainen,
// "What is a word, what is a sentence?" (1994): a full stop ends a sentence
// unless the word before it or the word after it says otherwise. The rules know
// the abbreviations of English, German, French, Spanish, Italian and Russian,
// the full stops of Chinese, Japanese, Arabic, Hindi and others, and the shapes
// of lists and table rows. They need no language hint, no model and no state, so
// the same text always splits the same way.
package sentence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a half-open range [Start, End) of byte offsets into the text that was
// split.
type Span struct {
	Start, End int
}

// maxNote is the length in bytes of the longest note reference looked for. It
// keeps the time linear on a text full of brackets that are never closed.
const maxNote = 40

// Split returns the sentences of text in order, without overlaps.
//
// A span has no white space at its ends and no list marker ("- ", "2. ") at its
// start, so text[s.Start:s.End] can be quoted as it stands. A blank line always
// ends a sentence. A single line break does so only where the text shows that
// its author meant it: before a list item, around a table row, or after a line
// that stops well short of its neighbours. Bytes that are not valid UTF-8 are
// treated as letters without case.
func Split(text string) []Span {
	var spans []Span
	for _, block := range blocks(text) {
		spans = appendSentences(spans, text, block)
	}
	return spans
}

// appendSentences splits one block, which holds no hard line break, and appends
// its sentences to spans.
func appendSentences(spans []Span, text string, block Span) []Span {
	start := skipMarker(text, block)
	for at := start; at < block.End; {
		r, size := utf8.DecodeRuneInString(text[at:block.End])
		at += size
		if !isTerminator(r) {
			continue
		}
		end := skipClosing(text[:block.End], at)
		if ends(text[start:block.End], at-size-start, end-start) {
			spans = appendTrimmed(spans, text, Span{start, end})
			start = end
		}
		at = end
	}
	return appendTrimmed(spans, text, Span{start, block.End})
}

// appendTrimmed appends s without the white space at its ends, and nothing if
// that leaves no letter and no digit: a rule of dashes is not a sentence.
func appendTrimmed(spans []Span, text string, s Span) []Span {
	s = trim(text, s)
	if !strings.ContainsFunc(text[s.Start:s.End], isWordRune) {
		return spans
	}
	return append(spans, s)
}

// trim narrows s to leave out the white space at its ends.
func trim(text string, s Span) Span {
	inner := text[s.Start:s.End]
	s.Start += len(inner) - len(strings.TrimLeftFunc(inner, unicode.IsSpace))
	s.End = s.Start + len(strings.TrimSpace(inner))
	return s
}

// skipClosing returns the offset after everything that belongs to a sentence
// once its full stop at text[:at] was read: further full stops, closing quotes
// and brackets, and note references such as "[12]" or a superscript number.
func skipClosing(text string, at int) int {
	for at < len(text) {
		if n := noteReference(text[at:]); n > 0 {
			at += n
			continue
		}
		if n := spacedGuillemet(text[at:]); n > 0 {
			at += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if !isTerminator(r) && !isCloser(r) {
			break
		}
		at += size
	}
	return at
}

// spacedGuillemet returns the length of a closing guillemet with the one space
// before it that French typography asks for, or 0.
func spacedGuillemet(s string) int {
	space, size := utf8.DecodeRuneInString(s)
	if unicode.IsSpace(space) && strings.HasPrefix(s[size:], "»") {
		return size + len("»")
	}
	return 0
}

// noteReference returns the length of a note reference like "[3]", "[3, 4]" or
// "²" at the start of s, or 0.
func noteReference(s string) int {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s[:min(len(s), maxNote)], ']')
		if end > 1 && strings.Trim(s[1:end], "0123456789,;–- ") == "" {
			return end + 1
		}
		return 0
	}
	if r, size := utf8.DecodeRuneInString(s); strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹", r) && size > 0 {
		return size
	}
	return 0
}

// isWordRune reports whether r can be part of a word or a number.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// isTerminator reports whether r can end a sentence.
func isTerminator(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '‼', '⁇', '⁈', '⁉':
		return true
	}
	return endsAlways(r)
}

// endsAlways reports whether r ends a sentence whatever follows: the full stops
// of scripts that write no space after them or have no capitals, and are used
// for nothing else.
func endsAlways(r rune) bool {
	switch r {
	case '。', '！', '？', '｡', '．', // Chinese, Japanese
		'؟', '۔', // Arabic, Urdu
		'।', '॥', // Devanagari and its neighbours
		'։', '።', '។', '။': // Armenian, Ethiopic, Khmer, Burmese
		return true
	}
	return false
}

// isCloser reports whether r closes a quotation or a bracket. The straight
// quotes both open and close; right after a full stop they close.
func isCloser(r rune) bool {
	return strings.ContainsRune("\"'”’»›)]}」』）】》〉］｝", r)
}

// isOpener reports whether r may stand before the first word of a sentence.
func isOpener(r rune) bool {
	return strings.ContainsRune("\"'“‘„‚«‹([{¿¡「『（【《〈*_", r)
}
