package crossref_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/crossref"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
)

func list(total string, items ...string) string {
	return `{"status":"ok","message-type":"work-list","message-version":"1.0.0","message":{"total-results":` + total +
		`,"items":[` + strings.Join(items, ",") + `]}}`
}

func search(t *testing.T, q connector.Query, answers ...scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := crossref.New(crossref.Config{BaseURL: place.URL, Contact: "ops@example.org"}, place).Search(t.Context(), q)
	return answer, place, err
}

// one returns the only item of an answer with one record.
func one(t *testing.T, record string) connector.Item {
	t.Helper()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 1}, scholarlytest.OK(list("1", record))...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	return answer.Items[0]
}

const full = `{"DOI":"10.5555/ABC(1)","type":"journal-article","title":["On <i>E. coli</i> &amp; H<sub>2</sub>O"],"subtitle":["A study"],
"author":[{"given":"Ada","family":"Byron","sequence":"first"},{"name":"The Group"},{}],
"issued":{"date-parts":[[2020,5]]},"container-title":["Journal of Tests"],"publisher":"Tester","language":"en",
"abstract":"<jats:title>Abstract</jats:title><jats:sec><jats:title>Background</jats:title><jats:p>Ten to the 10<jats:sup>3</jats:sup>.</jats:p></jats:sec>",
"is-referenced-by-count":7,"ISBN":["9780306406157"],
"license":[{"URL":"https://www.publisher.example/tdm","content-version":"tdm"},{"URL":"https://creativecommons.org/licenses/by/4.0/","content-version":"vor"}],
"link":[{"URL":"https://api.publisher.example/x","content-type":"text/xml","intended-application":"text-mining"},
{"URL":"https://publisher.example/x.pdf","content-type":"application/pdf","intended-application":"text-mining"},
{"URL":"https://publisher.example/x.pdf","content-type":"application/pdf","intended-application":"syndication"},
{"URL":"https://publisher.example/check.pdf","content-type":"application/pdf","intended-application":"similarity-checking"}],
"relation":{"has-preprint":[{"id-type":"doi","id":"10.1101/014852","asserted-by":"object"}]},
"updated-by":[{"DOI":"10.5555/Fix","type":"correction","updated":{"date-parts":[[2021,2,3]]}},{"DOI":"10.5555/v2","type":"new_version"},
{"DOI":"10.5555/retr","type":"retraction","source":"publisher","updated":{"date-parts":[[2022,1]]}},{"DOI":"10.5555/RETR","type":"retraction","source":"retraction-watch"}]}`

func TestSearch_ReadsEveryField(t *testing.T) {
	t.Parallel()
	require.Equal(t, connector.Item{
		Title: "On E. coli & H2O: A study", URL: "https://doi.org/10.5555/abc%281%29", Kind: "article",
		FullTexts: []string{"https://publisher.example/x.pdf"},
		Text:      "Background\n\nTen to the 10^3.", Extent: connector.ExtentAbstract,
		Authors: []string{"Ada Byron", "The Group"}, Published: "2020-05", Container: "Journal of Tests", Publisher: "Tester",
		Language: "en", License: "https://creativecommons.org/licenses/by/4.0/", Citations: 7,
		Identifiers: map[string]string{"doi": "10.5555/abc(1)", "doi_preprint": "10.1101/014852"},
		Notices: []connector.Notice{
			{Kind: connector.NoticeCorrection, DOI: "10.5555/fix", Date: "2021-02-03", From: "crossref"},
			{Kind: connector.NoticeRetraction, DOI: "10.5555/retr", Date: "2022-01", From: "crossref"},
		},
	}, one(t, full))
}

