package rank_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/rank"
)

// partsOf returns the parts of a source's only passage.
func partsOf(t *testing.T, q rank.Question, s rank.Source) rank.Parts {
	t.Helper()
	ranked := rank.Rank(q, []rank.Source{s}, []rank.Passage{{Text: "coffee"}}, nil, rank.Limits{})
	require.Len(t, ranked, 1)
	return ranked[0].Parts
}

func TestRecency(t *testing.T) {
	t.Parallel()
	day := func(d time.Duration) string { return now.Add(-d * 24 * time.Hour).Format(time.DateOnly) }
	const short, long = 180, 5 * 365
	tests := map[string]struct {
		question, published string
		want                float64
	}{
		"unknown is neither new nor old":         {"coffee", "", 0.5},
		"nonsense is unknown":                    {"coffee", "last week", 0.5},
		"an impossible date is unknown":          {"coffee", "2024-13", 0.5},
		"too long is unknown":                    {"coffee", "2024-01-01-01", 0.5},
		"today":                                  {"coffee", day(0), 1},
		"the future counts as today":             {"coffee", "2031", 1},
		"five years":                             {"coffee", day(long), 0.5},
		"ten years":                              {"coffee", day(2 * long), 0.25},
		"of a year its middle":                   {"coffee", "2021", 0.5},
		"of the present year the middle so far":  {"coffee", "2026", 0.967},
		"of a month its middle":                  {"coffee", "2021-07", 0.503},
		"half a year, asked for the latest":      {"latest on coffee", day(short), 0.5},
		"of the present year, asked for today":   {"Kaffee heute", "2026-01-02", 0.5},
		"a year ago, asked for the present year": {"coffee in 2026", day(2 * short), 0.25},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.InDelta(t, tc.want, partsOf(t, ask(tc.question), rank.Source{Published: tc.published}).Recency, 0.002)
		})
	}
	require.InDelta(t, 0.5, partsOf(t, rank.Question{Text: "coffee"}, rank.Source{Published: "2021"}).Recency, 1e-9, "without a clock every age is unknown")
}

// TestQuestionsThatAskForTheStateOfThings tells them by what a source of one year
// ago is worth.
func TestQuestionsThatAskForTheStateOfThings(t *testing.T) {
	t.Parallel()
	asksForIt := map[string]bool{
		"What is the latest evidence on coffee?":                true,
		"coffee prices 2026":                                    true,
		"coffee prices 2025":                                    true,
		"Wie ist der aktuelle Stand der Kaffeeforschung?":       true,
		"Quels sont les résultats récents ?":                    true,
		"¿Cuál es la situación actual de los precios del café?": true,
		"Какие последние исследования о кофе?":                  true,
		"咖啡研究的最新进展":                                             true,
		"コーヒーの現在の価格":                                            true,
		"최신 커피 연구":                                              true,
		"ما أحدث الأبحاث":                                       true,
		"What was the price of coffee in 1995?":                 false,
		"coffee prices in the 2030s":                            false,
		"What is the actual caffeine in coffee?":                false,
		"How does coffee work?":                                 false,
		"":                                                      false,
	}
	for text, want := range asksForIt {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got := partsOf(t, ask(text), rank.Source{Published: "2025-07-01"}).Recency
			require.Equal(t, want, got < 0.5, "recency of a year-old source: %.2f", got)
		})
	}
	sub := rank.Question{Text: "How does coffee work?", Also: []string{"latest coffee studies"}, Now: now}
	require.Greater(t, partsOf(t, sub, rank.Source{Published: "2025-07-01"}).Recency, 0.5, "sub-queries do not decide")
}

// TestAuthority_TheOrderOfSources lists sources from the most trustworthy on.
func TestAuthority_TheOrderOfSources(t *testing.T) {
	t.Parallel()
	falling := []rank.Source{
		{Kind: "article", Citations: 100_000},
		{Kind: "article", Citations: 100},
		{Kind: "article", Citations: 10},
		{Kind: "review"},
		{Kind: "article"},
		{Kind: "article", Corrected: true},
		{Kind: "book"},
		{Kind: "report"},
		{Kind: "preprint"},
		{Kind: "encyclopedia"},
		{Kind: "article", Snippet: true},
		{Kind: "news"},
		{Kind: "article", Concern: true},
		{Kind: "page"},
		{Kind: "post"},
		{Kind: ""},
		{Kind: "post", Snippet: true},
		{Kind: "review", Citations: 5000, Retracted: true},
	}
	for i := range len(falling) - 1 {
		a, b := partsOf(t, ask("coffee"), falling[i]).Authority, partsOf(t, ask("coffee"), falling[i+1]).Authority
		require.Greater(t, a, b, "%+v above %+v", falling[i], falling[i+1])
	}
	require.Zero(t, partsOf(t, ask("coffee"), falling[len(falling)-1]).Authority)
}

