package rank_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/services/research/internal/rank"
)

// pool is what Rank is asked in a property.
type pool struct {
	question rank.Question
	sources  []rank.Source
	passages []rank.Passage
	semantic []float64
	limits   rank.Limits
}

// rank ranks the pool.
func (p pool) rank() []rank.Ranked {
	return rank.Rank(p.question, p.sources, p.passages, p.semantic, p.limits)
}

// textOf draws texts of few words, so that they have some in common and are
// sometimes equal.
func textOf() *rapid.Generator[string] {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"coffee", "sleep", "heart", "risk", "dose", "the", "and", "咖啡", "Schlaf", "."}), 0, 6)
	return rapid.Map(words, func(words []string) string { return fmt.Sprint(words) })
}

// draw draws a pool.
func draw(t *rapid.T) pool {
	p := pool{
		question: rank.Question{Text: textOf().Draw(t, "question"), Also: rapid.SliceOfN(textOf(), 0, 2).Draw(t, "also"), Now: now},
		limits: rank.Limits{
			Passages: rapid.IntRange(0, 12).Draw(t, "passages"), Sources: rapid.IntRange(0, 4).Draw(t, "sources"), PerSource: rapid.IntRange(0, 3).Draw(t, "of one"),
		},
	}
	p.sources = rapid.SliceOfN(rapid.Custom(drawSource), 1, 5).Draw(t, "from")
	p.passages = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rank.Passage {
		return rank.Passage{
			Source: rapid.IntRange(0, len(p.sources)-1).Draw(t, "source"), Text: textOf().Draw(t, "text"), Heading: textOf().Draw(t, "heading"),
			Language: rapid.SampledFrom([]string{"", "en", "de"}).Draw(t, "language"), Own: rapid.Float64Range(0, 9).Draw(t, "own"),
		}
	}), 0, 16).Draw(t, "pool")
	if rapid.Bool().Draw(t, "with similarities") {
		p.semantic = rapid.SliceOfN(rapid.Float64Range(-1, 1), len(p.passages), len(p.passages)).Draw(t, "similarities")
	}
	return p
}

// drawSource draws a source.
func drawSource(t *rapid.T) rank.Source {
	return rank.Source{
		Title: textOf().Draw(t, "title"), Kind: rapid.SampledFrom([]string{"", "article", "page", "review", "odd"}).Draw(t, "kind"),
		Published: rapid.SampledFrom([]string{"", "2026", "2020-02", "1815-06-18", "0000", "9999", "x"}).Draw(t, "published"),
		Citations: rapid.IntRange(-1, 100_000).Draw(t, "citations"),
		Retracted: rapid.Bool().Draw(t, "retracted"), Concern: rapid.Bool().Draw(t, "concern"), Preprint: rapid.Bool().Draw(t, "preprint"),
		Snippet: rapid.Bool().Draw(t, "snippet"), Library: rapid.Bool().Draw(t, "library"),
	}
}

// TestProperty_WhatHoldsOfEveryRanking holds that scores and parts are between 0
// and 1, scores never rise, nothing is picked twice, and limits are kept.
func TestProperty_WhatHoldsOfEveryRanking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		before, seen, of := 1.0, map[int]bool{}, map[int]int{}
		ranked := p.rank()
		for i, r := range ranked {
			require.False(t, seen[r.Passage], "picked twice")
			seen[r.Passage] = true
			of[p.passages[r.Passage].Source]++
			for _, part := range []float64{r.Parts.Relevance, r.Parts.Semantic, r.Parts.Novelty, r.Parts.Diversity, r.Parts.Recency, r.Parts.Authority, r.Score} {
				require.True(t, part >= 0 && part <= 1, "%+v", r)
			}
			require.LessOrEqual(t, r.Score, before+1e-12)
			before = r.Score
			if i == 0 {
				require.Equal(t, 1.0, r.Score) //nolint:testifylint // exactly: the best is divided by itself
			}
		}
		for _, n := range of {
			require.True(t, p.limits.PerSource == 0 || n <= p.limits.PerSource)
		}
		require.True(t, p.limits.Sources == 0 || len(of) <= p.limits.Sources)
		require.True(t, p.limits.Passages == 0 || len(ranked) <= p.limits.Passages)
		require.Equal(t, len(p.passages) > 0, len(ranked) > 0, "there is always a best one")
	})
}

// said is a picked passage without its places in the lists.
type said struct {
	passage rank.Passage
	source  rank.Source
	score   float64
	parts   rank.Parts
}

// says returns what was picked by what it says.
func (p pool) says() []said {
	var out []said
	for _, r := range p.rank() {
		passage := p.passages[r.Passage]
		source := p.sources[passage.Source]
		passage.Source = 0
		out = append(out, said{passage, source, r.Score, r.Parts})
	}
	return out
}

// TestProperty_TheOrderOfTheInputDoesNotMatter shuffles sources and passages.
func TestProperty_TheOrderOfTheInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		for i := range p.sources { // equal sources would change places unseen
			p.sources[i].Title = fmt.Sprint(p.sources[i].Title, i)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		sources, passages := r.Perm(len(p.sources)), r.Perm(len(p.passages))
		shuffled := pool{question: p.question, limits: p.limits}
		for _, at := range sources {
			shuffled.sources = append(shuffled.sources, p.sources[at])
		}
		for _, at := range passages {
			passage := p.passages[at]
			passage.Source = slices.Index(sources, passage.Source)
			shuffled.passages = append(shuffled.passages, passage)
			if p.semantic != nil {
				shuffled.semantic = append(shuffled.semantic, p.semantic[at])
			}
		}
		require.Equal(t, p.says(), shuffled.says())
	})
}

// TestProperty_ARetractedSourceStandsBehindItsEqual gives a second source all that
// one has, but for the retraction.
func TestProperty_ARetractedSourceStandsBehindItsEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		p.limits = rank.Limits{}
		at := rapid.IntRange(0, len(p.sources)-1).Draw(t, "which")
		retracted := p.sources[at]
		p.sources[at].Retracted, retracted.Retracted = false, true
		p.sources = append(p.sources, retracted)
		text := textOf().Draw(t, "text")
		p.passages = slices.DeleteFunc(p.passages, func(q rank.Passage) bool { return q.Source == at })
		p.passages = append(p.passages, rank.Passage{Source: len(p.sources) - 1, Text: text}, rank.Passage{Source: at, Text: text})
		p.semantic = nil
		picked := order(p.rank())
		bad, good := slices.Index(picked, len(p.passages)-2), slices.Index(picked, len(p.passages)-1)
		require.GreaterOrEqual(t, good, 0)
		require.Greater(t, bad, good)
	})
}
