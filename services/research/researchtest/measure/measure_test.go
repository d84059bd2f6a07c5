package measure

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

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

func TestSimilarity(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 1, Similarity("", ""), 0)
	require.InDelta(t, 0, Similarity("abc", ""), 0)
	require.InDelta(t, 0.75, Similarity("Größe!!!", "Größe!"), 0)
}

func TestReference_RanksRareWordsAndStems(t *testing.T) {
	t.Parallel()
	r := NewReference([]Document{
		{ID: "1", Title: "Bridges", Text: "why do bridges fall"},
		{ID: "2", Text: "the bridge of a nose"},
		{ID: "3", Text: "scour"},
	})
	require.Equal(t, []string{"1", "2"}, r.Search("falling bridge"))
	require.Empty(t, r.Search("the of"))
}
