package extract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// TestCorpora_Book compares what is read from a German book of mathematics with
// the text that people made of it, as py-pdf's benchmarks do: one minus the
// Levenshtein distance, divided by the longer text's length. White space counts
// as one space: where lines end is no part of the text.
func TestCorpora_Book(t *testing.T) {
	t.Parallel()
	root := filepath.Join(documents(t), "py-pdf-samples")
	data, err := os.ReadFile(filepath.Join(root, "009-pdflatex-geotopo", "GeoTopo-komprimiert.pdf"))
	require.NoError(t, err)
	gold, err := os.ReadFile(filepath.Join(root, "ground-truth", "GeoTopo-book.txt"))
	require.NoError(t, err)
	doc, err := reader(t, extract.Limits{}).Extract(t.Context(), extract.Input{Name: "book.pdf", Data: data})
	require.NoError(t, err)
	checkDocument(t, doc)
	got := similarity(words(doc.Text), words(string(gold)))
	t.Logf("%d pages, %d bytes of text, similarity %.4f", len(doc.Pages), len(doc.Text), got)
	require.GreaterOrEqual(t, got, 0.95)
}

// similarity returns one minus the normalized Levenshtein distance of two texts.
func similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	return 1 - float64(levenshtein(x, y))/float64(max(len(x), len(y)))
}

// levenshtein returns the edit distance, 64 rows of the table at a time (Myers
// 1999, in Hyyrö's form for texts longer than a word).
func levenshtein(a, b []rune) int {
	if len(a) == 0 {
		return len(b)
	}
	blocks := (len(a) + 63) / 64
	peq := map[rune][]uint64{}
	for i, r := range a {
		if peq[r] == nil {
			peq[r] = make([]uint64, blocks)
		}
		peq[r][i/64] |= 1 << (i % 64)
	}
	none := make([]uint64, blocks)
	pv, mv := make([]uint64, blocks), make([]uint64, blocks)
	for i := range pv {
		pv[i] = ^uint64(0)
	}
	last := uint64(1) << ((len(a) - 1) % 64)
	distance := len(a)
	for _, r := range b {
		row := peq[r]
		if row == nil {
			row = none
		}
		carryP, carryM := uint64(1), uint64(0)
		for i := range blocks {
			eq := row[i]
			xv := eq | mv[i]
			eq |= carryM
			xh := (((eq & pv[i]) + pv[i]) ^ pv[i]) | eq
			ph := mv[i] | ^(xh | pv[i])
			mh := pv[i] & xh
			if i == blocks-1 {
				if ph&last != 0 {
					distance++
				}
				if mh&last != 0 {
					distance--
				}
			}
			outP, outM := ph>>63, mh>>63
			ph = ph<<1 | carryP
			mh = mh<<1 | carryM
			carryP, carryM = outP, outM
			pv[i] = mh | ^(xv | ph)
			mv[i] = ph & xv
		}
	}
	return distance
}

func TestLevenshtein(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abcdefghij", 20)
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"kitten", "sitting", 3},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"Größe", "Grösse", 2},
		{long, long + "x", 1},
		{"y" + long, long, 1},
		{long, strings.Replace(long, "ef", "fe", 3), 6},
	} {
		require.Equal(t, tc.want, levenshtein([]rune(tc.a), []rune(tc.b)), "%s / %s", tc.a, tc.b)
	}
}
