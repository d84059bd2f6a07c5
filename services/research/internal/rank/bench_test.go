package rank_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/rank"
)

// BenchmarkRank ranks what a large research hands in: the 60 best passages of each
// of 20 sources, of 110 words whose frequencies follow Zipf's law, as those
// of real text do.
func BenchmarkRank(b *testing.B) {
	const sources, perSource, words = 20, 60, 110
	r := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(r, 1.1, 8, 20_000)
	text := func(n int) string {
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "word%d ", zipf.Uint64())
		}
		return s.String()
	}
	q := rank.Question{Text: text(12), Also: []string{text(8), text(8), text(8)}, Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	var from []rank.Source
	var passages []rank.Passage
	for s := range sources {
		from = append(from, rank.Source{Title: text(8), Kind: "article", Published: "2024"})
		for range perSource {
			passages = append(passages, rank.Passage{Source: s, Text: text(words), Heading: text(3)})
		}
	}
	limits := rank.Limits{Passages: 60, Sources: 20, PerSource: 8}
	b.ReportAllocs()
	for b.Loop() {
		rank.Rank(q, from, passages, nil, limits)
	}
}
