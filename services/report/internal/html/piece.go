package html

import (
	"html"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// grade is the class of a verdict, which colours it.
func grade(s analysisv1.Support) string {
	switch s {
	case analysisv1.Support_SUPPORTED:
		return "good"
	case analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED:
		return "poor"
	default:
		return "fair"
	}
}

// missing reports whether nothing at all was found about a claim.
func missing(f *reportv1.Finding) bool { return len(f.GetQuotes()) == 0 }

// href returns the attribute of a link, empty if the address may not be followed. The
// address stays as it is: html/template would write some characters of it differently,
// which not every server takes for the same.
func href(address string) template.HTMLAttr {
	if !readable.Leads(address) {
		return ""
	}
	return template.HTMLAttr(`href="` + html.EscapeString(address) + `"`) //nolint:gosec // checked and escaped above
}

// headless returns the text of a heading for the contents, without what points elsewhere.
func headless(text []*reportv1.Inline) string {
	var out strings.Builder
	for _, part := range text {
		switch kind := part.GetKind().(type) {
		case *reportv1.Inline_Text:
			out.WriteString(kind.Text)
		case *reportv1.Inline_Code:
			out.WriteString(kind.Code)
		case *reportv1.Inline_Span:
			out.WriteString(headless(kind.Span.GetText()))
		case *reportv1.Inline_LineBreak:
			out.WriteString(" ")
		}
	}
	return strings.TrimSpace(out.String())
}

// Widths of drawings in their own points, so that labels are as large as a caption in
// the column of a page, on a slide and on a phone.
const (
	column = 470
	narrow = 255
)

// Drawings draws a chart for wide and for narrow screens.
func (p *page) Drawings(c *reportv1.Chart) map[string]template.HTML {
	draw := func(width float64) template.HTML {
		return template.HTML(chart.SVG(c, width, p.Unique("drawing"))) //nolint:gosec // written and escaped by chart
	}
	return map[string]template.HTML{"Wide": draw(column), "Narrow": draw(narrow)}
}

// figures is what a chart shows, as a table.
type figures struct {
	Series []string
	Rows   [][]string
}

// values returns what a chart shows, as a table.
func values(c *reportv1.Chart) figures {
	series, rows := chart.Values(c)
	return figures{series, rows}
}

// running shortens a title so that it fits above a printed page.
func running(title string) string {
	const most = 90
	title = strings.Join(strings.Fields(title), " ")
	if utf8.RuneCountInString(title) <= most {
		return title
	}
	return strings.TrimSpace(string([]rune(title)[:most])) + "…"
}

// long reports whether a title would fill the first page in its usual size.
func long(title string) bool { return utf8.RuneCountInString(title) > 140 }

// day writes the day of a time.
func day(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().Format(time.DateOnly)
}

// pieces cuts a digest where a line may end.
func pieces(digest string) []string {
	var out []string
	for piece := range slices.Chunk([]rune(digest), 8) {
		out = append(out, string(piece))
	}
	return out
}

// codeLanguage returns the language of a code block, the first word after its fence.
func codeLanguage(info string) string {
	if words := strings.Fields(info); len(words) > 0 {
		return words[0]
	}
	return ""
}
