package extract_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/researchtest/expected"
	"github.com/researcherpro/researcherpro/services/research/researchtest/measure"
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
	got := measure.Similarity(expected.Words(doc.Text), expected.Words(string(gold)))
	t.Logf("%d pages, %d bytes of text, similarity %.4f", len(doc.Pages), len(doc.Text), got)
	require.GreaterOrEqual(t, got, 0.95)
}
