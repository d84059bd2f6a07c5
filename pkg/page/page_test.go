package page_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
)

func TestSize(t *testing.T) {
	t.Parallel()
	require.Equal(t, 50, page.Size(0, 50, 200), "none asked for means the default")
	require.Equal(t, 50, page.Size(-3, 50, 200))
	require.Equal(t, 7, page.Size(7, 50, 200))
	require.Equal(t, 200, page.Size(1000, 50, 200), "never above the limit")
}

func TestToken_GivesBackTheSortKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, list := rapid.String().Draw(t, "key"), rapid.String().Draw(t, "list")
		key = strings.ToValidUTF8(key, "") // JSON holds no other
		token, err := page.Encode(key, list, "filter")
		require.NoError(t, err)
		var got string
		ok, err := page.Decode(token, &got, list, "filter")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, key, got)
	})
}

func TestDecode_RefusesWhatTheListDidNotGive(t *testing.T) {
	t.Parallel()
	good, err := page.Encode(7, "documents", "papers")
	require.NoError(t, err)
	tests := map[string]struct {
		token string
		query []string
	}{
		"no base64":          {"%%%", []string{"documents", "papers"}},
		"no JSON":            {"YWJj", []string{"documents", "papers"}},
		"another list":       {good, []string{"reports", "papers"}},
		"another filter":     {good, []string{"documents", "letters"}},
		"parts run together": {good, []string{"documentspapers"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var key int
			_, err := page.Decode(tc.token, &key, tc.query...)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, "page_token")
		})
	}
	var text []string
	_, err = page.Decode(good, &text, "documents", "papers")
	require.ErrorContains(t, err, "page_token", "a key of another type")
}

func TestDecode_NoTokenIsTheFirstPage(t *testing.T) {
	t.Parallel()
	var key int
	ok, err := page.Decode("", &key, "documents")
	require.NoError(t, err)
	require.False(t, ok)
}

func TestCut_TakesTheOneTooManyAsTheSignOfMore(t *testing.T) {
	t.Parallel()
	self := func(i int) any { return i }
	list, next, err := page.Cut([]int{1, 2, 3}, 2, self, "numbers")
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, list)
	var after int
	_, err = page.Decode(next, &after, "numbers")
	require.NoError(t, err)
	require.Equal(t, 2, after)

	list, next, err = page.Cut([]int{1, 2}, 2, self, "numbers")
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, list)
	require.Empty(t, next)
}
