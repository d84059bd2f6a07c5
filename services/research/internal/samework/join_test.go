package samework_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

func join(works ...samework.Work) []samework.Work {
	j := samework.Joiner{Addresses: addresses}
	for _, w := range works {
		j.Add(w)
	}
	return j.Works()
}

func TestJoiner_ThePaperThatFiveIndexesFoundIsOne(t *testing.T) {
	t.Parallel()
	works := []samework.Work{
		samework.Of("brave", connector.Item{Title: "Lamps | arXiv", URL: "https://www.arxiv.org/abs/2101.00001"}),
		samework.Of("pubmed", connector.Item{Title: "Lamps", URL: "https://pubmed.example/7", Kind: "article", Identifiers: map[string]string{"pmid": "7", "pmcid": "PMC9"}}),
		samework.Of("crossref", connector.Item{Title: "Lamps", URL: "https://doi.org/10.5555/j", Kind: "article", Identifiers: map[string]string{"doi": "10.5555/j"}}),
		samework.Of("arxiv", connector.Item{Title: "Lamps", URL: "https://arxiv.org/abs/2101.00001v2", Kind: "preprint", Identifiers: map[string]string{"arxiv": "2101.00001", "doi_published": "10.5555/j"}}),
		samework.Of("searxng", connector.Item{Title: "Other", URL: "https://example.org/other"}),
		// The one that knows all identifiers comes last and joins what was apart.
		samework.Of("semanticscholar", connector.Item{Title: "Lamps", URL: "https://doi.org/10.5555/J", Kind: "article", Identifiers: map[string]string{"doi": "10.5555/j", "pmid": "7", "arxiv": "2101.00001"}}),
	}
	got := join(works...)
	require.Len(t, got, 2)
	require.Equal(t, "crossref", got[0].From)
	require.Len(t, got[0].Found, 5)
	require.Equal(t, map[string]string{"doi": "10.5555/j", "arxiv": "2101.00001", "pmid": "7", "pmcid": "PMC9"}, got[0].Item.Identifiers)
	require.Equal(t, "Other", got[1].Item.Title)
}

func TestJoiner(t *testing.T) {
	t.Parallel()
	paper := func(doi, kind, published, text string) samework.Work {
		it := connector.Item{
			Title: "A long title about how lighthouses were built", Authors: []string{"Ada Byron"}, Published: published, Kind: kind,
			Text: text, Extent: connector.ExtentAbstract,
		}
		if doi != "" {
			it.Identifiers = map[string]string{"doi": doi}
		}
		return samework.Of("crossref", it)
	}
	page := func(url, text string, extent connector.Extent) samework.Work {
		return samework.Of("brave", connector.Item{Title: url, URL: url, Text: text, Extent: extent})
	}
	tests := map[string]struct {
		a, b samework.Work
		want int
	}{
		"the same title, author and year":              {paper("10.5555/a", "article", "2020", ""), paper("", "article", "2021", ""), 1},
		"unless their DOIs contradict":                 {paper("10.5555/a", "article", "2020", ""), paper("10.5555/b", "article", "2020", ""), 2},
		"which a preprint's does not":                  {paper("10.5555/a", "article", "2020", ""), paper("10.1101/b", "preprint", "2020", ""), 1},
		"nearly the same text":                         {page("https://a.example/1", lighthouse, connector.ExtentFull), page("https://b.example/2", "News: "+lighthouse, connector.ExtentFull), 1},
		"text of different papers, by their DOIs":      {paper("10.5555/a", "article", "2010", lighthouse), paper("10.5555/b", "article", "2020", lighthouse), 2},
		"snippets are no texts":                        {page("https://a.example/1", lighthouse, connector.ExtentSnippet), page("https://b.example/2", lighthouse, connector.ExtentSnippet), 2},
		"other texts":                                  {page("https://a.example/1", lighthouse, connector.ExtentFull), page("https://b.example/2", mill, connector.ExtentFull), 2},
		"the same address":                             {page("https://www.a.example/1", "", connector.ExtentNone), page("http://a.example/1", "", connector.ExtentNone), 1},
		"nothing in common":                            {page("https://a.example/1", "", connector.ExtentNone), page("https://a.example/2", "", connector.ExtentNone), 2},
		"one DOI, whatever the titles and texts say":   {paper("10.5555/a", "article", "2020", mill), samework.Of("openalex", connector.Item{Title: "X", Identifiers: map[string]string{"doi": "10.5555/A"}, Text: lighthouse}), 1},
		"a page of Wikipedia, by title and by page id": {samework.Of("brave", connector.Item{URL: "https://en.wikipedia.org/wiki/Chess"}), samework.Of("wikipedia", connector.Item{URL: "https://en.wikipedia.org/wiki/Chess?oldid=3"}), 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Len(t, join(tc.a, tc.b), tc.want)
			require.Len(t, join(tc.b, tc.a), tc.want)
		})
	}
}

func TestJoiner_KeepsTheOrderOfFirstAppearance(t *testing.T) {
	t.Parallel()
	w := func(title string, ids map[string]string) samework.Work {
		return samework.Of("crossref", connector.Item{Title: title, Identifiers: ids})
	}
	got := join(
		w("first", map[string]string{"doi": "10.5555/1"}), w("second", map[string]string{"pmid": "2"}), w("third", map[string]string{"doi": "10.5555/3"}),
		w("joins first and third", map[string]string{"doi": "10.5555/3", "doi_published": "10.5555/1"}),
	)
	require.Len(t, got, 2)
	require.Equal(t, "first", got[0].Item.Title)
	require.Equal(t, "second", got[1].Item.Title)
	require.Empty(t, join())
}
