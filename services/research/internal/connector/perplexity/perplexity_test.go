package perplexity_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/perplexity"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/outsidetest"
)

const key = "pplx-0123456789"

// setup returns the connector of an API that answers with handle.
func setup(t *testing.T, handle http.HandlerFunc) *perplexity.Connector {
	t.Helper()
	url, doer := outsidetest.Serve(t, perplexity.Name, handle)
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	return perplexity.New(perplexity.Config{BaseURL: url + "/", Now: now}, doer)
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
	c := setup(t, answering(200, `{"id":"1","results":[
		{"title":"Tides\n explained","url":"https://example.org/tides","snippet":"The moon\r\n\r\n\r\n\r\npulls.\u0000","date":"2026-03-04","last_updated":null},
		{"title":"No date","url":"https://example.org/2","snippet":"Text","date":null},
		{"title":"Twice","url":"https://example.org/2","snippet":"Text"},
		{"title":"No page","url":"javascript:alert(1)","snippet":"Text"},
		{"title":null,"url":"https://example.org/3"}]}`))
	answer, err := c.Search(t.Context(), connector.Query{Text: "tides", Limit: 10, Credential: key})
	require.NoError(t, err)
	require.Equal(t, connector.Answer{Items: []connector.Item{
		{Title: "Tides explained", URL: "https://example.org/tides", Text: "The moon\n\npulls.", Extent: connector.ExtentSnippet, Published: "2026-03-04", Kind: "page"},
		{Title: "No date", URL: "https://example.org/2", Text: "Text", Extent: connector.ExtentSnippet, Kind: "page"},
		{URL: "https://example.org/3", Kind: "page"},
	}}, answer)
}

func TestSearch_SendsTheFilters(t *testing.T) {
	t.Parallel()
	many := make([]string, 25)
	for i := range many {
		many[i] = fmt.Sprintf("d%d.example", i)
	}
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		query connector.Query
		want  map[string]any
		notes int
	}{
		"nothing":            {connector.Query{Limit: 5}, map[string]any{"max_results": 5.0}, 0},
		"more than it gives": {connector.Query{Limit: 200}, map[string]any{"max_results": 20.0}, 0},
		"domains": {
			connector.Query{IncludeDomains: []string{"a.example"}, ExcludeDomains: []string{"b.a.example"}},
			map[string]any{"max_results": 1.0, "search_domain_filter": []any{"a.example"}},
			0,
		},
		"excluded":          {connector.Query{ExcludeDomains: []string{"a.example"}}, map[string]any{"max_results": 1.0, "search_domain_filter": []any{"-a.example"}}, 0},
		"languages":         {connector.Query{Languages: []string{"de", "fr"}}, map[string]any{"max_results": 1.0, "search_language_filter": []any{"de", "fr"}}, 0},
		"days, as a span":   {connector.Query{PublishedAfter: day(11, 17)}, map[string]any{"max_results": 1.0, "search_recency_filter": "week"}, 0},
		"days long ago":     {connector.Query{PublishedAfter: day(1, 1).AddDate(-3, 0, 0)}, map[string]any{"max_results": 1.0}, 0},
		"more than it asks": {connector.Query{IncludeDomains: many, Languages: many}, nil, 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent map[string]any
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method+" "+r.URL.Path != "POST /search" || r.Header.Get("Authorization") != "Bearer "+key {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				_ = json.NewDecoder(r.Body).Decode(&sent)
				_, _ = w.Write([]byte(`{"results":[]}`))
			})
			tc.query.Text, tc.query.Credential = "why are there tides?", key
			answer, err := c.Search(t.Context(), tc.query)
			require.NoError(t, err)
			require.Len(t, answer.Notes, tc.notes)
			require.Empty(t, answer.Items)
			if tc.want == nil {
				require.Len(t, sent["search_domain_filter"], 20)
				require.Len(t, sent["search_language_filter"], 10)
				return
			}
			tc.want["query"] = "why are there tides?"
			require.Equal(t, tc.want, sent)
		})
	}
}

