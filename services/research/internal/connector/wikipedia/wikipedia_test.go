package wikipedia_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/wikipedia"
)

const chess = `{"pageid":5134,"ns":0,"title":"Chess","index":1,"extract":"Chess is a board game.\nIt has 64 squares.\n\n\n","pagelanguage":"en",
"canonicalurl":"https://en.wikipedia.org/wiki/Chess","lastrevid":900,"revisions":[{"revid":901,"parentid":900,"timestamp":"2026-05-06T07:08:09Z"}]}`

func pages(more string, all ...string) string {
	return `{"batchcomplete":true,` + more + `"query":{"pages":[` + strings.Join(all, ",") + `]}}`
}

func search(t *testing.T, q connector.Query, answers ...scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := wikipedia.New(wikipedia.Config{BaseURL: place.URL + "/{lang}"}, place).Search(t.Context(), q)
	return answer, place, err
}

func TestSearch_ReadsPagesInTheOrderOfTheSearch(t *testing.T) {
	t.Parallel()
	answer, place, err := search(t, connector.Query{Text: "rules of chess", Limit: 5}, scholarlytest.OK(pages(`"continue":{"gsroffset":5,"continue":"gsroffset||"},`,
		`{"pageid":7,"title":"Chess set","index":2,"lastrevid":33}`, chess,
		`{"pageid":8,"title":"Chess (disambiguation)","index":3,"pageprops":{"disambiguation":""}}`,
		`{"title":"Gone","missing":true,"index":4}`))...)
	require.NoError(t, err)
	require.Empty(t, answer.Notes)
	require.True(t, answer.More)
	require.Len(t, answer.Items, 2)
	require.Equal(t, connector.Item{
		Title: "Chess", URL: "https://en.wikipedia.org/wiki/Chess?oldid=901", Kind: "encyclopedia", Container: "Wikipedia",
		Publisher: "Wikimedia Foundation", Language: "en", License: "https://creativecommons.org/licenses/by-sa/4.0/",
		Text: "Chess is a board game.\n\nIt has 64 squares.", Extent: connector.ExtentAbstract, Published: "2026-05-06",
		Identifiers: map[string]string{"wikipedia": "en:5134"},
	}, answer.Items[0])
	require.Equal(t, place.URL+"/en/wiki/Chess_set?oldid=33", answer.Items[1].URL, "without an address it is made of the title")
	require.Equal(t, connector.ExtentNone, answer.Items[1].Extent)
	require.Len(t, place.Requests(), 1)
}

