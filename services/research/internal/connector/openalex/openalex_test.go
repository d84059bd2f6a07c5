package openalex_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/openalex"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
)

func list(count string, results ...string) string {
	return `{"meta":{"count":` + count + `,"page":1,"per_page":25},"results":[` + strings.Join(results, ",") + `]}`
}

func search(t *testing.T, q connector.Query, answers ...scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := openalex.New(openalex.Config{BaseURL: place.URL + "/", Contact: "https://example.org/contact"}, place).Search(t.Context(), q)
	return answer, place, err
}

func one(t *testing.T, record string) connector.Item {
	t.Helper()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 1}, scholarlytest.OK(list("1", record))...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	return answer.Items[0]
}

func TestSearch_ReadsEveryField(t *testing.T) {
	t.Parallel()
	require.Equal(t, connector.Item{
		Title: "Edited bases", URL: "https://doi.org/10.5555/abc", Kind: "article", Language: "en",
		FullTexts: []string{"https://arxiv.org/pdf/2101.00001v2", "https://repo.example/1.pdf", "https://oa.example/1", "https://arxiv.org/abs/2101.00001", "https://repo.example/1"},
		Text:      "The cat saw the dog", Extent: connector.ExtentAbstract, Authors: []string{"Ada Byron", "P. Raw"}, Published: "2021-05-19",
		Container: "Nature", Publisher: "Nature Portfolio", License: "cc-by", Citations: 768,
		Identifiers: map[string]string{"openalex": "W3161425918", "doi": "10.5555/abc", "pmid": "34012082", "pmcid": "PMC123", "arxiv": "2101.00001"},
		Notices:     []connector.Notice{{Kind: connector.NoticeRetraction, From: "openalex"}},
	}, one(t, `{"id":"https://openalex.org/W3161425918","doi":"https://doi.org/10.5555/ABC","title":"Edited <i>bases</i>","publication_date":"2021-05-19",
"publication_year":2021,"type":"article","language":"en","is_retracted":true,"cited_by_count":768,
"ids":{"openalex":"https://openalex.org/W3161425918","mag":123,"pmid":"https://pubmed.ncbi.nlm.nih.gov/34012082","pmcid":"https://www.ncbi.nlm.nih.gov/pmc/articles/123"},
"authorships":[{"author":{"display_name":"Ada Byron"}},{"author":{"display_name":null},"raw_author_name":"P. Raw"}],
"primary_location":{"is_oa":false,"landing_page_url":"https://doi.org/10.5555/abc","pdf_url":null,"license":null,"source":{"display_name":"Nature","host_organization_name":"Nature Portfolio"}},
"best_oa_location":{"is_oa":true,"landing_page_url":"https://arxiv.org/abs/2101.00001","pdf_url":"https://arxiv.org/pdf/2101.00001v2","license":"cc-by","source":null},
"locations":[{"is_oa":true,"landing_page_url":"https://repo.example/1","pdf_url":"https://repo.example/1.pdf"},{"is_oa":false,"pdf_url":"https://closed.example/1.pdf"}],
"open_access":{"is_oa":true,"oa_url":"https://oa.example/1"},
"abstract_inverted_index":{"the":[3],"dog":[4],"The":[0],"cat":[1],"saw":[2]}}`))
}

func TestSearch_EveryFieldMayBeNull(t *testing.T) {
	t.Parallel()
	it := one(t, `{"id":"https://openalex.org/W1","doi":null,"title":null,"display_name":"Named","publication_date":null,"publication_year":1999,"type":null,
"language":null,"is_retracted":null,"authorships":null,"primary_location":null,"best_oa_location":null,"locations":null,"open_access":null,
"cited_by_count":null,"abstract_inverted_index":null,"ids":null}`)
	require.Equal(t, connector.Item{
		Title: "Named", URL: "https://openalex.org/W1", Published: "1999", Identifiers: map[string]string{"openalex": "W1"},
	}, it)
}

func TestSearch_Abstracts(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat("1,", 30_000), ",")
	tests := map[string]struct{ index, want string }{
		"places far out only give the order": {`{"b":[900000000],"a":[-5]}`, "a b"},
		"doubled places":                     {`{"b":[1],"a":[1]}`, "a b"},
		"markup within":                      {`{"<p>We":[0],"found.</p>":[1]}`, "We found."},
		"a word at thousands of places":      {`{"x":[` + many + `]}`, ""},
		"empty":                              {`{}`, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, one(t, `{"id":"W1","title":"T","abstract_inverted_index":`+tc.index+`}`).Text)
		})
	}
}

