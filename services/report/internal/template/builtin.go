package template

import (
	"embed"
	"fmt"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Builtin is a template that comes with the program.
type Builtin struct {
	// ID names it in the API, such as "brief".
	ID string
	// Title and Description are shown to who chooses one.
	Title, Description string
	// Layout is that of its documents.
	Layout reportv1.Document_Layout
	// Source is the template as it is written, to begin one's own with.
	Source string
	// Template is the same, read.
	Template *Template
}

//go:embed builtin/*.md
var builtin embed.FS

// Builtins returns the built-in templates in the order in which they are offered. Each
// fits material of any kind. It fails only if the program was built with a broken one,
// which a test rules out.
func Builtins() ([]Builtin, error) {
	all := []Builtin{
		{ID: "brief", Title: "Brief", Description: "The answer on one page: a summary, the findings with their best quote, what is missing, and the sources."},
		{ID: "detailed", Title: "Detailed", Description: "Everything that was found: each finding with all its quotes and verdicts, disagreements, charts, what is missing, the sources, and how the report was made."},
		{ID: "literature-review", Title: "Literature review", Description: "What the literature says, theme by theme: an abstract, the scope, how many works agree, where they disagree, and the references."},
		{ID: "comparison", Title: "Comparison", Description: "Things side by side in one table, then the findings about each."},
		{ID: "timeline", Title: "Timeline", Description: "What happened when, as a chart and a list, then the evidence for each event."},
		{ID: "fact-check", Title: "Fact check", Description: "The verdicts on all claims in one table, then what speaks for and against each."},
		{ID: "executive-slides", Title: "Executive slides", Description: "A few slides: the answer in short, what matters most, how far sources agree, and what is open.", Layout: reportv1.Document_SLIDES},
	}
	for i := range all {
		b := &all[i]
		if b.Layout == reportv1.Document_LAYOUT_UNSPECIFIED {
			b.Layout = reportv1.Document_PAGES
		}
		source, err := builtin.ReadFile("builtin/" + b.ID + ".md")
		if err != nil {
			return nil, fmt.Errorf("read built-in template: %w", err)
		}
		b.Source = string(source)
		if b.Template, err = Parse(b.Source); err != nil {
			return nil, fmt.Errorf("built-in template %s: %w", b.ID, err)
		}
	}
	return all, nil
}
