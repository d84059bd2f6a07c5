package brave_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/brave"
	"github.com/researcherpro/researcherpro/services/research/internal/outside/outsidetest"
)

const key = "BSA0123456789"

// setup returns the connector of an API that answers with handle.
func setup(t *testing.T, handle http.HandlerFunc) *brave.Connector {
	t.Helper()
	url, doer := outsidetest.Serve(t, brave.Name, handle)
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	return brave.New(brave.Config{BaseURL: url, Now: now}, doer)
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
	c := setup(t, answering(200, `{"type":"search","query":{"original":"tides","more_results_available":true},"web":{"results":[
		{"title":"&quot;Tides&quot; &amp; <strong>moons</strong>","url":"https://example.org/tides","description":"The <strong>tide</strong> &lt;rises&gt;.",
		 "page_age":"2026-03-04T09:00:00","age":"March 5, 2026","language":"en","profile":{"name":"Example"},"extra_snippets":["More <b>text</b>."]},
		{"title":"By age","url":"https://example.org/age","description":"x","age":"March 5, 2026","language":"en-gb"},
		{"title":"Long ago","url":"https://example.org/ago","description":"x","age":"3 weeks ago","page_age":null,"language":"english"}]}}`))
	answer, err := c.Search(t.Context(), connector.Query{Text: "tides", Limit: 10, Credential: key})
	require.NoError(t, err)
	require.Equal(t, connector.Answer{More: true, Items: []connector.Item{
		{
			Title: `"Tides" & moons`, URL: "https://example.org/tides", Text: "The tide <rises>.\n\nMore text.", Extent: connector.ExtentSnippet,
			Published: "2026-03-04", Kind: "page", Container: "Example", Language: "en",
		},
		{Title: "By age", URL: "https://example.org/age", Text: "x", Extent: connector.ExtentSnippet, Published: "2026-03-05", Kind: "page", Language: "en"},
		{Title: "Long ago", URL: "https://example.org/ago", Text: "x", Extent: connector.ExtentSnippet, Kind: "page"},
	}}, answer)
}

