package arxiv_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/arxiv"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly/scholarlytest"
)

// wrap returns entries as a feed.
func wrap(total string, entries ...string) string {
	return `<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>arXiv Query</title><opensearch:totalResults>` + total + `</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>` +
		strings.Join(entries, "") + `</feed>`
}

// shuffled has its elements in another order than usual.
const shuffled = `<entry><author><name>Ada Byron</name><arxiv:affiliation>Elsewhere</arxiv:affiliation></author><author><name> Per  Person </name></author>
<arxiv:doi>10.5555/ABC.1 10.5555/abc.2</arxiv:doi><published>2024-02-03T10:11:12Z</published><updated>2025-01-01T00:00:00Z</updated>
<summary>  Two lines,
  with p&lt;0.05 and $x_1$.</summary><title>A study
  of things</title><id>http://arxiv.org/abs/2402.01234v3</id>
<link href="http://arxiv.org/pdf/2402.01234v3" rel="related" type="application/pdf" title="pdf"/>
<link href="https://arxiv.org/abs/2402.01234v3" rel="alternate" type="text/html"/>
<arxiv:comment>12 pages</arxiv:comment></entry>`

const oldStyle = `<entry><id>http://arxiv.org/abs/math.GT/0309136v1</id><title>Old</title><summary>S.</summary><published>2003-09-08T00:00:00Z</published>
<link href="https://arxiv.org/pdf/math/0309136v1" rel="related" type="application/pdf" title="pdf"/></entry>`

func search(t *testing.T, q connector.Query, answers ...scholarlytest.Answer) (connector.Answer, *scholarlytest.Place, error) {
	t.Helper()
	place := scholarlytest.Serve(t, answers...)
	answer, err := arxiv.New(arxiv.Config{BaseURL: place.URL}, place).Search(t.Context(), q)
	return answer, place, err
}

func TestSearch_ReadsEntriesInAnyOrder(t *testing.T) {
	t.Parallel()
	answer, _, err := search(t, connector.Query{Text: "things", Limit: 5}, scholarlytest.OK(wrap("9", shuffled, oldStyle))...)
	require.NoError(t, err)
	require.True(t, answer.More)
	require.Len(t, answer.Items, 2)
	require.Equal(t, connector.Item{
		Title: "A study of things", URL: "https://arxiv.org/abs/2402.01234v3",
		FullTexts: []string{"https://arxiv.org/html/2402.01234v3", "https://arxiv.org/pdf/2402.01234v3"},
		Text:      "Two lines, with p<0.05 and $x_1$.", Extent: connector.ExtentAbstract,
		Authors: []string{"Ada Byron", "Per Person"}, Published: "2024-02-03", Kind: "preprint",
		Container: "arXiv", Publisher: "arXiv", Language: "en",
		Identifiers: map[string]string{"arxiv": "2402.01234", "doi_published": "10.5555/abc.1"},
	}, answer.Items[0])
	require.Equal(t, map[string]string{"arxiv": "math/0309136"}, answer.Items[1].Identifiers)
	require.Equal(t, []string{"https://arxiv.org/pdf/math/0309136v1"}, answer.Items[1].FullTexts, "there is no HTML of old papers")
	require.Equal(t, "https://arxiv.org/abs/math/0309136", answer.Items[1].URL, "without a link the address is made")
}

func TestSearch_Requests(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		require.NoError(t, err)
		return d
	}
	tests := map[string]struct {
		query connector.Query
		want  map[string]string
	}{
		"few words must all occur": {
			connector.Query{Text: "What is quantum error correction?", Limit: 10},
			map[string]string{"search_query": `all:"quantum" AND all:"error" AND all:"correction"`, "max_results": "10", "start": "0", "sortBy": "relevance"},
		},
		"many words are alternatives": {
			connector.Query{Text: "transformer models for protein structure prediction", Limit: 10},
			map[string]string{"search_query": `all:"transformer" OR all:"models" OR all:"protein" OR all:"structure" OR all:"prediction"`},
		},
		"operators, quotes and brackets are no syntax": {
			connector.Query{Text: `"graph" OR (ti:evil) ANDNOT *`, Limit: 1},
			map[string]string{"search_query": `all:"graph" OR all:"ti" OR all:"evil" OR all:"andnot"`},
		},
		"dates are pushed down around the alternatives": {
			connector.Query{Text: "a b-c", Limit: 1, PublishedAfter: day("2020-02-01"), PublishedBefore: day("2021-03-04")},
			map[string]string{"search_query": `(all:"b-c") AND submittedDate:[202002010000 TO 202103042359]`},
		},
		"an open end": {
			connector.Query{Text: "graphs", Limit: 1, PublishedAfter: day("2020-02-01")},
			map[string]string{"search_query": `(all:"graphs") AND submittedDate:[202002010000 TO 209912312359]`},
		},
		"pages": {
			connector.Query{Text: "graphs", Limit: 25, Page: 3},
			map[string]string{"start": "75", "max_results": "25"},
		},
		"an identifier is looked up": {
			connector.Query{Text: "arXiv:1605.08386v2", Limit: 5},
			map[string]string{"id_list": "1605.08386", "search_query": ""},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, place, err := search(t, tc.query, scholarlytest.OK(wrap("0"))...)
			require.NoError(t, err)
			params := place.Params(t, 0)
			for name, want := range tc.want {
				require.Equal(t, want, params.Get(name), name)
			}
			require.Equal(t, []connector.Account{{Provider: "arxiv"}}, place.Accounts())
		})
	}
}

