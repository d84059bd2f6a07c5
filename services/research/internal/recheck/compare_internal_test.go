package recheck

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

func TestHolds_AllPiecesWhateverTheirSpaceAndCase(t *testing.T) {
	t.Parallel()
	const text = "Bridges fall\nfor few reasons. Floods wash away  the ground. Steel grows tired."
	for name, tc := range map[string]struct {
		pieces string
		want   bool
	}{
		"word for word":             {"Floods wash away the ground.", true},
		"other space and case":      {"bridges FALL for\tfew reasons", true},
		"pieces with an ellipsis":   {"Bridges fall … Steel grows tired...", true},
		"one piece is not there":    {"Bridges fall … because of age", false},
		"nothing to look for":       {" … ", false},
		"it is there in other word": {"Floods washed away the ground.", false},
	} {
		require.Equal(t, tc.want, holds(text, tc.pieces), name)
	}
}

func TestNotices_OneIsToldOnce(t *testing.T) {
	t.Parallel()
	known := store.Notice{Kind: connector.NoticeRetraction, From: "openalex"}
	exact := connector.Notice{Kind: connector.NoticeRetraction, DOI: "10.1/r", Date: "2026-01", From: "crossref"}
	correction := connector.Notice{Kind: connector.NoticeCorrection, DOI: "10.1/c", From: "crossref"}
	other := connector.Notice{Kind: connector.NoticeCorrection, DOI: "10.1/d", From: "crossref"}
	v := visit{src: store.Source{Identifiers: map[string]string{"doi": "10.1/x"}, Notices: []store.Notice{known}}}
	records := map[string]connector.Item{
		"crossref": {Notices: []connector.Notice{exact, correction, other}},
		"openalex": {Notices: []connector.Notice{{Kind: connector.NoticeRetraction, From: "openalex"}}},
	}
	require.Equal(t, []store.Notice{
		{Kind: connector.NoticeRetraction, DOI: "10.1/r", Date: "2026-01", From: "crossref"},
		{Kind: connector.NoticeCorrection, DOI: "10.1/c", From: "crossref"},
		{Kind: connector.NoticeCorrection, DOI: "10.1/d", From: "crossref"},
	}, v.notices(records))
	require.Equal(t, []store.Notice{known}, v.notices(nil), "what was known stays")
	require.Equal(t, []store.Notice{known}, v.src.Notices, "the source's own list is not changed")
}

func TestIndexes_ThoseThatKnowIt(t *testing.T) {
	t.Parallel()
	fetched := &store.Fetch{}
	for name, tc := range map[string]struct {
		src  store.Source
		want []string
	}{
		"a page without identifiers": {store.Source{Connector: "brave", Fetch: fetched}, nil},
		"a paper that was fetched":   {store.Source{Connector: "arxiv", Fetch: fetched, Identifiers: map[string]string{"doi": "10.1/x", "arxiv": "2001.00001"}}, []string{"crossref", "openalex"}},
		"an abstract": {store.Source{
			Connector: "arxiv", Identifiers: map[string]string{"pmid": "7", "arxiv": "2001.00001"},
			Mentions: []store.Mention{{Connector: "pubmed"}, {Connector: "semanticscholar"}},
		}, []string{"arxiv", "pubmed"}},
	} {
		require.Equal(t, tc.want, (&visit{src: tc.src}).indexes(), name)
	}
}

func TestSame_ByTheBestIdentifierThatBothHave(t *testing.T) {
	t.Parallel()
	v := visit{src: store.Source{Identifiers: map[string]string{"doi": "10.1/x", "pmid": "7"}}}
	require.True(t, v.same(connector.Item{Identifiers: map[string]string{"doi": "10.1/x", "pmid": "8"}}))
	require.False(t, v.same(connector.Item{Identifiers: map[string]string{"doi": "10.1/y", "pmid": "7"}}))
	require.True(t, v.same(connector.Item{Identifiers: map[string]string{"pmid": "7"}}))
	require.False(t, v.same(connector.Item{Title: "nothing in common"}))
}

func TestNewest_RevisionOfAnArticle(t *testing.T) {
	t.Parallel()
	const revision = "https://en.wikipedia.org/wiki/Otter?oldid=7"
	require.Equal(t, "https://en.wikipedia.org/wiki/Otter", newest(store.Source{Identifiers: map[string]string{"wikipedia": "en:1"}}, revision))
	require.Equal(t, "https://example.org/?oldid=7", newest(store.Source{}, "https://example.org/?oldid=7"))
}
