package samework_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// addresses stands in for the canonicaliser of addresses: it takes scheme and
// "www." off, and knows where DOIs and arXiv's papers are.
func addresses(address string) (string, map[string]string) {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "", nil
	}
	ids := map[string]string{}
	if doi, ok := strings.CutPrefix(rest, "doi.org/"); ok {
		ids["doi"] = doi
	}
	if _, id, ok := strings.Cut(rest, "arxiv.org/abs/"); ok {
		ids["arxiv"] = id
	}
	if _, id, ok := strings.Cut(rest, "arxiv.org/pdf/"); ok {
		ids["arxiv"] = id
	}
	return strings.TrimPrefix(rest, "www."), ids
}

func TestKeys(t *testing.T) {
	t.Parallel()
	long := "A long title about how lighthouses were built"
	tests := map[string]struct {
		item connector.Item
		want []samework.Key
	}{
		"identifiers, normalised": {
			connector.Item{Identifiers: map[string]string{"doi": "https://doi.org/10.5555/ABC", "pmid": "7", "pmcid": "12", "arxiv": "2101.00001v3", "nonsense": "x"}},
			[]samework.Key{"arxiv:2101.00001", "doi:10.5555/abc", "pmcid:PMC12", "pmid:7"},
		},
		"other versions' DOIs count": {
			connector.Item{Identifiers: map[string]string{"doi": "10.5555/p", "doi_published": "10.5555/J", "doi_preprint": "10.5555/q"}},
			[]samework.Key{"doi:10.5555/j", "doi:10.5555/p", "doi:10.5555/q"},
		},
		"an ordinary address": {connector.Item{URL: "https://www.example.org/a"}, []samework.Key{"url:example.org/a"}},
		"an address that only names the work": {
			connector.Item{URL: "https://arxiv.org/abs/2101.00001v2"}, []samework.Key{"arxiv:2101.00001"},
		},
		"the texts' addresses name it too": {
			connector.Item{URL: "https://example.org/a", FullTexts: []string{"https://arxiv.org/pdf/2101.00001", "https://example.org/a.pdf"}},
			[]samework.Key{"arxiv:2101.00001", "url:example.org/a"},
		},
		"a text with another DOI is no second DOI": {
			connector.Item{Identifiers: map[string]string{"doi": "10.5555/j"}, FullTexts: []string{"https://doi.org/10.5555/p"}},
			[]samework.Key{"doi:10.5555/j"},
		},
		"Wikipedia by title, whatever the revision": {
			connector.Item{URL: "https://en.wikipedia.org/wiki/Chess_set?oldid=5", Identifiers: map[string]string{"wikipedia": "en:7"}},
			[]samework.Key{"url:en.wikipedia.org/wiki/Chess_set?oldid=5", "wiki:en:Chess set", "wikipedia:en:7"},
		},
		"Wikipedia on the mobile site": {connector.Item{URL: "https://en.m.wikipedia.org/wiki/chess_set"}, []samework.Key{"url:en.m.wikipedia.org/wiki/chess_set", "wiki:en:Chess set"}},
		"Wikipedia by its script":      {connector.Item{URL: "https://de.wikipedia.org/w/index.php?title=Schach&oldid=3"}, []samework.Key{"url:de.wikipedia.org/w/index.php?title=Schach&oldid=3", "wiki:de:Schach"}},
		"a long title with author and year": {
			connector.Item{Title: long, Authors: []string{"Ada Müller"}, Published: "2020-05"},
			[]samework.Key{"title:alongtitleabouthowlighthouseswerebuilt|muller|2020", "title:alongtitleabouthowlighthouseswerebuilt|muller|2021"},
		},
		"a short title":            {connector.Item{Title: "Introduction to graphs", Authors: []string{"A B"}, Published: "2020"}, nil},
		"a title of one long word": {connector.Item{Title: strings.Repeat("x", 50), Authors: []string{"A B"}, Published: "2020"}, nil},
		"without an author":        {connector.Item{Title: long, Published: "2020"}, nil},
		"without a year":           {connector.Item{Title: long, Authors: []string{"A Byron"}}, nil},
		"a notice about it":        {connector.Item{Title: "Correction: " + long, Authors: []string{"A Byron"}, Published: "2020"}, nil},
		"a Japanese title": {
			connector.Item{Title: "北の岬の灯台の歴史と保存", Authors: []string{"山田 太郎"}, Published: "2020"},
			[]samework.Key{"title:北の岬の灯台の歴史と保存|太郎|2020", "title:北の岬の灯台の歴史と保存|太郎|2021"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, samework.Keys(tc.item, addresses))
		})
	}
	require.Equal(t, []samework.Key{"doi:10.5555/a"}, samework.Keys(connector.Item{URL: "https://example.org", Identifiers: map[string]string{"doi": "10.5555/a"}}, nil))
}

func TestKeys_TitlesAsIndexesWriteThem(t *testing.T) {
	t.Parallel()
	keys := func(title, author, published string) []samework.Key {
		return samework.Keys(connector.Item{Title: title, Authors: []string{author}, Published: published}, nil)
	}
	base := keys("Über die Größe der Leuchttürme: a study (part 1)", "María José García-López", "2020")
	require.Len(t, base, 2)
	for name, other := range map[string][]samework.Key{
		"signs, case and spaces":  keys("UBER DIE GRÖSSE DER LEUCHTTÜRME - A Study, Part 1.", "María José García-López", "2020-01-02"),
		"family name first":       keys("Über die Größe der Leuchttürme: a study (part 1)", "García-López, M. J.", "2020"),
		"initials behind":         keys("Über die Größe der Leuchttürme: a study (part 1)", "Garcia-Lopez MJ", "2020"),
		"the year before":         keys("Über die Größe der Leuchttürme: a study (part 1)", "María José García-López", "2019-12"),
		"the year after":          keys("Über die Größe der Leuchttürme: a study (part 1)", "María José García-López", "2021"),
		"a generation is no name": keys("Über die Größe der Leuchttürme: a study (part 1)", "M. García-López Jr.", "2020"),
	} {
		require.True(t, slices.ContainsFunc(other, func(k samework.Key) bool { return slices.Contains(base, k) && k.Weak() }), "%s: %v", name, other)
	}
	for name, other := range map[string][]samework.Key{
		"another part":   keys("Über die Größe der Leuchttürme: a study (part 2)", "María José García-López", "2020"),
		"another author": keys("Über die Größe der Leuchttürme: a study (part 1)", "María José García", "2020"),
		"two years on":   keys("Über die Größe der Leuchttürme: a study (part 1)", "María José García-López", "2022"),
	} {
		require.False(t, slices.ContainsFunc(other, func(k samework.Key) bool { return slices.Contains(base, k) }), name)
	}
}
