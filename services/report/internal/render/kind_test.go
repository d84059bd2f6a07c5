package render_test

import (
	"bytes"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/render"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// lakes is what an analysis of a kind found about lakes.
func lakes(kind compose.Kind) compose.Content {
	finding := func(claim, source string, support compose.Support) compose.Finding {
		return compose.Finding{Claim: claim, Theme: "Depth", Support: support, Supporting: 1, Salience: 0.8, Citations: []compose.Citation{
			{SourceID: source, Quote: claim, Support: support},
		}}
	}
	out := compose.Content{
		Question: "How deep are the lakes?", Kind: kind,
		Summary: []compose.Sentence{{Text: "Baikal is the deepest lake.", Findings: []int{0, 1}}, {Text: "Superior is wide | flat.", Findings: []int{2}}},
		Findings: []compose.Finding{
			finding("Lake Baikal is 1,642 m deep.", "a", compose.Supported),
			finding("Lake Baikal is 1,741 m deep.", "b", compose.Supported),
			finding("Lake Superior is wide | flat.", "b", compose.Partial),
		},
		Disagreements: []compose.Disagreement{{First: 0, Second: 1, Reason: "One says 1,642 m, the other 1,741 m."}},
		Sources:       []compose.Source{{ID: "a", Title: "Atlas", URL: "https://example.org/atlas"}, {ID: "b", FileName: "survey.md"}},
		Limits:        []compose.Limit{{Kind: compose.Incomplete, Reason: "Some places that were asked did not answer."}},
		Provenance:    compose.Provenance{Engine: "extractive", SourcesFound: 2, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	}
	out.Findings[2].Reason, out.Findings[2].Theme = "Words of the claim are not in the cited text.", "Shape"
	switch kind {
	case compose.Timeline:
		out.Findings[0].Date, out.Findings[1].Date = "1930", "1985-05-17"
	case compose.Comparison:
		out.Findings[0].Subject, out.Findings[1].Subject, out.Findings[2].Subject = "Baikal", "Baikal", "Superior | wide"
	case compose.FactCheck:
		out.Summary, out.Disagreements = nil, nil
		out.Findings[1].Support, out.Findings[1].Citations[0].Support = compose.Contradicted, compose.Contradicted
		out.Findings = append(out.Findings, compose.Finding{Claim: "Nobody swims there.", Support: compose.Unsupported, Reason: "No source speaks of it."})
	}
	return out
}

// kinds are the reports that are kept in testdata, by the names of their files.
func kinds() map[string]compose.Kind {
	return map[string]compose.Kind{
		"plain": compose.Plain, "comparison": compose.Comparison, "timeline": compose.Timeline,
		"literature": compose.Literature, "factcheck": compose.FactCheck,
	}
}

// composed composes a report of a kind.
func composed(t *testing.T, kind compose.Kind) compose.Report {
	t.Helper()
	templates, err := template.Builtin()
	require.NoError(t, err)
	r, err := compose.Compose(lakes(kind), templates[1])
	require.NoError(t, err)
	return r
}

// style is the page's style, which the kept reports are without.
var style = regexp.MustCompile(`(?s)<style>.*</style>\n`)

// TestReports_ReadAsKept compares a report of each kind with the one in testdata; with
// RENDER_KEEP set it keeps them anew, and the change is looked at in the diff.
func TestReports_ReadAsKept(t *testing.T) {
	t.Parallel()
	page, err := render.NewHTML()
	require.NoError(t, err)
	for name, kind := range kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := composed(t, kind)
			asHTML, err := page.Render(r)
			require.NoError(t, err)
			for file, text := range map[string]string{name + ".md": render.Markdown(r), name + ".html": style.ReplaceAllString(asHTML, "")} {
				path := filepath.Join("testdata", file)
				if os.Getenv("RENDER_KEEP") != "" {
					require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
				}
				kept, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, string(kept), text)
			}
		})
	}
}

func TestMarkdown_ATableReadsBack(t *testing.T) {
	t.Parallel()
	for name, quote := range quotes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := &compose.Table{Heading: "Side by side", Subjects: []string{quote, "B"}, Rows: []compose.Row{
				{Respect: "R", Cells: []*compose.Point{{Claim: quote, Support: compose.Supported, Marks: []int{1}}, nil}},
			}}
			out := render.Markdown(compose.Report{Title: "T", Question: "Q", Parts: []compose.Part{table}})
			var got bytes.Buffer
			md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.Linkify))
			require.NoError(t, md.Convert([]byte(out), &got))
			cells := regexp.MustCompile(`(?s)<t[hd]>(.*?)</t[hd]>`).FindAllStringSubmatch(got.String(), -1)
			require.Len(t, cells, 6, got.String())
			plain := strings.Join(strings.Fields(quote), " ")
			require.Equal(t, plain, html.UnescapeString(cells[1][1]))
			require.Equal(t, plain+" [1]", html.UnescapeString(cells[4][1]))
		})
	}
}

func TestPlainQuotes_OfEveryKind(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds() {
		var want []string
		for _, f := range lakes(kind).Findings {
			for _, c := range f.Citations {
				want = append(want, c.Quote)
			}
		}
		require.Equal(t, want, render.PlainQuotes(render.Markdown(composed(t, kind))), name)
	}
}
