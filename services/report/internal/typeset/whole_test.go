package typeset_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/bidi"

	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// TestWhatPeopleWriteComesOutWhole puts strings that break programs into every text of
// a report, and reads them back.
func TestWhatPeopleWriteComesOutWhole(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(data(t), "vectors", "naughty-strings", "blns.json"))
	require.NoError(t, err)
	var lines []string
	require.NoError(t, json.Unmarshal(raw, &lines))
	require.Greater(t, len(lines), 400)
	lines = append(lines, "nul \x00 byte", "escape \x1b[31m", "not UTF-8 \xff\xfe", "\u202eturned", "half \u2066turned", "a\rb\vc\fd\u2028e", "\U000e0041tag", "\uffff")
	times := strings.Count(told(t, "Xyzzy"), "Xyzzy")
	// A chart and the contents have names only as far as there is room; in the sections
	// and in the chart's description they are whole.
	times -= 3 + 10
	require.Greater(t, times, 30)
	// A line that turns the direction of writing stands alone, others share a report.
	batches := [][]string{nil}
	for _, line := range lines {
		const most = 20
		switch last := len(batches) - 1; {
		case bare(line) == "":
		case turned(line):
			batches = append([][]string{{line}}, batches...)
		case len(batches[last]) == most:
			batches = append(batches, []string{line})
		default:
			batches[last] = append(batches[last], line)
		}
	}
	for _, batch := range batches {
		got := told(t, strings.Join(batch, "\n"))
		for _, line := range batch {
			if !turned(line) {
				require.GreaterOrEqual(t, strings.Count(got, bare(line)), times, "%q", line)
				continue
			}
			// What is written from right to left is drawn the other way round.
			drawn := counted(got)
			for r, n := range counted(bare(line)) {
				require.GreaterOrEqual(t, drawn[r], n*times, "%q in %q", r, line)
			}
		}
	}
}

// told returns the text of a report that says the same everywhere.
func told(t *testing.T, line string) string {
	t.Helper()
	pdf, err := typeset.Render(documenttest.Filled(line))
	require.NoError(t, err)
	return bare(pdftest.Read(t, pdf).Text())
}

// bare returns a text as it is expected in the file, without spaces and what only says
// how it is written.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r) && r != '\u00ad':
			return -1
		case unicode.IsControl(r), r&0xfffe == 0xfffe:
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(strings.Join(strings.Split(s, "\xff\xfe"), "\ufffd\ufffd"), "\ufffd"))
}

// turned reports whether a part of a text is written from right to left.
func turned(s string) bool {
	for _, r := range s {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL, bidi.AN, bidi.RLO, bidi.RLE, bidi.RLI:
			return true
		default:
		}
	}
	return false
}

func counted(s string) map[rune]int {
	counts := map[rune]int{}
	for _, r := range s {
		counts[r]++
	}
	return counts
}
