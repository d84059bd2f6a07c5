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

// report composes a report in which one finding has the given claim and quote.
func report(t *testing.T, claim, quote string) compose.Report {
	t.Helper()
	templates, err := template.Builtin()
	require.NoError(t, err)
	r, err := compose.Compose(compose.Content{
		Title: "How Baikal is measured", Question: "How deep is Lake Baikal?",
		Findings: []compose.Finding{
			{Claim: claim, Theme: "Depth", Support: compose.Supported, Salience: 0.9, Citations: []compose.Citation{
				{SourceID: "a", Quote: quote, Support: compose.Supported, Page: 3},
			}},
			{Claim: "The lake holds a fifth of the fresh water.", Theme: "Water", Support: compose.Partial, Salience: 0.5, Citations: []compose.Citation{
				{SourceID: "b", Quote: "a fifth of the fresh water", Support: compose.Partial},
			}},
		},
		Disagreements: []compose.Disagreement{{First: 0, Second: 1, Reason: "they are not about the same"}},
		Sources: []compose.Source{
			{
				ID: "a", Title: "Lakes of the *world*", Authors: []string{"A. Ivanova", "B. Schmidt"}, URL: "https://example.org/lakes_(old)?a=1&b=2",
				SHA256: strings.Repeat("0123456789abcdef", 4), Published: time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC), Fetched: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
			},
			{ID: "b", FileName: "notes_2.md", SHA256: strings.Repeat("f", 64)},
		},
		Limits:     []compose.Limit{{Kind: compose.SourceFailed, What: "arxiv", Reason: "it did not answer in 20 s"}},
		Provenance: compose.Provenance{Engine: "extractive", SourcesFound: 3, SourcesFailed: 1, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	}, templates[1])
	require.NoError(t, err)
	return r
}

// quotes that are full of what Markdown and HTML would read as markup.
var quotes = map[string]string{
	"prose":                "It is 1,642 m deep, the deepest lake (by far).",
	"line breaks":          "It is\n   deep\tand cold.",
	"emphasis":             "The **deepest** lake, *by far*, with a_b_c and _that_ 2 * 3 * 4.",
	"links":                "See [the map](https://example.org) and [1] or [a][b] and ![x](y).",
	"a definition":         "[foo]: https://example.org",
	"a footnote":           "As said[^1] before.",
	"bare addresses":       "See https://example.org/a?b=c#d, HTTP://example.org, ftp://example.org, www.example.org, WWW.example.org and a.b@example.org.",
	"html":                 "Use <b>bold</b> & <script>alert(1)</script> if 1 < 2 and &amp; stays.",
	"code":                 "Call `f(x)` or ``g`` now.",
	"a heading":            "# Not a heading",
	"a list":               "- not an item",
	"a number":             "12. is the month",
	"a rule":               "---",
	"a quote":              "> not a quote",
	"a table":              "| a | b |",
	"backslashes":          `C:\new\*file\ ends with \`,
	"strikethrough":        "It is ~~gone~~ here ~ roughly.",
	"a task":               "[x] done",
	"an attribution":       "— [1] not one",
	"other scripts":        "贝加尔湖是世界上最深的湖泊。 Озеро “Байкал”.",
	"dollars":              "It cost $5 and $6.",
	"an escaped character": `a \_ b \\ c`,
	"quotation marks":      `He said "no" and 'yes'.`,
	"trailing emphasis":    "A note*",
	"bracket at the end":   "a list[",
}

func TestMarkdown_QuotesReadBack(t *testing.T) {
	t.Parallel()
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.Linkify))
	for name, quote := range quotes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := strings.Join(strings.Fields(quote), " ")
			out := render.Markdown(report(t, quote, quote))
			require.Equal(t, []string{plain, "a fifth of the fresh water"}, render.PlainQuotes(out))
			for which, engine := range map[string]goldmark.Markdown{"CommonMark": goldmark.New(), "extended": md} {
				var page bytes.Buffer
				require.NoError(t, engine.Convert([]byte(out), &page))
				quoted := regexp.MustCompile(`(?s)<blockquote>\s*<p>(.*?)</p>`).FindStringSubmatch(page.String())
				require.NotNil(t, quoted, which)
				require.Equal(t, plain, html.UnescapeString(quoted[1]), which)
				require.NotContains(t, page.String(), "<script", which)
			}
		})
	}
}

func TestMarkdown_PlainTextIsLeftAlone(t *testing.T) {
	t.Parallel()
	const quote = "Job_states (see [3]) go on: 2 * 3 < 7, R&D – 50% \"done\"; e.g. C:\\temp."
	require.Contains(t, render.Markdown(report(t, "A claim.", quote)), "> "+quote+"\n")
}

func TestMarkdown_SourcesAndVerdicts(t *testing.T) {
	t.Parallel()
	out := render.Markdown(report(t, "It is deep.", "It is deep."))
	for _, want := range []string{
		"# How Baikal is measured\n",
		"- It is deep. [1]\n",
		"### Finding 2: partly supported\n",
		"> — [1] Lakes of the \\*world\\*, page 3\n",
		"1. **Lakes of the \\*world\\***, A. Ivanova, B. Schmidt, <https://example.org/lakes_(old)?a=1&b=2>, published 2020-05-01, read 2026-01-02, SHA-256 `0123",
		"- The source arxiv could not be asked: it did not answer in 20 s.\n",
	} {
		require.Contains(t, out, want)
	}
}