func TestSearch_LeavesOutWhatIsNoSource(t *testing.T) {
	t.Parallel()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 2}, scholarlytest.OK(list("7",
		`{"id":"W1","title":"Front cover","type":"paratext"}`, `{"id":"W2","title":null}`, `{"id":null,"title":"Nowhere"}`,
		`{"id":"W3","title":"Retraction: x","type":"retraction","is_retracted":true}`, `{"id":"W4","title":["x"]}`))...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.Empty(t, answer.Items[0].Notices, "a notice of retraction is not itself retracted")
	require.Equal(t, []string{"1 of its 5 records could not be read."}, answer.Notes)
	require.True(t, answer.More)
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	q := connector.Query{
		Text: `Cats AND "dogs" OR NOT (fish)*`, Limit: 30, Page: 1, Credential: "k", Languages: []string{"DE", "fr", "x|y", "eng"},
		PublishedAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC), PublishedBefore: time.Date(2021, 3, 4, 0, 0, 0, 0, time.UTC),
	}
	_, place, err := search(t, q, scholarlytest.OK(list("0"))...)
	require.NoError(t, err)
	params := place.Params(t, 0)
	require.Equal(t, "cats dogs fish", params.Get("search"), "operators are words, which carry no meaning")
	require.Equal(t, "from_publication_date:2020-02-01,to_publication_date:2021-03-04,language:de|fr", params.Get("filter"))
	require.Equal(t, "2", params.Get("page"))
	require.Equal(t, "30", params.Get("per-page"))
	require.Equal(t, "k", params.Get("api_key"))
	require.False(t, params.Has("mailto"), "an address of the web is no mail address")
	require.Equal(t, connector.Account{Provider: "openalex", Credential: "k"}, place.Accounts()[0])

	_, place, err = search(t, connector.Query{Text: "one two three four five six", Limit: 1}, scholarlytest.OK(list("0"))...)
	require.NoError(t, err)
	require.Equal(t, "one OR two OR three OR four OR five OR six", place.Params(t, 0).Get("search"))

	_, place, err = search(t, connector.Query{Text: "10.1038/nature12373", Limit: 1}, scholarlytest.OK(list("0"))...)
	require.NoError(t, err)
	require.Equal(t, "doi:10.1038/nature12373", place.Params(t, 0).Get("filter"))
	require.False(t, place.Params(t, 0).Has("search"))

	answer, place, err := search(t, connector.Query{Text: "cats", Limit: 100, Page: 100}, scholarlytest.OK(list("0"))...)
	require.NoError(t, err)
	require.Empty(t, answer)
	require.Empty(t, place.Requests(), "so far it does not page")
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer  scholarlytest.Answer
		problem connector.Problem
	}{
		"HTML 404":              {scholarlytest.Answer{Status: 404, Body: "<!doctype html>"}, connector.Rejected},
		"a bad filter":          {scholarlytest.Answer{Status: 403, Body: `{"error":"Invalid query parameters error."}`}, connector.Rejected},
		"the key is not valid":  {scholarlytest.Answer{Status: 403, Body: `{"error":"Invalid API key"}`}, connector.Denied},
		"an error with 200":     {scholarlytest.Answer{Body: `{"error":"x","message":"y"}`}, connector.Malformed},
		"one work":              {scholarlytest.Answer{Body: `{"id":"https://openalex.org/W1","title":"x"}`}, connector.Malformed},
		"results are no list":   {scholarlytest.Answer{Body: `{"results":{}}`}, connector.Malformed},
		"cut off":               {scholarlytest.Answer{Body: `{"meta":{"count":1},"results":[{"id":"W1",`}, connector.Malformed},
		"no record can be read": {scholarlytest.Answer{Body: list("1", `{"id":4}`)}, connector.Malformed},
		"the plan is used up":   {scholarlytest.Answer{Status: 402}, connector.Denied},
		"too often":             {scholarlytest.Answer{Status: 429}, connector.Limited},
		"redirected nowhere":    {scholarlytest.Answer{Status: 304}, connector.Malformed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, connector.Query{Text: "x", Limit: 1}, tc.answer)
			scholarlytest.RequireError(t, err, tc.problem)
		})
	}
}

// TestRecordings replays every recorded answer; those about one work are read
// as a list of one besides.
func TestRecordings(t *testing.T) {
	t.Parallel()
	lists, singles, items, abstracts, refused := 0, 0, 0, 0, map[connector.Problem]int{}
	replay := func(name, body string, status int) bool {
		answer, _, err := search(t, connector.Query{Text: "x", Limit: 20}, scholarlytest.Answer{Status: status, Body: body})
		if err != nil {
			var own *connector.Error
			require.ErrorAs(t, err, &own, name)
			refused[own.Problem]++
			return false
		}
		require.Empty(t, answer.Notes, name)
		for _, it := range answer.Items {
			scholarlytest.CheckItem(t, it)
			if it.Text != "" {
				abstracts++
			}
		}
		items += len(answer.Items)
		return true
	}
	for _, r := range scholarlytest.Recordings(t, "api.openalex.org") {
		if replay(r.URL, r.Body, r.Status) {
			lists++
			continue
		}
		var single struct{ ID, Title string }
		if json.Unmarshal([]byte(r.Body), &single) == nil && single.Title != "" {
			require.True(t, replay(r.URL, list("1", r.Body), 200), r.URL)
			singles++
		}
	}
	data, err := os.ReadFile(filepath.Join(scholarlytest.Data(t), "api-recordings", "openalex", "research-radar", "openalex_works.json"))
	require.NoError(t, err)
	require.True(t, replay("openalex_works.json", string(data), 200))
	t.Logf("%d lists and %d single works read with %d items (%d with an abstract); refused: %v", lists+1, singles, items, abstracts, refused)
	require.Equal(t, 3, lists)
	require.Equal(t, 5, singles)
	require.Positive(t, abstracts)
}