func TestSearch_LeavesOutWhatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	c := setup(t, answering(200, `{"results":[
		{"title":"a","url":"https://www.example.org/a","date":"2026-05-01"},
		{"title":"b","url":"https://example.org.evil.example/b"},
		{"title":"c","url":"https://bad.example.org/c"},
		{"title":"d","url":"https://example.org/d","date":"2019-05-01"},
		{"title":"e","url":"https://EXAMPLE.org/e"}]}`))
	answer, err := c.Search(t.Context(), connector.Query{
		Text: "q", Limit: 10, Credential: key, IncludeDomains: []string{"Example.org."}, ExcludeDomains: []string{"bad.example.org"},
		PublishedAfter: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	var titles []string
	for _, item := range answer.Items {
		titles = append(titles, item.Title)
	}
	require.Equal(t, []string{"a", "e"}, titles)
}

func TestSearch_HasNoSecondPage(t *testing.T) {
	t.Parallel()
	c := setup(t, answering(500, ""))
	answer, err := c.Search(t.Context(), connector.Query{Text: "q", Page: 1, Credential: key})
	require.NoError(t, err, "it is not asked")
	require.Equal(t, connector.Answer{}, answer)
}

func TestSearch_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status  int
		body    string
		problem connector.Problem
	}{
		"a wrong key":        {401, `{"error":{"message":"Invalid API key provided: ` + key + `","type":"invalid_api_key","code":401}}`, connector.Denied},
		"not allowed":        {403, `{}`, connector.Denied},
		"nothing paid":       {402, `{}`, connector.Denied},
		"a bad query":        {400, `{"error":{"message":"bad","type":"bad_request","code":400}}`, connector.Rejected},
		"another validation": {422, `{"detail":[]}`, connector.Rejected},
		"too many":           {429, ``, connector.Limited},
		"out of order":       {503, `down`, connector.Unavailable},
		"no such page":       {404, `not found`, connector.Malformed},
		"200 with an error":  {200, `{"error":{"message":"oops"}}`, connector.Malformed},
		"nothing":            {200, ``, connector.Malformed},
		"a web page":         {200, `<!doctype html><title>Sign in</title>`, connector.Malformed},
		"cut off":            {200, `{"results":[{"title":"x","url":"https://exa`, connector.Malformed},
		"no results":         {200, `{"id":"1"}`, connector.Malformed},
		"another shape":      {200, `{"results":{"a":1}}`, connector.Malformed},
		"nonsense":           {200, `42`, connector.Malformed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := setup(t, answering(tc.status, tc.body)).Search(t.Context(), connector.Query{Text: "q", Credential: key})
			var own *connector.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, tc.problem, own.Problem, own)
			require.NotContains(t, own.Error(), key)
			require.Empty(t, answer.Items)
		})
	}
	_, err := setup(t, answering(200, "")).Search(t.Context(), connector.Query{Text: "q"})
	require.ErrorContains(t, err, "without a key")
}

// None of the recordings is of this API: they are of its models. All are refused.
func TestSearch_Recordings(t *testing.T) {
	t.Parallel()
	reasons := map[string]int{}
	recordings := append(outsidetest.Cassettes(t, "api.perplexity.ai"), outsidetest.Files(t, "perplexity/*/*.json")...)
	for _, recording := range recordings {
		answer, err := setup(t, recording.ServeHTTP).Search(t.Context(), connector.Query{Text: "q", Credential: key})
		var own *connector.Error
		require.ErrorAs(t, err, &own, recording.Name)
		require.Empty(t, answer.Items)
		reasons[own.Message]++
	}
	t.Log(len(recordings), reasons)
}

func TestAbout(t *testing.T) {
	t.Parallel()
	about := perplexity.New(perplexity.Config{}, nil).About()
	require.True(t, about.NeedsCredential)
	require.Equal(t, connector.FilterDomains|connector.FilterLanguages, about.Filters)
	require.True(t, strings.HasSuffix(about.Description, "."))
}