func TestHTML_IsSelfContainedAndEscaped(t *testing.T) {
	t.Parallel()
	page, err := render.NewHTML()
	require.NoError(t, err)
	for name, quote := range quotes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := page.Render(report(t, quote, quote))
			require.NoError(t, err)
			quoted := regexp.MustCompile(`<blockquote><p>(.*?)</p>`).FindStringSubmatch(out)
			require.NotNil(t, quoted)
			require.Equal(t, strings.Join(strings.Fields(quote), " "), html.UnescapeString(quoted[1]))
			require.NotContains(t, out, "<script")
			require.NotRegexp(t, ` src=|@import|url\(`, out, "nothing is loaded from elsewhere")
		})
	}
}

func TestHTML_Structure(t *testing.T) {
	t.Parallel()
	page, err := render.NewHTML()
	require.NoError(t, err)
	out, err := page.Render(report(t, "It is deep.", "It is deep."))
	require.NoError(t, err)
	require.Contains(t, out, `<html lang="en">`)
	for _, landmark := range []string{"<header>", "<nav aria-label", "<main id", "<footer>"} {
		require.Equal(t, 1, strings.Count(out, landmark), landmark)
	}
	require.Equal(t, 1, strings.Count(out, "<h1>"))
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(out, -1) {
		require.Equal(t, 1, strings.Count(out, `id="`+link[1]+`"`), "exactly one place for #%s", link[1])
	}
	last := 1 // headings go down one level at a time
	for _, h := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(out, -1) {
		level := int(h[1][0] - '0')
		require.LessOrEqual(t, level, last+1)
		last = level
	}
}

func TestHTML_RightToLeft(t *testing.T) {
	t.Parallel()
	page, err := render.NewHTML()
	require.NoError(t, err)
	r := report(t, "A", "A")
	r.Language = "ar"
	out, err := page.Render(r)
	require.NoError(t, err)
	require.Contains(t, out, `<html lang="ar" dir="rtl">`)
}

// TestExample writes the example to $RENDER_EXAMPLE, for eyes.
func TestExample(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("RENDER_EXAMPLE")
	if dir == "" {
		t.Skip("RENDER_EXAMPLE names no folder to write the example to")
	}
	page, err := render.NewHTML()
	require.NoError(t, err)
	r := report(t, "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", quotes["prose"])
	out, err := page.Render(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "report.html"), []byte(out), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "report.md"), []byte(render.Markdown(r)), 0o600))
}
