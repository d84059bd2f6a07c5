package tavily_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/tavily"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/outsidetest"
)

const key = "tvly-0123456789"

// setup returns the connector of an API that answers with handle.
func setup(t *testing.T, handle http.HandlerFunc) *tavily.Connector {
	t.Helper()
	url, doer := outsidetest.Serve(t, tavily.Name, handle)
	return tavily.New(tavily.Config{BaseURL: url}, doer)
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
	c := setup(t, answering(200, `{"query":"tides","answer":null,"images":[],"response_time":"1.2","results":[
		{"title":"Tides","url":"https://example.org/tides","content":"If a < b\nthe tide <b> rises.","score":0.9,"raw_content":null,"published_date":"Wed, 04 Mar 2026 09:00:00 GMT"},
		{"title":"Odd","url":"https://example.org/odd","content":["not","text"],"score":"high","published_date":17},
		{"title":"Early","url":"https://example.org/early","content":"x","published_date":"2026-02-28"},
		{"title":"Late","url":"https://example.org/late","content":"x","published_date":"2026-04-01"}]}`))
	answer, err := c.Search(t.Context(), connector.Query{
		Text: "tides", Limit: 10, Credential: key,
		PublishedAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), PublishedBefore: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	require.Equal(t, connector.Answer{Items: []connector.Item{
		{Title: "Tides", URL: "https://example.org/tides", Text: "If a < b\nthe tide <b> rises.", Extent: connector.ExtentSnippet, Published: "2026-03-04", Kind: "page"},
		{Title: "Odd", URL: "https://example.org/odd", Kind: "page"},
	}}, answer)
}

func TestSearch_SendsTheFilters(t *testing.T) {
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
	question := strings.Repeat("tides and moons ", 40)
	answer, err := c.Search(t.Context(), connector.Query{
		Text: question, Limit: 50, Credential: key, IncludeDomains: []string{"a.example"}, ExcludeDomains: []string{"b.example"},
		PublishedAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), PublishedBefore: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC),
	})
	require.NoError(t, err)
	require.Empty(t, answer.Items)
	query := sent["query"].(string)
	require.LessOrEqual(t, len(query), 400)
	require.Greater(t, len(query), 390)
	require.True(t, strings.HasPrefix(question, query+" "), "it ends with a word")
	delete(sent, "query")
	require.Equal(t, map[string]any{
		"search_depth": "basic", "max_results": 20.0, "include_domains": []any{"a.example"}, "exclude_domains": []any{"b.example"},
		"start_date": "2026-02-28", "end_date": "2026-04-01",
	}, sent)

	_, err = c.Search(t.Context(), connector.Query{Text: "tides", Credential: key})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"query": "tides", "search_depth": "basic", "max_results": 1.0}, clean(sent))
}

// clean leaves out what an earlier request has left in a map.
func clean(sent map[string]any) map[string]any {
	for _, name := range []string{"include_domains", "exclude_domains", "start_date", "end_date"} {
		delete(sent, name)
	}
	return sent
}

func TestSearch_HasNoSecondPage(t *testing.T) {
	t.Parallel()
	answer, err := setup(t, answering(500, "")).Search(t.Context(), connector.Query{Text: "q", Page: 1, Credential: key})
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
		"a wrong key":       {401, `{"detail":{"error":"Unauthorized: ` + key + `"}}`, connector.Denied},
		"the plan's limit":  {432, `{"detail":{"error":"This request exceeds your plan's set usage limit."}}`, connector.Denied},
		"the money's limit": {433, `{"detail":{"error":"This request exceeds the pay-as-you-go limit."}}`, connector.Denied},
		"a bad query":       {400, `{"detail":{"error":"Query is too long."}}`, connector.Rejected},
		"too many":          {429, `{"detail":{"error":"Your request has been blocked due to excessive requests."}}`, connector.Limited},
		"out of order":      {500, `{"detail":{"error":"Internal Server Error"}}`, connector.Unavailable},
		"200 with an error": {200, `{"detail":{"error":"oops"}}`, connector.Malformed},
		"nothing":           {200, ` `, connector.Malformed},
		"a web page":        {200, `<html></html>`, connector.Malformed},
		"cut off":           {200, `{"results":[{"title":"x"`, connector.Malformed},
		"another shape":     {200, `[]`, connector.Malformed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := setup(t, answering(tc.status, tc.body)).Search(t.Context(), connector.Query{Text: "q", Credential: key})
			var own *connector.Error
			require.ErrorAs(t, err, &own)
			require.Equal(t, tc.problem, own.Problem, own)
			require.NotContains(t, own.Error(), key)
		})
	}
	_, err := setup(t, answering(200, "")).Search(t.Context(), connector.Query{Text: "q"})
	require.ErrorContains(t, err, "without a key")
}

func TestSearch_Recordings(t *testing.T) {
	t.Parallel()
	found := 0
	recordings := outsidetest.Cassettes(t, "api.tavily.com")
	for _, recording := range recordings {
		answer, err := setup(t, recording.ServeHTTP).Search(t.Context(), connector.Query{Text: "q", Limit: 20, Credential: key})
		require.NoError(t, err, recording.Name)
		require.NotEmpty(t, answer.Items)
		for _, item := range answer.Items {
			require.NotEmpty(t, item.Title, recording.Name)
			require.NotEmpty(t, item.Text, recording.Name)
			found++
		}
	}
	t.Log(len(recordings), "answers,", found, "pages")
}

func TestAbout(t *testing.T) {
	t.Parallel()
	about := tavily.New(tavily.Config{}, nil).About()
	require.True(t, about.NeedsCredential)
	require.Equal(t, connector.FilterDates|connector.FilterDomains, about.Filters)
}