func TestSearch_RecordsWithHoles(t *testing.T) {
	t.Parallel()
	it := one(t, `{"DOI":"10.5555/x","type":"book","title":["T"],"issued":{"date-parts":[[null]]},"published":{"date-parts":[[2019]]},
"editor":[{"family":"Only"}],"ISBN":["978-0-306-40615-7"],"license":null,"abstract":null,"language":"deu"}`)
	require.Equal(t, "2019", it.Published)
	require.Equal(t, []string{"Only"}, it.Authors)
	require.Equal(t, "9780306406157", it.Identifiers["isbn"])
	require.Empty(t, it.Extent)
	require.Empty(t, it.Language)
	it = one(t, `{"DOI":"10.1101/2024.04.01.1","type":"posted-content","subtype":"preprint","title":["T"],"group-title":"Biology",
"posted":{"date-parts":[[2024,4,1]]},"relation":{"is-preprint-of":[{"id-type":"doi","id":"10.1016/j.x.2025"},{"id-type":"uri","id":"http://x"}]}}`)
	require.Equal(t, "preprint", it.Kind)
	require.Equal(t, "2024-04-01", it.Published)
	require.Equal(t, "Biology", it.Container)
	require.Equal(t, "10.1016/j.x.2025", it.Identifiers["doi_published"])
	it = one(t, `{"DOI":"10.48550/arXiv.2304.05376","type":"posted-content","title":["T"]}`)
	require.Equal(t, map[string]string{"arxiv": "2304.05376"}, it.Identifiers, "the DOI that arXiv makes is the arXiv identifier")
	require.Equal(t, "https://arxiv.org/abs/2304.05376", it.URL)
}

func TestSearch_LeavesOutWhatIsNoSource(t *testing.T) {
	t.Parallel()
	answer, _, err := search(t, connector.Query{Text: "x", Limit: 9}, scholarlytest.OK(list("50",
		`{"DOI":"10.5555/a","type":"component","title":["Figure 1"]}`, `{"DOI":"10.5555/b","type":"journal-issue","title":["June"]}`,
		`{"DOI":"10.5555/c","type":"journal-article","title":[]}`, `{"DOI":"10.5555/d","type":"journal-article"}`,
		`{"type":"journal-article","title":["No DOI"]}`, `{"DOI":"10.5555/e","type":"journal-article","title":["Kept"]}`,
		`{"DOI":["broken"],"type":"journal-article"}`, `null`))...)
	require.NoError(t, err)
	require.Len(t, answer.Items, 1)
	require.Equal(t, "Kept", answer.Items[0].Title)
	require.Equal(t, []string{"2 of its 8 records could not be read."}, answer.Notes)
	require.True(t, answer.More)
}

func TestSearch_RetractionIsOfTheWorkItself(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		title, more string
		retracted   bool
	}{
		"the publisher renamed it":          {"RETRACTED ARTICLE: Masks", "", true},
		"in brackets":                       {"[Retracted] Masks", "", true},
		"withdrawn":                         {"WITHDRAWN: Masks", "", true},
		"retracted by a notice":             {"Masks", `,"updated-by":[{"DOI":"10.5555/n","type":"retraction"}]`, true},
		"removed":                           {"Masks", `,"updated-by":[{"DOI":"10.5555/n","type":"removal"}]`, true},
		"the notice of another's":           {"Retraction: Masks", `,"update-to":[{"DOI":"10.5555/m","type":"retraction"}]`, false},
		"a notice that has the old title":   {"RETRACTED: Masks", `,"update-to":[{"DOI":"10.5555/m","type":"retraction"}]`, false},
		"a notice that does not say whose":  {"Retraction notice to: Masks", "", false},
		"a work about retracted works":      {"Retracted papers and their citations", "", false},
		"a new edition is no notice at all": {"Masks", `,"updated-by":[{"DOI":"10.5555/n","type":"new_edition"}]`, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := one(t, `{"DOI":"10.5555/x","type":"journal-article","title":["`+tc.title+`"]`+tc.more+`}`)
			require.Equal(t, tc.retracted, len(it.Notices) == 1 && it.Notices[0].Kind == connector.NoticeRetraction, it.Notices)
		})
	}
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	day := time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		query connector.Query
		want  map[string]string
	}{
		"words without operators": {
			connector.Query{Text: `What: "is" (this)? -no`, Limit: 3, Page: 2},
			map[string]string{"query.bibliographic": "What is this no", "rows": "3", "offset": "6", "mailto": "ops@example.org", "filter": ""},
		},
		"dates": {
			connector.Query{Text: "x", Limit: 100, PublishedAfter: day, PublishedBefore: day},
			map[string]string{"filter": "from-pub-date:2020-02-01,until-pub-date:2020-02-01", "rows": "40"},
		},
		"a DOI is looked up": {
			connector.Query{Text: "see https://doi.org/10.1038/NNANO.2014.279.", Limit: 1},
			map[string]string{"filter": "doi:10.1038/nnano.2014.279", "query.bibliographic": ""},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, place, err := search(t, tc.query, scholarlytest.OK(list("0"))...)
			require.NoError(t, err)
			for name, want := range tc.want {
				require.Equal(t, want, place.Params(t, 0).Get(name), name)
			}
		})
	}
}

