package render

import (
	"embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

//go:embed assets/report.html assets/report.css
var assets embed.FS

// HTML writes reports as HTML. It is safe for concurrent use.
type HTML struct {
	page  *template.Template
	style template.CSS
}

// NewHTML reads the page's template. It fails only if the program was built with
// a broken one, which a test rules out.
func NewHTML() (*HTML, error) {
	style, err := assets.ReadFile("assets/report.css")
	if err != nil {
		return nil, fmt.Errorf("read the report's style: %w", err)
	}
	page, err := template.New("report.html").Funcs(template.FuncMap{
		"verdict": func(s compose.Support) string { return verdictOf(s).label },
		"class":   func(s compose.Support) string { return verdictOf(s).class },
		"outcome": outcome,
		"note":    noteOf,
		"kind":    kind,
		"join":    strings.Join,
		"anchor":  anchor,
		"rtl":     rightToLeft,
		"plainly": func(s string) string { return strings.Join(strings.Fields(s), " ") },
		"breaks":  breakable,
	}).ParseFS(assets, "assets/report.html")
	if err != nil {
		return nil, fmt.Errorf("parse the report's page: %w", err)
	}
	return &HTML{page: page, style: template.CSS(style)}, nil //nolint:gosec // our own file, built in
}

// Render writes a report as one self-contained HTML file: no script, no request
// to anywhere, readable on paper, in the dark and on a phone.
func (h *HTML) Render(r compose.Report) (string, error) {
	var out strings.Builder
	data := struct {
		compose.Report
		Style template.CSS
	}{r, h.style}
	if err := h.page.Execute(&out, data); err != nil {
		return "", fmt.Errorf("render report as HTML: %w", err)
	}
	return out.String(), nil
}

// kind names a part, which the page's template cannot tell from its type.
func kind(p compose.Part) string {
	switch p.(type) {
	case *compose.Summary:
		return "summary"
	case *compose.Events:
		return "events"
	case *compose.Table:
		return "table"
	case *compose.Theme:
		return "theme"
	case *compose.Verdicts:
		return "verdicts"
	case *compose.Disagreements:
		return "disagreements"
	case *compose.Limits:
		return "limits"
	case *compose.References:
		return "references"
	case *compose.Making:
		return "making"
	}
	return ""
}

// anchor names a part's heading by the part's place in the report.
func anchor(i int) string { return fmt.Sprintf("part-%d", i+1) }

// rightToLeft reports whether a language is written from right to left.
func rightToLeft(language string) bool {
	switch language {
	case "ar", "fa", "he", "ur", "yi":
		return true
	}
	return false
}

// breakable cuts a digest into pieces between which a line may end.
func breakable(digest string) []string {
	const piece = 8
	var pieces []string
	for len(digest) > piece {
		pieces, digest = append(pieces, digest[:piece]), digest[piece:]
	}
	return append(pieces, digest)
}
