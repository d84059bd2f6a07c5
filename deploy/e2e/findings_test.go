package e2e

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// findings returns the findings of a run; there must be some.
func (u *user) findings(t *testing.T, id string) []*analysisv1.Finding {
	t.Helper()
	list := &analysisv1.ListFindingsResponse{}
	u.get(t, "/api/v1/analysis/"+id+"/findings?pageSize=200", list)
	require.NotEmpty(t, list.GetFindings())
	return list.GetFindings()
}

// content returns the text of a source's snapshot.
func (u *user) content(t *testing.T, sourceID string) string {
	t.Helper()
	resp, body := u.json(t, http.MethodGet, "/api/v1/sources/"+sourceID+"/content", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
	return string(body)
}

func testFindings(t *testing.T, base string) {
	u := signUp(t, base)
	docs := u.addLibrary(t)
	a := u.completed(t)
	sources := &researchv1.ListSourcesResponse{}
	u.get(t, "/api/v1/research/"+a.GetResearchId()+"/sources", sources)
	byID := map[string]*researchv1.Source{}
	for _, src := range sources.GetSources() {
		byID[src.GetId()] = src
	}
	require.Len(t, byID, len(docs))

	findings := u.findings(t, a.GetId())
	require.GreaterOrEqual(t, len(findings), 3)
	cited := map[string]bool{}
	for i, f := range findings {
		require.Equal(t, i+1, int(f.GetOrdinal()))
		require.NotEmpty(t, f.GetCitations(), "a claim without a source: %s", f.GetClaim())
		for _, c := range f.GetCitations() {
			require.Contains(t, byID, c.GetSourceId())
			text := u.content(t, c.GetSourceId())
			require.NotEmpty(t, c.GetQuote())
			require.Equal(t, c.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()])
			require.Positive(t, c.GetScore())
			cited[byID[c.GetSourceId()].GetFileName()] = true
		}
	}
	require.Greater(t, len(cited), 1, "findings of one source only: %v", cited)
	resp, raw := u.json(t, http.MethodGet, "/api/v1/sources/"+findings[0].GetCitations()[0].GetSourceId()+"/content?raw=true", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NotEmpty(t, raw)
}

// plain makes each run of white space one space.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }

// unmarked takes the backslashes of Markdown away (CommonMark 0.31, 2.4).
func unmarked(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", text[i+1]) >= 0 {
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func testReport(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	a := u.completed(t)
	report := &reportv1.Report{}
	u.get(t, "/api/v1/reports/"+a.GetReportId(), report)
	require.Equal(t, a.GetId(), report.GetAnalysisId())

	findings := u.findings(t, a.GetId())
	require.Equal(t, len(findings), int(report.GetFindingCount()))
	for format, tc := range map[string]struct {
		mediaType string
		text      func(string) string
	}{
		"md":   {"text/markdown; charset=utf-8", unmarked},
		"html": {"text/html; charset=utf-8", html.UnescapeString},
	} {
		resp, body := u.json(t, http.MethodGet, "/api/v1/reports/"+a.GetReportId()+"/export?format="+format, "")
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, tc.mediaType, resp.Header.Get("Content-Type"))
		require.Contains(t, resp.Header.Get("Content-Disposition"), "."+format)
		text := plain(tc.text(string(body)))
		for _, f := range findings {
			require.Contains(t, text, plain(f.GetClaim()), format)
			for _, c := range f.GetCitations() {
				require.Contains(t, text, plain(c.GetQuote()), format)
			}
		}
		require.NotContains(t, text, "<script")
	}
	resp, body := u.json(t, http.MethodGet, "/api/v1/reports/"+a.GetReportId()+"/export?format="+url.QueryEscape("ps"), "")
	_, fields := refused(t, resp, body, http.StatusBadRequest)
	require.Contains(t, fields, "format")
}
