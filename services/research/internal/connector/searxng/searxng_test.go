package searxng_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/searxng"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/outsidetest"
)

// setup returns the connector of an instance that answers with handle.
func setup(t *testing.T, handle http.HandlerFunc) *searxng.Connector {
	t.Helper()
	url, doer := outsidetest.Serve(t, searxng.Name, handle)
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	return searxng.New(searxng.Config{BaseURL: url + "/searx/", Now: now}, doer)
}

// answering returns a handler of one answer.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestSearch_ReadsWhatWasFound(t *testing.T) {
	t.Parallel()
	c := setup(t, answering(200, `{"query":"tides","results":[
		{"title":"Tides","url":"https://example.org/tides","content":"a < b","engine":"x","engines":["x"],"score":1.5,"category":"general","publishedDate":"2026-03-04T00:00:00","parsed_url":["https","example.org"]},
		{"title":"News","url":"https://example.org/news","content":"Text","category":"news","publishedDate":null},
		{"title":"Torrent","url":"magnet:?xt=urn","content":"Text"}],
		"answers":[],"corrections":[],"infoboxes":[],"suggestions":[],"unresponsive_engines":[["brave","timeout"],["qwant"],[]]}`))
	answer, err := c.Search(t.Context(), connector.Query{Text: "tides", Limit: 10})
	require.NoError(t, err)
	require.Equal(t, connector.Answer{
		More: true, Notes: []string{"Engines that it asks did not answer: brave (timeout), qwant."},
		Items: []connector.Item{
			{Title: "Tides", URL: "https://example.org/tides", Text: "a < b", Extent: connector.ExtentSnippet, Published: "2026-03-04", Kind: "page"},
			{Title: "News", URL: "https://example.org/news", Text: "Text", Extent: connector.ExtentSnippet, Kind: "news"},
		},
	}, answer)
}

func TestSearch_AnOutageDoesNotLookLikeNothingFound(t *testing.T) {
	t.Parallel()
	var engines []string
	for i := range 15 {
		engines = append(engines, fmt.Sprintf(`["engine%d","access denied"]`, i))
	}
	c := setup(t, answering(200, `{"results":[],"unresponsive_engines":[`+strings.Join(engines, ",")+`]}`))
	answer, err := c.Search(t.Context(), connector.Query{Text: "q"})
	require.NoError(t, err)
	require.Empty(t, answer.Items)
	require.False(t, answer.More)
	require.Len(t, answer.Notes, 1)
	require.Contains(t, answer.Notes[0], "engine9 (access denied), and 5 more.")
	require.NotContains(t, answer.Notes[0], "engine10")
}

func TestSearch_SendsTheFilters(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		query connector.Query
		want  url.Values
	}{
		"nothing":         {connector.Query{}, url.Values{}},
		"the third page":  {connector.Query{Page: 2}, url.Values{"pageno": {"3"}}},
		"a language":      {connector.Query{Languages: []string{"zh"}}, url.Values{"language": {"zh"}}},
		"many languages":  {connector.Query{Languages: []string{"de", "en"}}, url.Values{}},
		"a domain":        {connector.Query{IncludeDomains: []string{"example.org"}}, url.Values{"q": {"tides site:example.org"}}},
		"since today":     {connector.Query{PublishedAfter: day(11, 20)}, url.Values{"time_range": {"day"}}},
		"since last week": {connector.Query{PublishedAfter: day(11, 15)}, url.Values{"time_range": {"month"}}},
		"since May":       {connector.Query{PublishedAfter: day(5, 1)}, url.Values{"time_range": {"year"}}},
		"since long ago":  {connector.Query{PublishedAfter: day(5, 1).AddDate(-9, 0, 0)}, url.Values{}},
		"until a day":     {connector.Query{PublishedBefore: day(5, 1)}, url.Values{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent url.Values
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method+" "+r.URL.Path != "GET /searx/search" {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				sent = r.URL.Query()
				_, _ = w.Write([]byte(`{"results":[]}`))
			})
			tc.query.Text = "tides"
			_, err := c.Search(t.Context(), tc.query)
			require.NoError(t, err)
			for name, values := range map[string]string{"q": "tides", "format": "json", "pageno": "1", "safesearch": "0"} {
				if !tc.want.Has(name) {
					tc.want.Set(name, values)
				}
			}
			require.Equal(t, tc.want, sent)
		})
	}
}

func TestSearch_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status  int
		body    string
		problem connector.Problem
		message string
	}{
		"JSON is off":   {403, `<!doctype html><title>403 Forbidden</title>`, connector.Rejected, "search.formats"},
		"a bad query":   {400, `{"error":"No query"}`, connector.Rejected, "query"},
		"its limiter":   {429, ``, connector.Limited, "too many"},
		"out of order":  {500, ``, connector.Unavailable, "500"},
		"a web page":    {200, `<html></html>`, connector.Malformed, "web page"},
		"cut off":       {200, `{"results":[{"title":`, connector.Malformed, "understood"},
		"no results":    {200, `{"query":"q"}`, connector.Malformed, "no results"},
		"another shape": {200, `{"results":7}`, connector.Malformed, "understood"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := setup(t, answering(tc.status, tc.body)).Search(t.Context(), connector.Query{Text: "q"})
			var own *connector.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, tc.problem, own.Problem, own)
			require.Contains(t, own.Message, tc.message)
		})
	}
}

func TestSearch_TakesAnotherFormOfWhatIsBeside(t *testing.T) {
	t.Parallel()
	c := setup(t, answering(200, `{"results":[{"title":"t","url":"https://example.org/"}],"unresponsive_engines":{"brave":"timeout"}}`))
	answer, err := c.Search(t.Context(), connector.Query{Text: "q"})
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.Empty(t, answer.Notes)
}

func TestWithoutAnAddress_ItCannotBeUsed(t *testing.T) {
	t.Parallel()
	c := searxng.New(searxng.Config{}, nil)
	require.Contains(t, c.About().Missing, "SEARXNG_URL")
	_, err := c.Search(t.Context(), connector.Query{Text: "q"})
	var own *connector.Error
	require.ErrorAs(t, err, &own)
	require.Empty(t, setup(t, answering(200, "")).About().Missing)
}