func TestSearch_OlderFormOfPages(t *testing.T) {
	t.Parallel()
	answer, _, err := search(t, connector.Query{Text: "chess", Limit: 5}, scholarlytest.OK(`{"batchcomplete":"","query":{"pages":{"5134":`+chess+`}}}`)...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
}

func TestSearch_NothingFound(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"batchcomplete":true}`, `{"batchcomplete":"","query":{}}`} {
		answer, _, err := search(t, connector.Query{Text: "gobbilygook", Limit: 5}, scholarlytest.OK(body)...)
		require.NoError(t, err)
		require.Empty(t, answer)
	}
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query connector.Query
		paths []string
		terms string
	}{
		"English by default":                {connector.Query{Text: "chess"}, []string{"/en/w/api.php"}, "chess"},
		"the query's own language":          {connector.Query{Text: "Was ist die Ursache für den Krieg und wer hat ihn begonnen?"}, []string{"/de/w/api.php"}, "ursache krieg begonnen"},
		"a script says its language":        {connector.Query{Text: "солнце"}, []string{"/ru/w/api.php"}, "солнце"},
		"the languages that are asked for":  {connector.Query{Text: "chess", Languages: []string{"FR", "es"}}, []string{"/fr/w/api.php", "/es/w/api.php"}, "chess"},
		"at most three editions":            {connector.Query{Text: "chess", Languages: []string{"a1", "fr", "es", "it", "pt"}}, []string{"/fr/w/api.php", "/es/w/api.php", "/it/w/api.php"}, "chess"},
		"nothing that is no code":           {connector.Query{Text: "chess", Languages: []string{"evil.example/"}}, nil, ""},
		"syntax means nothing":              {connector.Query{Text: `intitle:"chess" -set insource:/x/`}, []string{"/en/w/api.php"}, "intitle chess set insource x"},
		"long questions are alternatives":   {connector.Query{Text: "castling en passant promotion stalemate checkmate rules"}, []string{"/en/w/api.php"}, "castling OR en OR passant OR promotion OR stalemate OR checkmate OR rules"},
		"a domain that holds it":            {connector.Query{Text: "chess", IncludeDomains: []string{"Wikipedia.org"}}, []string{"/en/w/api.php"}, "chess"},
		"other domains":                     {connector.Query{Text: "chess", IncludeDomains: []string{"example.org"}}, nil, ""},
		"a domain that is excluded":         {connector.Query{Text: "chess", ExcludeDomains: []string{"en.wikipedia.org"}}, nil, ""},
		"a name that only ends like it":     {connector.Query{Text: "chess", ExcludeDomains: []string{"pedia.org"}}, []string{"/en/w/api.php"}, "chess"},
		"only signs":                        {connector.Query{Text: "?? !!"}, nil, ""},
		"the edition among included hosts":  {connector.Query{Text: "chess", Languages: []string{"fr", "es"}, IncludeDomains: []string{"es.wikipedia.org"}}, []string{"/es/w/api.php"}, "chess"},
		"further than the search will page": {connector.Query{Text: "chess", Limit: 20, Page: 600}, nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, place, err := search(t, tc.query, scholarlytest.OK(`{"batchcomplete":true}`)...)
			require.NoError(t, err)
			var paths []string
			for _, r := range place.Requests() {
				paths = append(paths, r.URL.Path)
				require.Equal(t, tc.terms, r.URL.Query().Get("gsrsearch"))
				require.Equal(t, "5", r.URL.Query().Get("maxlag"))
			}
			require.Equal(t, tc.paths, paths)
		})
	}
	_, place, err := search(t, connector.Query{Text: "chess", Limit: 100, Page: 2}, scholarlytest.OK(`{"batchcomplete":true}`)...)
	require.NoError(t, err)
	require.Equal(t, "20", place.Params(t, 0).Get("gsrlimit"), "no more than there are introductions for")
	require.Equal(t, "20", place.Params(t, 0).Get("exlimit"))
	require.Equal(t, "40", place.Params(t, 0).Get("gsroffset"))
}

func TestSearch_EditionsTakeTurns(t *testing.T) {
	t.Parallel()
	page := func(title, id string) string {
		return `{"pageid":` + id + `,"title":"` + title + `","index":` + id + `}`
	}
	answer, _, err := search(t, connector.Query{Text: "x1", Limit: 5, Languages: []string{"de", "fr", "es"}},
		scholarlytest.Answer{Body: pages("", page("A", "1"), page("B", "2"))}, scholarlytest.Answer{Status: 503},
		scholarlytest.Answer{Body: pages("", page("C", "3"))})
	require.NoError(t, err)
	var titles []string
	for _, it := range answer.Items {
		titles = append(titles, it.Title+" "+it.Language)
	}
	require.Equal(t, []string{"A de", "C es", "B de"}, titles)
	require.Equal(t, []string{`The edition "fr" did not answer.`}, answer.Notes)
}

func TestSearch_OneWikiForAllLanguages(t *testing.T) {
	t.Parallel()
	place := scholarlytest.Serve(t, scholarlytest.OK(pages("", chess))...)
	answer, err := wikipedia.New(wikipedia.Config{BaseURL: place.URL}, place).Search(t.Context(), connector.Query{Text: "chess", Languages: []string{"de", "fr"}, Limit: 1})
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.Len(t, place.Requests(), 1)
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	problem := func(code string) scholarlytest.Answer {
		return scholarlytest.Answer{Header: map[string]string{"Retry-After": "7"}, Body: `{"error":{"code":"` + code + `","info":"x"},"servedby":"mw1"}`}
	}
	tests := map[string]struct {
		answer  scholarlytest.Answer
		problem connector.Problem
	}{
		"lag":                 {problem("maxlag"), connector.Unavailable},
		"too often, with 200": {problem("ratelimited"), connector.Limited},
		"a bad parameter":     {problem("badvalue"), connector.Rejected},
		"blocked":             {problem("blocked"), connector.Denied},
		"a page of HTML":      {scholarlytest.Answer{Body: "<!DOCTYPE html>"}, connector.Malformed},
		"another object":      {scholarlytest.Answer{Body: `{"hello":1}`}, connector.Malformed},
		"a list":              {scholarlytest.Answer{Body: `["new york",["New York"]]`}, connector.Malformed},
		"pages of no kind":    {scholarlytest.Answer{Body: `{"query":{"pages":"x"}}`}, connector.Malformed},
		"no page can be read": {scholarlytest.Answer{Body: pages("", `{"pageid":"x"}`)}, connector.Malformed},
		"cut off":             {scholarlytest.Answer{Body: pages("", chess)[:120]}, connector.Malformed},
		"too often":           {scholarlytest.Answer{Status: 429}, connector.Limited},
		"forbidden":           {scholarlytest.Answer{Status: 403}, connector.Denied},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, connector.Query{Text: "chess", Limit: 5}, tc.answer)
			own := scholarlytest.RequireError(t, err, tc.problem)
			if tc.answer.Header != nil {
				require.Equal(t, 7*time.Second, own.RetryAfter)
			}
		})
	}
}

// busy is a Doer whose turn does not come.
type busy struct{}

func (busy) Do(context.Context, connector.Account, *http.Request) (connector.Reply, error) {
	return connector.Reply{}, &connector.Busy{After: time.Minute}
}

func TestSearch_ATurnThatDoesNotComeIsNoFailure(t *testing.T) {
	t.Parallel()
	_, err := wikipedia.New(wikipedia.Config{}, busy{}).Search(t.Context(), connector.Query{Text: "chess", Languages: []string{"de", "en"}})
	var own *connector.Busy
	require.ErrorAs(t, err, &own)
	require.Equal(t, time.Minute, own.After)
}

// TestRecordings replays every recorded answer of two wikis: each is read, or
// refused with a reason.
func TestRecordings(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(scholarlytest.Data(t), "api-recordings", "wikipedia", "mock_requests.json.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	var recorded map[string]map[string]json.RawMessage
	require.NoError(t, json.NewDecoder(unzipped).Decode(&recorded))
	read, items, texts, refused := 0, 0, 0, map[connector.Problem]int{}
	for api, requests := range recorded {
		for request, body := range requests {
			answer, _, err := search(t, connector.Query{Text: "x1", Limit: 20}, scholarlytest.Answer{Body: string(body)})
			if err != nil {
				var own *connector.Error
				require.ErrorAs(t, err, &own, api+request)
				refused[own.Problem]++
				require.False(t, strings.Contains(request, "extracts") && strings.Contains(string(body), `"extract"`), request)
				continue
			}
			read++
			items += len(answer.Items)
			for _, it := range answer.Items {
				scholarlytest.CheckItem(t, it)
				if it.Text != "" {
					texts++
				}
			}
		}
	}
	t.Logf("%d answers read with %d items (%d with text); refused: %v", read, items, texts, refused)
	require.Greater(t, texts, 5)
	require.Positive(t, refused[connector.Rejected], "errors come with status 200")
}
