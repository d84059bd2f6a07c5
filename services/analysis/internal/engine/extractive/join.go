package extractive

import (
	"maps"
	"regexp"
	"strings"
)

// maxJoined bounds two sentences that are read as one claim, in words.
const maxJoined = 45

// joins reports whether a sentence that leans on the one before it can be read together
// with it: both whole, side by side, and short enough together.
func joins(before, s *piece, text string) bool {
	gap := text[before.end:s.start]
	return strings.TrimSpace(gap) == "" && !strings.Contains(gap, "\n\n") && !strings.Contains(gap, "\n-") &&
		lengthInWords(before.text, before.words)+lengthInWords(s.text, s.words) <= maxJoined &&
		len(before.words) > 0 && readsAlone(before.text, before.words) && !leans(before.words)
}

// join widens a candidate to the sentence before it.
func (c *candidate) join(before, s *piece, read *reader) {
	c.start = before.start
	c.text = c.evidence.Text[before.start:s.end]
	c.words = read.words(c.text)
	c.held = maps.Clone(before.held)
	for term, n := range s.held {
		c.held[term] += n
	}
	c.leaning, c.joined = false, true
}

// notes are references such as "[12]" at the ends of a sentence.
var (
	leadingNotes  = regexp.MustCompile(`^(?:\[\d{1,3}(?:[,;–-] ?\d{1,3})*\][\s.,]*)+`)
	trailingNotes = regexp.MustCompile(`(?:\s*\[\d{1,3}(?:[,;–-] ?\d{1,3})*\])+$`)
)

// withoutNotes narrows a sentence to what stands between its references: a report has
// numbers of its own.
func withoutNotes(text string, s span) span {
	inner := text[s.start:s.end]
	if strings.HasPrefix(inner, "[") {
		if at := leadingNotes.FindStringIndex(inner); at != nil && at[1] < len(inner) {
			s.start += at[1]
		}
	}
	if strings.HasSuffix(inner, "]") {
		inner = text[s.start:s.end]
		if at := trailingNotes.FindStringIndex(inner); at != nil && at[0] > 0 {
			s.end = s.start + at[0]
		}
	}
	return s
}
