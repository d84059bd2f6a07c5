package rank_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/rank"
)

// now is the time that sources of these tests are old from.
var now = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// ask returns a question without sub-queries.
func ask(text string) rank.Question { return rank.Question{Text: text, Now: now} }

// each returns passages of as many different sources, one each.
func each(texts ...string) ([]rank.Source, []rank.Passage) {
	sources := make([]rank.Source, len(texts))
	var passages []rank.Passage
	for i, text := range texts {
		passages = append(passages, rank.Passage{Source: i, Text: text})
	}
	return sources, passages
}

// order returns the places of what was picked.
func order(ranked []rank.Ranked) []int {
	var out []int
	for _, r := range ranked {
		out = append(out, r.Passage)
	}
	return out
}

func TestRank_Words(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		question rank.Question
		texts    []string
		want     []int
	}{
		"more words of the question come first": {
			ask("insulin lowers sugar"), []string{"sugar is sweet", "insulin lowers sugar"}, []int{1, 0},
		},
		"rare words count more": {
			ask("sugar insulin"), []string{"sugar melts", "sugar burns", "insulin helps", "sugar dissolves"}, []int{2, 1, 3, 0},
		},
		"words are compared by their stems": {
			ask("sleeping cats"), []string{"dogs bark", "a cat sleeps"}, []int{1, 0},
		},
		"a sub-query finds what the question does not": {
			rank.Question{Text: "effects of coffee", Also: []string{"caffeine and sleep"}, Now: now},
			[]string{"tea leaves", "coffee has effects", "caffeine disturbs sleep"},
			[]int{1, 2, 0},
		},
		"the question counts more than a sub-query": {
			rank.Question{Text: "caffeine sleep", Also: []string{"coffee effects"}, Now: now},
			[]string{"coffee has effects", "caffeine disturbs sleep"},
			[]int{1, 0},
		},
		"what says the same comes later": {
			ask("insulin sugar"),
			[]string{"insulin lowers blood sugar", "insulin lowered the blood sugar", "insulin of fish, sugar of cane, milk of almonds"},
			[]int{1, 2, 0},
		},
		"no words at all": {ask("?"), []string{"b", "a"}, []int{1, 0}},
		"nothing to rank": {ask("coffee"), nil, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sources, passages := each(tc.texts...)
			require.Equal(t, tc.want, order(rank.Rank(tc.question, sources, passages, nil, rank.Limits{})))
		})
	}
}

func TestRank_HeadingAndTitleAreSearched(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{}, {}, {Title: "Photosynthesis"}}
	passages := []rank.Passage{
		{Source: 0, Text: "It needs light and water."},
		{Source: 1, Text: "It needs light, and air.", Heading: "Biology > Photosynthesis"},
		{Source: 2, Text: "It needs light, and soil."},
	}
	ranked := rank.Rank(ask("photosynthesis"), sources, passages, nil, rank.Limits{})
	require.ElementsMatch(t, []int{1, 2}, order(ranked)[:2])
	require.Zero(t, ranked[2].Parts.Relevance)
}

func TestRank_EachLanguageByItsOwnStems(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{Language: "de"}, {Language: "en"}, {Language: "zh"}}
	passages := []rank.Passage{
		{Source: 0, Text: "In Städten wird es heißer."},
		{Source: 1, Text: "Der die das: nothing of it."},
		{Source: 2, Text: "城市 气候变化"},
	}
	ranked := rank.Rank(ask("Stadt der Hitze"), sources, passages, nil, rank.Limits{})
	require.Zero(t, order(ranked)[0], "the plural is found by the German stem")
	ranked = rank.Rank(ask("气候"), sources, passages, nil, rank.Limits{})
	require.Equal(t, 2, order(ranked)[0])
	ranked = rank.Rank(ask("Städte"), sources, []rank.Passage{{Source: 1, Text: "x"}, {Source: 1, Text: "In Städten", Language: "de"}}, nil, rank.Limits{})
	require.Equal(t, []int{1}, order(ranked), "a passage's own language wins over its source's")
}

