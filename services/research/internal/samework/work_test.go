package samework_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

func preprint() samework.Work {
	return samework.Of("arxiv", connector.Item{
		Title: "Lamps", URL: "https://arxiv.org/abs/2101.00001v2", Kind: "preprint", Container: "arXiv", Published: "2021-01-01",
		Text: "We light lamps.", Extent: connector.ExtentAbstract, FullTexts: []string{"https://arxiv.org/pdf/2101.00001v2"},
		Authors: []string{"A", "B", "C"}, Language: "en",
		Identifiers: map[string]string{"arxiv": "2101.00001", "doi_published": "10.5555/j"},
	})
}

func published() samework.Work {
	return samework.Of("crossref", connector.Item{
		Title: "Lamps, revised", URL: "https://doi.org/10.5555/j", Kind: "article", Container: "Journal", Published: "2022",
		Authors: []string{"A"}, Citations: 3, NoFetch: true, Identifiers: map[string]string{"doi": "10.5555/j"},
		Notices: []connector.Notice{{Kind: connector.NoticeRetraction, DOI: "10.5555/r", Date: "2023", From: "crossref"}},
	})
}

func TestMerge_ThePublishedVersionLeads(t *testing.T) {
	t.Parallel()
	want := samework.Work{
		From: "crossref",
		Item: connector.Item{
			Title: "Lamps, revised", URL: "https://doi.org/10.5555/j", Kind: "article", Container: "Journal", Published: "2022",
			Authors: []string{"A", "B", "C"}, Citations: 3, Language: "en", Text: "We light lamps.", Extent: connector.ExtentAbstract,
			FullTexts:   []string{"https://arxiv.org/pdf/2101.00001v2"},
			Identifiers: map[string]string{"arxiv": "2101.00001", "doi": "10.5555/j"},
			Notices:     published().Item.Notices,
		},
		Found: []samework.Place{
			{Connector: "crossref", URL: "https://doi.org/10.5555/j"},
			{Connector: "arxiv", URL: "https://arxiv.org/abs/2101.00001v2", Preprint: true},
		},
	}
	require.Equal(t, want, samework.Merge(preprint(), published()))
	require.Equal(t, want, samework.Merge(published(), preprint()))
	require.Equal(t, samework.Status{Retracted: true}, want.Status())
	require.Equal(t, samework.Status{Preprint: true}, preprint().Status())
}