func TestSearch_AsksNothingWhereNothingCanBeFound(t *testing.T) {
	t.Parallel()
	for _, q := range []connector.Query{{Text: "?!", Limit: 5}, {Text: "graphs", Limit: 100, Page: 300}} {
		answer, place, err := search(t, q, scholarlytest.OK(wrap("0"))...)
		require.NoError(t, err)
		require.Empty(t, answer)
		require.Empty(t, place.Requests())
	}
}

func TestSearch_Failures(t *testing.T) {
	t.Parallel()
	errorFeed := wrap("1", `<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title><summary>malformed query</summary></entry>`)
	tests := map[string]struct {
		answer  scholarlytest.Answer
		problem connector.Problem
	}{
		"an error feed with status 200": {scholarlytest.Answer{Body: errorFeed}, connector.Rejected},
		"an error feed with status 400": {scholarlytest.Answer{Status: 400, Body: errorFeed}, connector.Rejected},
		"a bare 400":                    {scholarlytest.Answer{Status: 400, Body: "Bad"}, connector.Rejected},
		"cut off":                       {scholarlytest.Answer{Body: wrap("1", shuffled)[:700]}, connector.Malformed},
		"HTML":                          {scholarlytest.Answer{Body: "<html><body>Hello</body></html>"}, connector.Malformed},
		"JSON":                          {scholarlytest.Answer{Body: "{}"}, connector.Malformed},
		"nothing":                       {scholarlytest.Answer{}, connector.Malformed},
		"entries of something else":     {scholarlytest.Answer{Body: wrap("1", "<entry><id>x</id><title>y</title></entry>")}, connector.Malformed},
		"down":                          {scholarlytest.Answer{Status: 503}, connector.Unavailable},
		"too often":                     {scholarlytest.Answer{Status: 429}, connector.Limited},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := search(t, connector.Query{Text: "graphs", Limit: 5}, tc.answer)
			scholarlytest.RequireError(t, err, tc.problem)
		})
	}
}

func TestSearch_WithdrawnPapers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		summary, comment string
		withdrawn        bool
	}{
		"the summary says so":                    {"This paper has been withdrawn by the author due to an error in Lemma 2.", "", true},
		"the summary says so, in short":          {"Withdrawn.", "", true},
		"arXiv's administrators":                 {"This submission has been withdrawn by arXiv administrators.", "", true},
		"the comment says so":                    {"We study graphs.", "This paper has been withdrawn due to a crucial sign error", true},
		"behind a page count":                    {"We study graphs.", "12 pages, 3 figures; paper withdrawn", true},
		"retracted":                              {"We study graphs.", "Retracted by the authors", true},
		"a paper about withdrawals":              {"We study how retracted papers are cited.", "", false},
		"a paper about withdrawal in a sentence": {"Funds were withdrawn by users of the bank.", "8 pages", false},
		"an ordinary paper":                      {"We study graphs.", "Submitted", false},
		"another version was":                    {"We study graphs.", "Supersedes the withdrawn result of others", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, _, err := search(t, connector.Query{Text: "graphs", Limit: 5}, scholarlytest.OK(wrap("1",
				"<entry><id>http://arxiv.org/abs/2001.00001v2</id><title>T</title><summary>"+tc.summary+"</summary><arxiv:comment>"+tc.comment+"</arxiv:comment></entry>"))...)
			require.NoError(t, err)
			var want []connector.Notice
			if tc.withdrawn {
				want = []connector.Notice{{Kind: connector.NoticeRetraction, From: "arxiv"}}
			}
			require.Equal(t, want, answer.Items[0].Notices)
		})
	}
}

// TestRecordings replays every recorded answer: each is read, or refused with a
// reason.
func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(scholarlytest.Data(t), "api-recordings", "arxiv", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	read, items, refused, withdrawn := 0, 0, 0, 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		var recording struct {
			Status int    `json:"status_code"`
			Body   string `json:"body"`
		}
		require.NoError(t, json.Unmarshal(data, &recording))
		answer, _, err := search(t, connector.Query{Text: "testing", Limit: 100}, scholarlytest.Answer{Status: recording.Status, Body: recording.Body})
		if err != nil {
			scholarlytest.RequireError(t, err, connector.Rejected)
			refused++
			continue
		}
		read++
		items += len(answer.Items)
		require.Len(t, answer.Items, strings.Count(recording.Body, "<entry>"), f)
		for _, it := range answer.Items {
			scholarlytest.CheckItem(t, it)
			require.NotEmpty(t, it.Identifiers["arxiv"])
			require.NotEmpty(t, it.Authors)
			require.NotEmpty(t, it.FullTexts)
			withdrawn += len(it.Notices)
		}
	}
	t.Logf("%d answers read with %d items (%d withdrawn), %d refused", read, items, withdrawn, refused)
	require.Equal(t, len(files), read+refused)
	require.Equal(t, 1, refused)
}