func TestSearch_NothingFound(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"web is missing": `{"type":"search","query":{"original":"q","more_results_available":false}}`,
		"web is null":    `{"type":"search","query":{"original":"q"},"web":null}`,
		"an empty list":  `{"type":"search","query":{"original":"q"},"web":{"results":[]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, err := setup(t, answering(200, body)).Search(t.Context(), connector.Query{Text: "q", Credential: key})
			require.NoError(t, err)
			require.Empty(t, answer.Items)
			require.False(t, answer.More)
		})
	}
}

func TestSearch_SendsTheFilters(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		query connector.Query
		want  url.Values
	}{
		"nothing":          {connector.Query{Limit: 5}, url.Values{"count": {"5"}}},
		"the third page":   {connector.Query{Limit: 100, Page: 2}, url.Values{"count": {"20"}, "offset": {"2"}}},
		"days":             {connector.Query{PublishedAfter: day(3, 1), PublishedBefore: day(3, 31)}, url.Values{"freshness": {"2026-03-01to2026-03-31"}}},
		"from a day":       {connector.Query{PublishedAfter: day(3, 1)}, url.Values{"freshness": {"2026-03-01to2026-11-20"}}},
		"until a day":      {connector.Query{PublishedBefore: day(3, 1)}, url.Values{"freshness": {"1970-01-01to2026-03-01"}}},
		"a language":       {connector.Query{Languages: []string{"de"}}, url.Values{"search_lang": {"de"}}},
		"one with a form":  {connector.Query{Languages: []string{"zh"}}, url.Values{}},
		"many languages":   {connector.Query{Languages: []string{"de", "en"}}, url.Values{}},
		"a domain":         {connector.Query{IncludeDomains: []string{"Example.org"}}, url.Values{"q": {"tides site:example.org"}}},
		"a few domains":    {connector.Query{IncludeDomains: []string{"a.example", "b.example"}}, url.Values{}},
		"excluded domains": {connector.Query{ExcludeDomains: []string{"a.example"}}, url.Values{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent url.Values
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method+" "+r.URL.Path != "GET /res/v1/web/search" || r.Header.Get("X-Subscription-Token") != key {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				sent = r.URL.Query()
				_, _ = w.Write([]byte(`{"type":"search"}`))
			})
			tc.query.Text, tc.query.Credential = "tides", key
			_, err := c.Search(t.Context(), tc.query)
			require.NoError(t, err)
			for name, values := range map[string]string{"q": "tides", "count": "1", "text_decorations": "false", "result_filter": "web"} {
				if !tc.want.Has(name) {
					tc.want.Set(name, values)
				}
			}
			require.Equal(t, tc.want, sent)
		})
	}
}

func TestSearch_KeepsWithinTheLengthOfAQuery(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"many short words": strings.Repeat("a ", 300),
		"long words":       strings.Repeat("electroencephalography ", 40),
		"no words":         strings.Repeat("潮", 700),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := make(chan string, 1)
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				sent <- r.URL.Query().Get("q")
				_, _ = w.Write([]byte(`{"type":"search"}`))
			})
			_, err := c.Search(t.Context(), connector.Query{Text: text, Credential: key, IncludeDomains: []string{"example.org"}})
			require.NoError(t, err)
			query := <-sent
			require.LessOrEqual(t, len([]rune(query)), 400)
			require.LessOrEqual(t, len(strings.Fields(query)), 50)
			require.True(t, strings.HasSuffix(query, " site:example.org"))
			require.Greater(t, len([]rune(query)), 90)
		})
	}
}

func TestSearch_EndsWithTheTenthPage(t *testing.T) {
	t.Parallel()
	c := setup(t, answering(200, `{"type":"search","query":{"more_results_available":true}}`))
	for page, more := range map[int]bool{8: true, 9: false, 10: false} {
		answer, err := c.Search(t.Context(), connector.Query{Text: "q", Page: page, Credential: key})
		require.NoError(t, err)
		require.Equal(t, more, answer.More, page)
	}
}

func TestSearch_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	failed := func(code string) string {
		return `{"type":"ErrorResponse","error":{"status":422,"code":"` + code + `","detail":"about ` + key + `"},"time":1}`
	}
	tests := map[string]struct {
		status  int
		body    string
		problem connector.Problem
	}{
		"a wrong key":       {422, failed("SUBSCRIPTION_TOKEN_INVALID"), connector.Denied},
		"no right":          {403, failed("FORBIDDEN"), connector.Denied},
		"a bad parameter":   {422, failed("VALIDATION"), connector.Rejected},
		"too many":          {429, failed("RATE_LIMITED"), connector.Limited},
		"out of order":      {502, `bad gateway`, connector.Unavailable},
		"200 with an error": {200, failed("INTERNAL"), connector.Unavailable},
		"another search":    {200, `{"type":"news","results":[]}`, connector.Malformed},
		"no type":           {200, `{}`, connector.Malformed},
		"nothing":           {200, ``, connector.Malformed},
		"a web page":        {200, `<html></html>`, connector.Malformed},
		"a page of a proxy": {401, `<html></html>`, connector.Denied},
		"cut off":           {200, `{"type":"search","web":{"results":[{`, connector.Malformed},
		"another shape":     {200, `{"type":"search","web":[]}`, connector.Malformed},
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
	found, refused := 0, map[string]int{}
	recordings := outsidetest.Files(t, "brave/*/*.json")
	for _, recording := range recordings {
		answer, err := setup(t, recording.ServeHTTP).Search(t.Context(), connector.Query{Text: "q", Limit: 20, Credential: key})
		if !strings.Contains(recording.Name, "web") && !strings.Contains(recording.Name, "minimal") {
			var own *connector.Error
			require.ErrorAs(t, err, &own, "%s is of another search", recording.Name)
			refused[own.Message]++
			continue
		}
		require.NoError(t, err, recording.Name)
		require.NotEmpty(t, answer.Items, recording.Name)
		for _, item := range answer.Items {
			require.NotEmpty(t, item.Title)
			require.NotContains(t, item.Title+item.Text, "&quot;")
			require.NotContains(t, item.Text, "<strong>")
			require.NotEmpty(t, item.Language)
			found++
		}
	}
	t.Log(len(recordings), "answers,", found, "pages,", refused)
}

func TestAbout(t *testing.T) {
	t.Parallel()
	about := brave.New(brave.Config{}, nil).About()
	require.True(t, about.NeedsCredential)
	require.Equal(t, connector.FilterDates, about.Filters)
}
