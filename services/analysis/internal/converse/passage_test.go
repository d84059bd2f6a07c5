package converse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

func TestChoose_TheBestFittingComeFirst(t *testing.T) {
	t.Parallel()
	all := passages{
		{Evidence: engine.Evidence{ID: "depth", Text: "The lake is 40 metres deep at its northern end.", Score: 0.2}},
		{Evidence: engine.Evidence{ID: "fish", Text: "Pike and perch live in it, and are caught from boats.", Score: 1}},
		{Evidence: engine.Evidence{ID: "title", SourceTitle: "Boats of the lake", Text: "They are moored at the pier.", Score: 0.1}},
	}
	tests := map[string]struct{ query, first string }{
		"by its words":                 {"How deep is the lake?", "depth"},
		"by its title":                 {"Are there boats of the lake?", "title"},
		"else by what the run thought": {"Who?", "fish"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.first, choose(all, tc.query)[0].ID)
		})
	}
}

func TestChoose_TakesNoMoreThanFits(t *testing.T) {
	t.Parallel()
	var all passages
	for range 100 {
		all = append(all, passage{Evidence: engine.Evidence{ID: "p", Text: strings.Repeat("lake ", 200)}})
	}
	total := 0
	for _, p := range choose(all, "lake") {
		total += len(p.Text)
	}
	require.LessOrEqual(t, total, maxEvidenceBytes)
	require.Greater(t, total, maxEvidenceBytes/2)
	require.Len(t, choose(all[:1], "lake"), 1)
	require.Len(t, choose(passages{{Evidence: engine.Evidence{Text: strings.Repeat("x", 2*maxEvidenceBytes)}}}, "x"), 1, "one is always taken")
}

func TestQuery_AShortQuestionGoesOnFromTheOneBefore(t *testing.T) {
	t.Parallel()
	require.Equal(t, "How deep is it?", query("How deep is it?", nil))
	turns := []engine.Turn{{Question: "What lives there?"}, {Question: "How deep is the lake?", Answer: "40 metres."}}
	require.Equal(t, "And in winter?\nHow deep is the lake?", query("And in winter?", turns))
}

func TestCut_IsTheTextInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		paragraphs := rapid.SliceOfN(rapid.StringMatching(`([A-Z][a-zéü ]{0,80}[.?!] ?){1,12}`), 1, 20).Draw(t, "paragraphs")
		text := strings.Join(paragraphs, "\n\n")
		end := 0
		for _, p := range cut(text) {
			require.Equal(t, text[p.Start:p.Start+len(p.Text)], p.Text)
			require.Empty(t, strings.TrimSpace(text[end:p.Start]), "nothing is left out")
			end = p.Start + len(p.Text)
		}
		require.Empty(t, strings.TrimSpace(text[end:]))
	})
}

func TestCut_PassagesAreOfAUsefulSize(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("The lake is 40 metres deep at its northern end, and much less so elsewhere. ", 100)
	for _, p := range cut(text) {
		require.LessOrEqual(t, len(p.Text), passageBytes)
	}
	require.Greater(t, len(cut(text)), 5)
	require.Empty(t, cut(" \n "))
}
