package semanticscholar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/semanticscholar"
)

const id = "354dcdebf3f8b5feeed5c62090e0bc1f0c28db06"

func search(t *testing.T, q connector.Query, answers ...scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := semanticscholar.New(semanticscholar.Config{BaseURL: place.URL}, place).Search(t.Context(), q)
	return answer, place, err
}

func one(t *testing.T, record string) connector.Item {
	t.Helper()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 1}, scholarlytest.OK(`{"total":1,"offset":0,"data":[`+record+`]}`)...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.False(t, answer.More, "without next there is no further page")
	return answer.Items[0]
}

func TestSearch_ReadsEveryField(t *testing.T) {
	t.Parallel()
	require.Equal(t, connector.Item{
		Title: "Chemistry tools", URL: "https://doi.org/10.5555/s1-y", Kind: "article",
		FullTexts: []string{"https://journal.example/a.pdf", "https://arxiv.org/pdf/2304.05376"},
		Text:      "We add tools.", Extent: connector.ExtentAbstract, Authors: []string{"Andrés M Bran"}, Published: "2023-04-11",
		Container: "Nature Machine Intelligence", License: "cc-by-nc-nd", Citations: 500,
		Identifiers: map[string]string{"s2": id, "doi": "10.5555/s1-y", "arxiv": "2304.05376", "pmid": "38799228", "pmcid": "PMC11116106"},
	}, one(t, `{"paperId":"`+id+`","title":"Chemistry tools","abstract":"We add\ntools.","year":2023,"publicationDate":"2023-04-11",
"externalIds":{"DBLP":"x","ArXiv":"2304.05376","PubMedCentral":"11116106","DOI":"10.5555/S1-Y","CorpusId":258059792,"PubMed":"38799228"},
"url":"https://www.semanticscholar.org/paper/`+id+`","venue":"Nat. Mac. Intell.","citationCount":500,"publicationTypes":["JournalArticle"],
"openAccessPdf":{"url":"https://journal.example/a.pdf","status":"HYBRID","license":"CCBYNCND"},
"journal":{"name":"Nature Machine Intelligence"},"authors":[{"authorId":"1","name":"Andrés M Bran"},{"name":null}]}`))
}

func TestSearch_RecordsWithHoles(t *testing.T) {
	t.Parallel()
	it := one(t, `{"paperId":"`+id+`","title":"T","abstract":null,"year":null,"authors":null,"externalIds":null,"openAccessPdf":null,"journal":null,
"publicationTypes":null,"citationCount":null,"url":null,"publicationDate":null,"venue":""}`)
	require.Equal(t, connector.Item{
		Title: "T", URL: "https://www.semanticscholar.org/paper/" + id, Identifiers: map[string]string{"s2": id},
	}, it)
	it = one(t, `{"paperId":"`+id+`","title":"T","year":1936,"abstract":"A.","openAccessPdf":{"url":"https://x.example/a.pdf","status":"CLOSED"}}`)
	require.Empty(t, it.FullTexts, "a closed paper's address leads nowhere")
	require.True(t, it.NoFetch, "the index's own page has no more")
	require.Equal(t, "1936", it.Published)
	it = one(t, `{"paperId":"`+id+`","title":"T","externalIds":{"ArXiv":"1706.03762"},"venue":"arXiv.org"}`)
	require.Equal(t, "preprint", it.Kind)
	require.Equal(t, "https://arxiv.org/abs/1706.03762", it.URL)
	it = one(t, `{"paperId":"`+id+`","title":"T","externalIds":{"ArXiv":"1706.03762","DOI":"10.48550/arXiv.1706.03762"},"venue":"NeurIPS","publicationTypes":["Conference"]}`)
	require.Equal(t, "proceedings", it.Kind)
}

