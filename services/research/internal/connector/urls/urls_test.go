package urls_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/urls"
)

func search(t *testing.T, q connector.Query) connector.Answer {
	t.Helper()
	answer, err := urls.New().Search(t.Context(), q)
	require.NoError(t, err)
	return answer
}

func TestSearch(t *testing.T) {
	t.Parallel()
	answer := search(t, connector.Query{Text: "not looked at", URLs: []string{
		"https://example.org/a?utm_source=mail#part", " HTTPS://Example.org:443/b ", "https://arxiv.org/abs/2101.00001v2",
	}})
	require.Empty(t, answer.Notes)
	require.False(t, answer.More)
	require.Equal(t, []connector.Item{
		{URL: "https://example.org/a", FullTexts: []string{"https://example.org/a?utm_source=mail"}, Kind: "page"},
		{URL: "https://example.org/b", FullTexts: []string{"https://example.org/b"}, Kind: "page"},
		{
			URL: "https://arxiv.org/abs/2101.00001v2", FullTexts: []string{"https://arxiv.org/abs/2101.00001v2"}, Kind: "page",
			Identifiers: map[string]string{"arxiv": "2101.00001"},
		},
	}, answer.Items)
}

func TestSearch_SamePageOnce(t *testing.T) {
	t.Parallel()
	answer := search(t, connector.Query{URLs: []string{"http://example.org/a", "https://www.example.org/a/", "https://example.org/a#x"}})
	require.Len(t, answer.Items, 1)
	require.Equal(t, "http://example.org/a", answer.Items[0].URL, "the first that was given")
}

func TestSearch_BadAddressesAreNamed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ url, note string }{
		"nothing":        {"", `"" is not a web address.`},
		"words":          {"boiling point", `"boiling point" is not a web address.`},
		"another scheme": {"file:///etc/passwd", `"file:///etc/passwd" is not an http or https address.`},
		"a script":       {"javascript:alert(1)", `"javascript:alert(1)" is not an http or https address.`},
		"a password is not repeated": {
			"https://me:hunter2@example.org/x", `"https://…@example.org/x" holds a user name or password, and is not read.`,
		},
		"a password in what is no address": {"https://me:hunter2@exa mple.org/x", `"https://…@exa mple.org/x" is not a web address.`},
		"line ends and quotes go":          {"a\n\"b\x00", `"a  b" is not a web address.`},
		"long ones are cut":                {strings.Repeat("ä", 100), `"` + strings.Repeat("ä", 60) + `…" is not a web address.`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := search(t, connector.Query{URLs: []string{tc.url, "https://example.org/"}})
			require.Equal(t, []string{tc.note}, answer.Notes)
			require.Len(t, answer.Items, 1, "the others are found all the same")
		})
	}
}

func TestSearch_Pages(t *testing.T) {
	t.Parallel()
	q := connector.Query{Limit: 2, URLs: []string{"http://a.example/", "x", "http://b.example/", "http://c.example/"}}
	first := search(t, q)
	require.Len(t, first.Items, 2)
	require.True(t, first.More)
	require.Len(t, first.Notes, 1)
	q.Page = 1
	second := search(t, q)
	require.Equal(t, "http://c.example/", second.Items[0].URL)
	require.False(t, second.More)
	require.Empty(t, second.Notes)
	q.Page = 9
	require.Empty(t, search(t, q).Items)
}

func TestSearch_NoAddresses(t *testing.T) {
	t.Parallel()
	require.Equal(t, connector.Answer{}, search(t, connector.Query{Text: "boiling point"}))
	require.Equal(t, "urls", urls.New().About().Name)
}
