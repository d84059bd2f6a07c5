package index_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
)

// BenchmarkSearch measures searches of twelve words over 200,000 passages of
// about a hundred words whose frequencies follow Zipf's law, as those of real
// text do, but with stop words: it is the worst case. Package library has the
// benchmark on real text, beside PostgreSQL.
func BenchmarkSearch(b *testing.B) {
	const passages, perDocument, words = 200_000, 50, 100
	r := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(r, 1.1, 8, 300_000)
	text := func(n int) string {
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "w%d ", zipf.Uint64())
		}
		return s.String()
	}
	x := index.New()
	for d := range passages / perDocument {
		doc := index.Document{ID: fmt.Sprintf("d%05d", d), Language: "en", Title: text(6)}
		for p := range perDocument {
			doc.Passages = append(doc.Passages, index.Passage{Ordinal: p, Text: text(words)})
		}
		require.NoError(b, x.Add(doc))
	}
	var times []time.Duration
	for b.Loop() {
		query := text(12)
		begun := time.Now()
		require.NotEmpty(b, x.Search(query, 50, nil))
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}
