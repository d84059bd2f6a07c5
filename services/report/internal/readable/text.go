package readable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text makes text fit for a file that others open: what is not UTF-8, control characters
// other than white space and what Unicode holds to be no character become U+FFFD. HTML
// cannot hold most of them, and a terminal that shows Markdown would obey some.
func Text(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Noncharacter_Code_Point, r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
}

// Characters that turn the direction of what follows them, and those that end it.
const (
	isolates   = "\u2066\u2067\u2068"
	embeddings = "\u202a\u202b\u202d\u202e"
	endIsolate = '\u2069'
	endEmbed   = '\u202c'
)

// Closed ends what characters for directions have begun in a text and not ended, so
// that a source turns no text but its own.
func Closed(text string) string {
	if !strings.ContainsAny(text, isolates+embeddings) {
		return text
	}
	var open []rune // what ends each, the innermost last
	for _, r := range text {
		switch {
		case strings.ContainsRune(isolates, r):
			open = append(open, endIsolate)
		case strings.ContainsRune(embeddings, r):
			open = append(open, endEmbed)
		case r == endEmbed && len(open) > 0 && open[len(open)-1] == endEmbed:
			open = open[:len(open)-1]
		case r == endIsolate:
			open = closeIsolate(open)
		}
	}
	var ends strings.Builder
	for i := len(open) - 1; i >= 0; i-- {
		ends.WriteRune(open[i])
	}
	return text + ends.String()
}

// closeIsolate takes away the innermost isolate and what was opened in it, which ends
// with it; without an isolate the character means nothing.
func closeIsolate(open []rune) []rune {
	for i := len(open) - 1; i >= 0; i-- {
		if open[i] == endIsolate {
			return open[:i]
		}
	}
	return open
}