func TestSearch_NothingFoundHasNoData(t *testing.T) {
	t.Parallel()
	answer, _, err := search(t, connector.Query{Text: "n0 r3sult", Limit: 5}, scholarlytest.OK(`{"total": 0, "offset": 0}`)...)
	require.NoError(t, err)
	require.Empty(t, answer)
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	answer, place, err := search(t, connector.Query{
		Text: `"self-attention": (is) it?`, Limit: 10, Page: 2, Credential: "k", PublishedAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC),
	}, scholarlytest.OK(`{"total":99,"offset":20,"next":30,"data":[{"paperId":"`+id+`","title":"T"},{"paperId":7},null]}`)...)
	require.NoError(t, err)
	require.True(t, answer.More)
	require.Equal(t, []string{"2 of its 3 records could not be read."}, answer.Notes)
	params := place.Params(t, 0)
	require.Equal(t, "self attention", params.Get("query"))
	require.Equal(t, "20", params.Get("offset"))
	require.Equal(t, "2020-02-01:", params.Get("publicationDateOrYear"))
	require.Equal(t, "k", place.Requests()[0].Header.Get("x-api-key"))
	require.NotContains(t, place.Requests()[0].URL.RawQuery, "=k", "the key is no parameter")

	_, place, err = search(t, connector.Query{Text: "x", Limit: 100, Page: 10}, scholarlytest.OK(`{}`)...)
	require.NoError(t, err)
	require.Empty(t, place.Requests(), "so far it does not page")
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer  scholarlytest.Answer
		problem connector.Problem
	}{
		"an unknown field":      {scholarlytest.Answer{Status: 400, Body: `{"error":"Unrecognized or unsupported fields: [x]"}`}, connector.Rejected},
		"forbidden":             {scholarlytest.Answer{Status: 403, Body: `{"message":"Forbidden"}`}, connector.Denied},
		"an error with 200":     {scholarlytest.Answer{Body: `{"error":"no"}`}, connector.Rejected},
		"a message with 200":    {scholarlytest.Answer{Body: `{"message":"no"}`}, connector.Rejected},
		"something else":        {scholarlytest.Answer{Body: `{"paperId":"x"}`}, connector.Malformed},
		"cut off":               {scholarlytest.Answer{Body: `{"total":1,"data":[{"paperId":"`}, connector.Malformed},
		"no record can be read": {scholarlytest.Answer{Body: `{"total":1,"data":[[]]}`}, connector.Malformed},
		"too often":             {scholarlytest.Answer{Status: 429}, connector.Limited},
		"down":                  {scholarlytest.Answer{Status: 500, Body: `{"message":"Internal"}`}, connector.Unavailable},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, connector.Query{Text: "x", Limit: 1}, tc.answer)
			scholarlytest.RequireError(t, err, tc.problem)
		})
	}
}

// TestRecordings replays every recorded answer of all of the API: each is read,
// or refused with a reason.
func TestRecordings(t *testing.T) {
	t.Parallel()
	read, items, searches, refused := 0, 0, 0, map[connector.Problem]int{}
	for _, r := range scholarlytest.Recordings(t, "api.semanticscholar.org") {
		isSearch := strings.Contains(r.URL, "/paper/search?") && r.Status == 200
		answer, _, err := search(t, connector.Query{Text: "x", Limit: 100}, scholarlytest.Answer{Status: r.Status, Body: r.Body})
		if err != nil {
			var own *connector.Error
			require.ErrorAs(t, err, &own, r.URL)
			require.False(t, isSearch && strings.Contains(r.URL, "title"), "%s: %v", r.URL, err)
			refused[own.Problem]++
			continue
		}
		read++
		if isSearch {
			searches++
		}
		items += len(answer.Items)
		for _, it := range answer.Items {
			scholarlytest.CheckItem(t, it)
		}
	}
	t.Logf("%d answers read, %d of them of the search, with %d items; refused: %v", read, searches, items, refused)
	require.Greater(t, searches, 15)
	require.Greater(t, items, 1000)
}
