package verify

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Match is how a quote was found.
type Match string

// The ways to find a quote.
const (
	// Exact: byte for byte.
	Exact Match = "EXACT"
	// Normalized: after white space, quotation marks, dashes, ligatures, invisible
	// characters and letter case were made alike.
	Normalized Match = "NORMALIZED"
)

// Locate finds a quote in a snapshot: exactly if it can, else normalised. Of
// several places it takes the one whose start is nearest to hint, a byte offset;
// a negative hint takes the first. The span is in bytes of the snapshot in both
// cases, on character boundaries. A quote without a letter or digit, or one that
// is not valid UTF-8 because it was cut within a character, is not found.
func Locate(snapshot, quote string, hint int) (Span, Match, bool) {
	says := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if !utf8.ValidString(quote) || !strings.ContainsFunc(quote, says) {
		return Span{}, "", false
	}
	if at, ok := nearest(snapshot, quote, hint, nil); ok {
		return Span{at, at + len(quote)}, Exact, true
	}
	plain, offsets := normalize(snapshot)
	wanted, _ := normalize(quote)
	wanted = strings.TrimSpace(wanted)
	at, ok := nearest(plain, wanted, hint, offsets)
	if !ok {
		return Span{}, "", false
	}
	last := offsets[at+len(wanted)-1]
	return Span{offsets[at], segmentEnd(snapshot, last)}, Normalized, true
}

// nearest finds the occurrence of wanted whose start is nearest to hint. The
// start is mapped through offsets, if there are any, before it is compared.
func nearest(text, wanted string, hint int, offsets []int) (at int, ok bool) {
	best := -1
	for from := 0; ; {
		i := strings.Index(text[from:], wanted)
		if i < 0 {
			break
		}
		found := from + i
		position := found
		if offsets != nil {
			position = offsets[found]
		}
		if !ok || distance(position, hint) < best {
			at, best, ok = found, distance(position, hint), true
		}
		if hint < 0 || (position > hint && distance(position, hint) > best) {
			break
		}
		from = found + 1
	}
	return at, ok
}

// distance is how far a position is from the hint.
func distance(position, hint int) int {
	if position < hint {
		return hint - position
	}
	return position - hint
}

// normalize makes alike what readers do not tell apart, and returns for each
// byte of the result the offset of the character in text that it comes from.
func normalize(text string) (plain string, offsets []int) {
	var out strings.Builder
	out.Grow(len(text))
	offsets = make([]int, 0, len(text)+1)
	space := true // leading white space is dropped
	for at := 0; at < len(text); {
		size := segmentSize(text[at:])
		for _, r := range strings.ToLower(norm.NFKC.String(text[at : at+size])) {
			r = alike(r)
			if r < 0 || (r == ' ' && space) {
				continue
			}
			space = r == ' '
			before := out.Len()
			out.WriteRune(r)
			for range out.Len() - before {
				offsets = append(offsets, at)
			}
		}
		at += size
	}
	return out.String(), offsets
}

// segmentSize returns the length of the first character of text with its
// combining marks, so that composed and decomposed forms compare equal.
func segmentSize(text string) int {
	if len(text) > 1 && text[0] < utf8.RuneSelf && text[1] < utf8.RuneSelf {
		return 1
	}
	size := norm.NFKC.NextBoundaryInString(text, true)
	return max(size, 1)
}

// segmentEnd returns where the character that starts at an offset ends.
func segmentEnd(text string, at int) int { return at + segmentSize(text[at:]) }

// alike maps a character to the one that stands for its kind; -1 drops it.
func alike(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case strings.ContainsRune("‘’‚‛`´′", r):
		return '\''
	case strings.ContainsRune("“”„‟«»″", r):
		return '"'
	case unicode.Is(unicode.Pd, r) || r == '−':
		return '-'
	case r == '\u00ad' || unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}