func TestSearch_TokenGoesIntoTheHeaderOnly(t *testing.T) {
	t.Parallel()
	_, place, err := search(t, connector.Query{Text: "x", Limit: 1, Credential: "secret"}, scholarlytest.OK(list("0"))...)
	require.NoError(t, err)
	r := place.Requests()[0]
	require.Equal(t, "Bearer secret", r.Header.Get("Crossref-Plus-API-Token"))
	require.NotContains(t, r.URL.String(), "secret")
	require.Equal(t, "secret", place.Accounts()[0].Credential)
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer  scholarlytest.Answer
		problem connector.Problem
	}{
		"plain text 404":         {scholarlytest.Answer{Status: 404, Body: "Resource not found."}, connector.Rejected},
		"a failure as JSON":      {scholarlytest.Answer{Status: 400, Body: `{"status":"failed","message-type":"validation-failure","message":[]}`}, connector.Rejected},
		"a failure with 200":     {scholarlytest.Answer{Body: `{"status":"failed","message-type":"validation-failure","message":[{"type":"x"}]}`}, connector.Malformed},
		"one work, no list":      {scholarlytest.Answer{Body: `{"status":"ok","message-type":"work","message":{"DOI":"10.5555/x"}}`}, connector.Malformed},
		"cut off":                {scholarlytest.Answer{Body: list("1", full)[:900]}, connector.Malformed},
		"HTML":                   {scholarlytest.Answer{Body: "<html>"}, connector.Malformed},
		"no record can be read":  {scholarlytest.Answer{Body: list("1", `{"DOI":7}`)}, connector.Malformed},
		"the token is not valid": {scholarlytest.Answer{Status: 401}, connector.Denied},
		"too often":              {scholarlytest.Answer{Status: 429}, connector.Limited},
		"a gateway":              {scholarlytest.Answer{Status: 504}, connector.Unavailable},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, connector.Query{Text: "x", Limit: 1}, tc.answer)
			scholarlytest.RequireError(t, err, tc.problem)
		})
	}
}

// TestRecordings replays every recorded answer: each is read, or refused with a
// reason. Answers about one work are read as a list of one besides, since they
// are the same records.
func TestRecordings(t *testing.T) {
	t.Parallel()
	lists, items, singles, refused, notices := 0, 0, 0, map[connector.Problem]int{}, map[string]int{}
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
			for _, n := range it.Notices {
				notices[n.Kind]++
			}
		}
		items += len(answer.Items)
		return true
	}
	for _, r := range scholarlytest.Recordings(t, "api.crossref.org") {
		if replay(r.File+" "+r.URL, r.Body, r.Status) {
			lists++
		}
		var single struct {
			Type    string          `json:"message-type"`
			Message json.RawMessage `json:"message"`
		}
		if json.Unmarshal([]byte(r.Body), &single) == nil && single.Type == "work" {
			require.True(t, replay(r.URL, list("1", string(single.Message)), 200), r.URL)
			singles++
		}
	}
	data, err := os.ReadFile(filepath.Join(scholarlytest.Data(t), "api-recordings", "openalex", "research-radar", "crossref_valid.json"))
	require.NoError(t, err)
	replay("crossref_valid.json", string(data), 200)
	t.Logf("%d lists and %d single works read with %d items, notices %v; refused: %v", lists, singles, items, notices, refused)
	require.Greater(t, lists, 30)
	require.Greater(t, items, 100)
	require.Positive(t, notices[connector.NoticeCorrection])
}