func TestAuthority_Equals(t *testing.T) {
	t.Parallel()
	tests := map[string][2]rank.Source{
		"an unreviewed article is a preprint":           {{Kind: "article", Preprint: true}, {Kind: "preprint"}},
		"a kind nobody knows is unknown":                {{Kind: "tablet of clay"}, {}},
		"citations that are unknown":                    {{Kind: "book", Citations: -1}, {Kind: "book"}},
		"a page that users put into their library":      {{Kind: "page", Library: true}, {Kind: "document"}},
		"an article in the library stays an article":    {{Kind: "article", Library: true}, {Kind: "article"}},
		"a post that claims to be a preprint gains not": {{Kind: "post", Preprint: true}, {Kind: "post"}},
	}
	for name, pair := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.InDelta(t, partsOf(t, ask("coffee"), pair[1]).Authority, partsOf(t, ask("coffee"), pair[0]).Authority, 1e-9)
		})
	}
}

func TestRank_BetweenEqualPassagesTheSourceDecides(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		question      string
		better, worse rank.Source
	}{
		"the newer one":                       {"coffee", rank.Source{Published: "2025"}, rank.Source{Published: "1999"}},
		"the reviewed one":                    {"coffee", rank.Source{Kind: "article"}, rank.Source{Kind: "post"}},
		"the cited one":                       {"coffee", rank.Source{Kind: "article", Citations: 500}, rank.Source{Kind: "article"}},
		"reviewed before new":                 {"coffee", rank.Source{Kind: "article", Published: "2018"}, rank.Source{Kind: "post", Published: "2026-06"}},
		"new before reviewed, asked for now":  {"coffee today", rank.Source{Kind: "news", Published: "2026-06"}, rank.Source{Kind: "article", Published: "2018"}},
		"what stands":                         {"coffee", rank.Source{Kind: "post"}, rank.Source{Kind: "review", Citations: 9000, Published: "2026", Retracted: true}},
		"what was read rather than a snippet": {"coffee", rank.Source{Kind: "page"}, rank.Source{Kind: "page", Snippet: true}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passages := []rank.Passage{{Source: 0, Text: "coffee keeps you awake"}, {Source: 1, Text: "coffee keeps you awake"}}
			ranked := rank.Rank(ask(tc.question), []rank.Source{tc.worse, tc.better}, passages, nil, rank.Limits{})
			require.Equal(t, []int{1, 0}, order(ranked))
		})
	}
}

// TestRank_ARetractedSourceIsNotHidden holds that users see that a finding they may
// know was retracted, after what stands.
func TestRank_ARetractedSourceIsNotHidden(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{Kind: "article", Retracted: true}, {Kind: "page"}, {Kind: "page"}}
	passages := []rank.Passage{
		{Source: 0, Text: "coffee cures insomnia at once"},
		{Source: 1, Text: "coffee does not cure insomnia"},
		{Source: 2, Text: "the history of coffee in many cities of Europe"},
	}
	ranked := rank.Rank(ask("coffee cures insomnia"), sources, passages, nil, rank.Limits{})
	require.Equal(t, 1, ranked[0].Passage)
	require.Contains(t, order(ranked), 0)
	for _, r := range ranked {
		if r.Passage == 0 {
			require.Greater(t, r.Score, 0.2)
			require.Zero(t, r.Parts.Authority)
		}
	}
}

// TestRank_StandingDoesNotReplaceFitting holds that the best of sources comes after
// any that tells more about the question.
func TestRank_StandingDoesNotReplaceFitting(t *testing.T) {
	t.Parallel()
	sources := []rank.Source{{Kind: "review", Citations: 9000, Published: "2026-06-30"}, {Kind: "post", Published: "1999"}}
	passages := []rank.Passage{
		{Source: 0, Text: "coffee is a plant of many countries"},
		{Source: 1, Text: "coffee at night disturbs sleep"},
	}
	for _, question := range []string{"Does coffee disturb sleep at night?", "Does coffee disturb sleep today?"} {
		require.Equal(t, []int{1, 0}, order(rank.Rank(ask(question), sources, passages, nil, rank.Limits{})))
	}
}

// TestRank_ASubQueryAboutSomethingElse holds that the best of what does not fit is
// no fit: the common words of a stray sub-query lift nothing.
func TestRank_ASubQueryAboutSomethingElse(t *testing.T) {
	t.Parallel()
	sources, passages := each("coffee disturbs sleep", "a history of the people", "sleep and coffee", "people and trees")
	q := rank.Question{Text: "coffee sleep", Also: []string{"quantum chromodynamics lattice gauge for people"}, Now: now}
	for _, r := range rank.Rank(q, sources, passages, nil, rank.Limits{}) {
		if r.Passage%2 == 1 {
			require.Less(t, r.Parts.Relevance, 0.4, "%q", passages[r.Passage].Text)
		}
	}
}
