package verify_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		snapshot, quote string
		hint            int
		match           verify.Match
		found           string // the snapshot's text at the span
		start           int    // -1: not checked
	}{
		"exact":                      {"A job is kept. It runs.", "It runs.", 0, verify.Exact, "It runs.", 15},
		"nearest to the hint":        {"ab ab ab", "ab", 4, verify.Exact, "ab", 3},
		"the first without a hint":   {"ab ab ab", "ab", -1, verify.Exact, "ab", 0},
		"white space":                {"The run\n   goes\ton.", "The run goes on.", 0, verify.Normalized, "The run\n   goes\ton.", 0},
		"quotation marks and dashes": {"He said “run – now”.", `He said "run - now".`, 0, verify.Normalized, "He said “run – now”.", 0},
		"decomposed accents":         {"Un cafe\u0301 noir.", "Un café noir.", 0, verify.Normalized, "Un cafe\u0301 noir.", 0},
		"ligatures":                  {"The ﬁrst oﬃce.", "The first office.", 0, verify.Normalized, "The ﬁrst oﬃce.", 0},
		"soft hyphens":               {"A para\u00adgraph here.", "A paragraph here.", 0, verify.Normalized, "A para\u00adgraph here.", 0},
		"letter case":                {"THE RESULT is clear.", "The result is clear.", 0, verify.Normalized, "THE RESULT is clear.", 0},
		"normalised, by the hint":    {"a  b c a\tb", "a b", 7, verify.Normalized, "a\tb", 7},
		"space around the quote":     {"It runs. It stops.", "  It stops.\n", 0, verify.Normalized, "It stops.", 9},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			span, match, ok := verify.Locate(tc.snapshot, tc.quote, tc.hint)
			require.True(t, ok)
			require.Equal(t, tc.match, match)
			require.Equal(t, tc.found, tc.snapshot[span.Start:span.End])
			require.Equal(t, tc.start, span.Start)
		})
	}
}

func TestLocate_NotFound(t *testing.T) {
	t.Parallel()
	for name, quote := range map[string]string{
		"other words":        "It walks.",
		"nothing":            "",
		"nothing but spaces": " \n",
		"nothing but signs":  "...",
		"invisible only":     "\u00ad",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, ok := verify.Locate("It runs... and\u00ad runs.", quote, 0)
			require.False(t, ok)
		})
	}
}

// FuzzLocate checks that any cut of a text is found where it was cut, however
// its white space is written, and that spans never leave the text.
func FuzzLocate(f *testing.F) {
	f.Add("The run goes on. The run ends.", uint(4), uint(12))
	f.Add("caf\u00e9 ﬁ “x” \u00ad贝加尔湖", uint(2), uint(20))
	f.Add("a\xffb \x00 İ", uint(0), uint(9))
	f.Fuzz(func(t *testing.T, text string, from, to uint) {
		n := uint(len(text))
		from, to = min(from, n), min(to, n)
		if from >= to {
			return
		}
		quote := text[from:to]
		if span, match, ok := verify.Locate(text, quote, int(from)); ok {
			require.Equal(t, verify.Exact, match)
			require.Equal(t, verify.Span{Start: int(from), End: int(to)}, span)
		}
		spaced := strings.ReplaceAll(quote, " ", " \n ")
		if span, _, ok := verify.Locate(text, spaced, 0); ok && utf8.ValidString(text) {
			require.True(t, 0 <= span.Start && span.Start < span.End && span.End <= len(text))
			require.True(t, utf8.ValidString(text[span.Start:span.End]))
		}
	})
}