func TestMerge_Fields(t *testing.T) {
	t.Parallel()
	text := func(s string, e connector.Extent) connector.Item { return connector.Item{Text: s, Extent: e} }
	tests := map[string]struct {
		a, b  samework.Work
		check func(t *testing.T, got samework.Work)
	}{
		"a document of the library leads and keeps its text": {
			samework.Of("crossref", text("abstract", connector.ExtentAbstract)),
			samework.Of("documents", connector.Item{Title: "Mine", Extent: connector.ExtentFull, NoFetch: true, Document: &connector.Document{ID: "1"}}),
			func(t *testing.T, got samework.Work) {
				t.Helper()
				require.Equal(t, "documents", got.From)
				require.Empty(t, got.Item.Text)
				require.True(t, got.Item.NoFetch)
			},
		},
		"more of the work is better": {
			samework.Of("crossref", text("an abstract that is long", connector.ExtentAbstract)), samework.Of("brave", text("all", connector.ExtentFull)),
			func(t *testing.T, got samework.Work) {
				t.Helper()
				require.Equal(t, "crossref", got.From)
				require.Equal(t, "all", got.Item.Text)
			},
		},
		"of the same extent the trusted one's, if it is not much shorter": {
			samework.Of("openalex", text("cut down a bit", connector.ExtentAbstract)), samework.Of("pubmed", text("cut down", connector.ExtentAbstract)),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "cut down a bit", got.Item.Text) },
		},
		"or a little shorter": {
			samework.Of("openalex", text("cut down a", connector.ExtentAbstract)), samework.Of("pubmed", text("cut down", connector.ExtentAbstract)),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "cut down", got.Item.Text) },
		},
		"the more precise of equal dates": {
			samework.Of("crossref", connector.Item{Published: "2020"}), samework.Of("openalex", connector.Item{Published: "2020-05-06"}),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "2020-05-06", got.Item.Published) },
		},
		"the leader's of other dates": {
			samework.Of("crossref", connector.Item{Published: "2020"}), samework.Of("openalex", connector.Item{Published: "2019-05-06"}),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "2020", got.Item.Published) },
		},
		"the greatest count of citations": {
			samework.Of("crossref", connector.Item{Citations: 3}), samework.Of("openalex", connector.Item{Citations: 9}),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, 9, got.Item.Citations) },
		},
		"a preprint's DOI does not become the publication's": {
			samework.Of("pubmed", connector.Item{Kind: "article", Identifiers: map[string]string{"pmid": "7"}}),
			samework.Of("crossref", connector.Item{Kind: "preprint", Identifiers: map[string]string{"doi": "10.1101/1"}}),
			func(t *testing.T, got samework.Work) {
				t.Helper()
				require.Equal(t, "pubmed", got.From)
				require.Equal(t, map[string]string{"pmid": "7", "doi_preprint": "10.1101/1"}, got.Item.Identifiers)
			},
		},
		"the same notice is one, and the one that says more": {
			samework.Of("crossref", connector.Item{Notices: []connector.Notice{{Kind: "RETRACTION", From: "crossref"}}}),
			samework.Of("pubmed", connector.Item{Notices: []connector.Notice{{Kind: "RETRACTION", DOI: "10.5555/r", From: "pubmed"}, {Kind: "CORRECTION", From: "pubmed"}}}),
			func(t *testing.T, got samework.Work) {
				t.Helper()
				require.Equal(t, []connector.Notice{{Kind: "RETRACTION", DOI: "10.5555/r", From: "pubmed"}, {Kind: "CORRECTION", From: "pubmed"}}, got.Item.Notices)
				require.Equal(t, samework.Status{Retracted: true, Corrected: true}, got.Status())
			},
		},
		"two notices with DOIs of their own are two": {
			samework.Of("crossref", connector.Item{Notices: []connector.Notice{{Kind: "CONCERN", DOI: "10.5555/a"}}}),
			samework.Of("pubmed", connector.Item{Notices: []connector.Notice{{Kind: "CONCERN", DOI: "10.5555/b"}}}),
			func(t *testing.T, got samework.Work) {
				t.Helper()
				require.Len(t, got.Item.Notices, 2)
				require.True(t, got.Status().Concern)
			},
		},
		"a kind that is not known decides nothing": {
			samework.Of("arxiv", connector.Item{Title: "P", Kind: "preprint"}), samework.Of("brave", connector.Item{Title: "P - arXiv"}),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "P", got.Item.Title) },
		},
		"connectors that are not known come last": {
			samework.Of("new", connector.Item{Title: "N"}), samework.Of("searxng", connector.Item{Title: "S"}),
			func(t *testing.T, got samework.Work) { t.Helper(); require.Equal(t, "S", got.Item.Title) },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.check(t, samework.Merge(tc.a, tc.b))
			tc.check(t, samework.Merge(tc.b, tc.a))
		})
	}
}

func TestMerge_ChangesNeitherOfTheTwo(t *testing.T) {
	t.Parallel()
	a, b := preprint(), published()
	samework.Merge(a, b)
	require.Equal(t, preprint(), a)
	require.Equal(t, published(), b)
}

func TestConflict(t *testing.T) {
	t.Parallel()
	item := func(kind string, ids ...string) connector.Item {
		it := connector.Item{Kind: kind, Identifiers: map[string]string{}}
		for i := 0; i < len(ids); i += 2 {
			it.Identifiers[ids[i]] = ids[i+1]
		}
		return it
	}
	tests := map[string]struct {
		a, b connector.Item
		want bool
	}{
		"two DOIs":                      {item("article", "doi", "10.5555/a"), item("article", "doi", "10.5555/b"), true},
		"one DOI":                       {item("article", "doi", "10.5555/a"), item("article", "doi", "10.5555/a"), false},
		"a DOI and none":                {item("article", "doi", "10.5555/a"), item("article"), false},
		"a preprint's and a journal's":  {item("preprint", "doi", "10.1101/a"), item("article", "doi", "10.5555/b"), false},
		"two versions of a preprint":    {item("preprint", "doi", "10.1101/a"), item("preprint", "doi", "10.1101/b"), false},
		"two papers of arXiv":           {item("preprint", "arxiv", "2101.00001"), item("preprint", "arxiv", "2101.00002"), true},
		"two PMIDs":                     {item("article", "pmid", "7"), item("article", "pmid", "8"), true},
		"PMIDs of preprint and article": {item("preprint", "pmid", "7"), item("article", "pmid", "8"), false},
		"identifiers of other kinds":    {item("article", "pmid", "7"), item("article", "doi", "10.5555/a"), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, samework.Conflict(tc.a, tc.b))
			require.Equal(t, tc.want, samework.Conflict(tc.b, tc.a))
		})
	}
}