// TestRank_WhatDoesNotFit holds that a passage without a word of the question is
// left out, unless nothing else stands for its source.
func TestRank_WhatDoesNotFit(t *testing.T) {
	t.Parallel()
	sources := make([]rank.Source, 2)
	passages := []rank.Passage{
		{Source: 0, Text: "coffee and sleep"},
		{Source: 0, Text: "contact us"},
		{Source: 1, Text: "espresso keeps you awake"},
		{Source: 1, Text: "about this page"},
	}
	ranked := rank.Rank(ask("coffee sleep"), sources, passages, nil, rank.Limits{})
	require.Len(t, ranked, 2)
	require.Equal(t, 0, ranked[0].Passage)
	require.Equal(t, 1, passages[ranked[1].Passage].Source)
	require.Less(t, ranked[1].Score, 0.1)
}

func TestRank_LibraryAloneKeepsItsOwnScores(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{Library: true}, {Library: true}, {Library: true}}
	passages := []rank.Passage{
		{Source: 0, Text: "coffee coffee coffee", Own: 0.1},
		{Source: 1, Text: "unlike words", Own: 0.9},
		{Source: 2, Text: "other matters", Own: 0.5},
	}
	ranked := rank.Rank(ask("coffee"), sources, passages, nil, rank.Limits{})
	require.Equal(t, []int{1, 2, 0}, order(ranked))
	require.InDelta(t, 1, ranked[0].Parts.Relevance, 1e-9)
	require.InDelta(t, 5.0/9, ranked[1].Parts.Relevance, 1e-9)

	sources[1].Library = false // one from elsewhere, and all are compared by their words
	require.Zero(t, order(rank.Rank(ask("coffee"), sources, passages, nil, rank.Limits{}))[0])
}

