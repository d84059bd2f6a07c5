package verify

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// aligned is a claim beside a text, all words alike.
func aligned(t *testing.T, claim, text string) *alignment {
	t.Helper()
	a, ok := align(claim, text, evenIDF)
	require.True(t, ok)
	return a
}

func TestClauses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		claim string
		want  []int // content words of each clause
	}{
		"one clause":              {"Deep blue lakes freeze.", []int{4}},
		"a joint divides":         {"Deep lakes freeze slowly while shallow ponds freeze fast.", []int{4, 4}},
		"punctuation divides":     {"Deep lakes freeze slowly; shallow ponds freeze fast.", []int{4, 4}},
		"too little is no clause": {"Deep lakes and shallow ponds freeze.", []int{5}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sizes []int
			for _, c := range aligned(t, tc.claim, tc.claim).clauses() {
				sizes = append(sizes, c.End-c.Start)
			}
			require.Equal(t, tc.want, sizes)
		})
	}
}

func TestClauses_AListHasABoundedNumber(t *testing.T) {
	t.Parallel()
	claim := ""
	for range 3 * mostClauses {
		claim += "deep lake freezes, "
	}
	require.Len(t, aligned(t, claim, claim).clauses(), mostClauses+1)
}

func TestClauseRecall_EachClauseMayHaveItsOwnSentence(t *testing.T) {
	t.Parallel()
	const claim = "Deep lakes freeze slowly while shallow ponds dry quickly."
	apart := aligned(t, claim, "Deep lakes freeze slowly. Nobody asked. Shallow ponds dry quickly.")
	torn := aligned(t, claim, "Deep ponds freeze quickly. Nobody asked. Shallow lakes dry slowly.")
	require.InDelta(t, 1, apart.clauseRecall(), 1e-9)
	require.Less(t, torn.clauseRecall(), 0.8, "the same words in other places")
}

func TestLongestGap_WordsSideBySideWeighMoreThanScatteredOnes(t *testing.T) {
	t.Parallel()
	a := aligned(t, "Quartz granite basalt marble limestone gypsum", "Quartz.")
	side := a.longestGap([]float64{1, 1, 1, 0, 0, 0})
	scattered := a.longestGap([]float64{0, 1, 0, 1, 0, 1})
	require.InDelta(t, 3, side, 1e-9)
	require.InDelta(t, 1, scattered, 1e-9)
	require.Zero(t, a.longestGap([]float64{1, 1, 1, 1, 1, 1}))
}

func TestReworded_OnlyWhatIsSaidInOtherWords(t *testing.T) {
	t.Parallel()
	a := aligned(t, "Quartz granite", "Quartz.")
	require.InDelta(t, 0.35, a.reworded([]float64{1, 0.7}), 1e-9)
	require.Zero(t, a.reworded([]float64{1, 0}))
}

func TestClosest_HeadingsDoNotCount(t *testing.T) {
	t.Parallel()
	const claim = "The deep lake freezes slowly."
	heading := aligned(t, claim, "Lake.\n\nMinisters signed treaties about distant borders near the lake.")
	sentence := aligned(t, claim, "The deep lake freezes.")
	require.Less(t, heading.closest(), 0.3)
	require.Greater(t, sentence.closest(), 0.7)
}

func TestDenies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		claim, text string
		want        bool
	}{
		"the text denies it":                  {"The lake is deep.", "The lake is not deep.", true},
		"the claim denies it":                 {"The lake is not deep.", "The lake is deep.", true},
		"both deny it":                        {"The lake is not deep.", "This lake is never deep.", false},
		"something else is denied":            {"The lake is deep.", "There are no fish, but the lake is deep.", false},
		"a word that is used both ways":       {"The lake is deep.", "The lake is deep, though the pond is not deep.", false},
		"a stress is no negation":             {"The lake is deep.", "The lake is not only deep.", false},
		"a filler does not use up a negation": {"He became a hero.", "He did not become a great hero.", true},
		"a negation at the end":               {"Der See gefriert.", "Der See gefriert nicht.", true},
		"two negations lift each other":       {"The lake is deep.", "The lake is not without deep places.", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, aligned(t, tc.claim, tc.text).denies(0))
		})
	}
}