func TestRank_Limits(t *testing.T) {
	t.Parallel()
	sources := make([]rank.Source, 3)
	passages := []rank.Passage{
		{Source: 0, Text: "coffee one alpha"},
		{Source: 0, Text: "coffee two beta"},
		{Source: 0, Text: "coffee three gamma"},
		{Source: 1, Text: "coffee four delta epsilon zeta"},
		{Source: 2, Text: "coffee five eta theta iota kappa lambda"},
	}
	tests := map[string]struct {
		limits rank.Limits
		want   map[int]int // source → passages
	}{
		"none":                                  {rank.Limits{}, map[int]int{0: 3, 1: 1, 2: 1}},
		"passages":                              {rank.Limits{Passages: 1}, map[int]int{0: 1}},
		"of one source":                         {rank.Limits{PerSource: 2}, map[int]int{0: 2, 1: 1, 2: 1}},
		"sources":                               {rank.Limits{Sources: 2}, map[int]int{0: 3, 1: 1}},
		"more than there are":                   {rank.Limits{Passages: 99, Sources: 99, PerSource: 99}, map[int]int{0: 3, 1: 1, 2: 1}},
		"sources and passages of each together": {rank.Limits{Sources: 2, PerSource: 1}, map[int]int{0: 1, 1: 1}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[int]int{}
			for _, r := range rank.Rank(ask("coffee"), sources, passages, nil, tc.limits) {
				got[passages[r.Passage].Source]++
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// TestRank_TheScoreIsTheSumOfItsParts holds the contract: what users see explains
// the order.
func TestRank_TheScoreIsTheSumOfItsParts(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{Kind: "article", Published: "2020", Citations: 50}, {Kind: "page"}}
	passages := []rank.Passage{
		{Source: 0, Text: "coffee and sleep"},
		{Source: 0, Text: "coffee and the heart"},
		{Source: 1, Text: "sleep well"},
	}
	ranked := rank.Rank(ask("coffee sleep"), sources, passages, nil, rank.Limits{})
	sum := func(p rank.Parts) float64 {
		return 0.66*p.Relevance + 0.22*p.Novelty + 0.03*p.Diversity + 0.03*p.Recency + 0.06*p.Authority
	}
	for _, r := range ranked {
		require.InDelta(t, sum(r.Parts)/sum(ranked[0].Parts), r.Score, 1e-9)
		require.Zero(t, r.Parts.Semantic)
	}
}

func TestRank_LaterPassagesOfASourceCountLess(t *testing.T) {
	t.Parallel()
	sources := make([]rank.Source, 2)
	passages := []rank.Passage{
		{Source: 0, Text: "coffee alpha"},
		{Source: 0, Text: "coffee gamma"},
		{Source: 1, Text: "coffee omega"},
	}
	ranked := rank.Rank(ask("coffee"), sources, passages, nil, rank.Limits{})
	require.Equal(t, []int{0, 2, 1}, order(ranked))
	require.InDelta(t, 1, ranked[1].Parts.Diversity, 1e-9)
	require.InDelta(t, 0.5, ranked[2].Parts.Diversity, 1e-9)
}

func TestRank_Similarities(t *testing.T) {
	t.Parallel()
	sources, passages := each("coffee and sleep", "coffee cups", "espresso at night keeps you awake")
	words := order(rank.Rank(ask("coffee sleep"), sources, passages, nil, rank.Limits{}))
	require.Equal(t, []int{0, 1, 2}, words)

	ranked := rank.Rank(ask("coffee sleep"), sources, passages, []float64{0.8, 0.1, 0.7}, rank.Limits{})
	require.Equal(t, 0, ranked[0].Passage)
	require.InDelta(t, 1, ranked[0].Parts.Semantic, 1e-9)
	require.InDelta(t, 1, ranked[0].Parts.Relevance, 1e-9)
	var third rank.Ranked
	for _, r := range ranked {
		if r.Passage == 2 {
			third = r
		}
	}
	require.Zero(t, third.Parts.Relevance, "it has no word of the question")
	require.InDelta(t, 61.0/62, third.Parts.Semantic, 1e-9, "the second rank is worth (60+1)/(60+2)")

	infinite := rank.Rank(ask("coffee sleep"), sources, passages, []float64{math.Inf(-1), math.Inf(1), -1}, rank.Limits{})
	require.Len(t, infinite, 3)
}

// TestRank_SimilaritiesOfSome measures only what Promising names.
func TestRank_SimilaritiesOfSome(t *testing.T) {
	t.Parallel()
	sources, passages := each("tea", "coffee and sleep", "coffee in cups", "cocoa", "sleep")
	promising := rank.Promising(ask("coffee sleep"), sources, passages, 3)
	require.Equal(t, []int{1, 4, 2}, promising)
	require.Len(t, rank.Promising(ask("coffee"), sources, passages, 9), 5)
	require.Empty(t, rank.Promising(ask("coffee"), nil, nil, 9))

	unknown := math.NaN()
	ranked := rank.Rank(ask("coffee sleep"), sources, passages, []float64{unknown, 0.5, 0.9, unknown, 0.1}, rank.Limits{})
	require.Len(t, ranked, 5)
	require.ElementsMatch(t, []int{1, 2, 4}, order(ranked)[:3], "what was not measured comes last")
	for _, r := range ranked[3:] {
		require.Zero(t, r.Parts.Semantic)
	}
}

func TestFuse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		similarity []float64
		want       []int
	}{
		"both agree":                            {[]float64{0.9, 0.5, 0.1}, []int{0, 1, 2}},
		"meaning lifts the last":                {[]float64{0.1, 0.2, 0.3, 0.9}, []int{0, 3, 1, 2}},
		"equal ones keep the search's order":    {[]float64{0.5, 0.5, 0.5}, []int{0, 1, 2}},
		"opposite orders keep the search's end": {[]float64{0.1, 0.9}, []int{0, 1}},
		"what was not measured stays behind":    {[]float64{math.NaN(), 0.1, 0.2}, []int{0, 2, 1}},
		"nothing":                               {nil, []int{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, rank.Fuse(tc.similarity))
		})
	}
}
