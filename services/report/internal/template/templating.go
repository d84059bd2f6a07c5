// Package template reads and runs the templates that say what a report contains.
//
// A template is Markdown, in the dialect of package prose, with tags in it:
//
//	{{ expression }}                  prints a value as text
//	{% for x in expression %}…{% end %}
//	{% if expression %}…{% elif expression %}…{% else %}…{% end %}
//	{% findings of=theme.findings quotes=2 %}   places what a report is made of
//	{# comment #}
//
// Expressions are those of CEL, the Common Expression Language. Their variables are the
// fields of Material, with their types: what is not there, or is of another type, is an
// error when a template is read. TEMPLATES.md, beside this module's README, is the
// reference for who writes templates.
//
// # Safety
//
// Whoever may write a template need not be trusted. An expression reaches the material
// and nothing else: there is no function that reads a file, a variable of the
// environment, a clock or another report. What is printed is never read as markup.
// A template ends: lists are finite, and steps, costs, text and time are bounded by the
// constants of this package. Values in memory are bounded, too: no function makes long
// text out of short, lists are not added to each other, and nothing that goes through
// values without counting the cost (equality, `in`) takes lists of lists.
package template

import (
	"time"

	"cel.dev/cel-go/common/types"
)

// Bounds on a template.
const (
	// MaxSource bounds the source in bytes.
	MaxSource = 64 << 10
	// MaxTags bounds the tags in a source, printed values among them.
	MaxTags = 2000
	// MaxNesting bounds how deep loops and conditions are nested.
	MaxNesting = 32
	// MaxErrors is how many errors are told at once.
	MaxErrors = 20
	// MaxNodes bounds the parts of one expression, as macros expand it.
	MaxNodes = 1000
)

// Bounds on what a template does.
const (
	// MaxSteps bounds the turns of loops, the conditions, the values printed and the
	// blocks placed.
	MaxSteps = 100_000
	// MaxText bounds the text in bytes: what the template holds and what it prints.
	MaxText = 1 << 20
	// MaxMarkdown bounds the part of the text that is read as Markdown: what the
	// template holds, as often as loops repeat it.
	MaxMarkdown = 256 << 10
	// MaxPlaced bounds the text of the blocks that are placed, and of the quotes that
	// marks show on demand, in bytes.
	MaxPlaced = 16 << 20
	// MaxTime bounds how long it takes.
	MaxTime = 2 * time.Second
	// MaxCost bounds the cost of one expression, and MaxTotalCost that of all that are
	// evaluated, in CEL's units: about one for each step and ten characters.
	MaxCost      = 250_000
	MaxTotalCost = 5_000_000
	// MaxString bounds the strings that expressions make, in bytes.
	MaxString = 64 << 10
)

// Template is a template that was read and checked. It is safe for concurrent use.
type Template struct {
	source source
	nodes  []node
	fields map[string]*types.FieldType // of Material, by the names of variables
}

// Parse reads a template. It fails with Errors, all that were found.
func Parse(text string) (*Template, error) {
	p, err := newParser(text)
	if err != nil {
		return nil, err
	}
	nodes := p.parse()
	if err := p.errors.or(); err != nil {
		return nil, err
	}
	return &Template{source: p.source, nodes: nodes, fields: fields(p.root)}, nil
}

// kinds of material that change how findings are shown.
const (
	factCheck = "FACT_CHECK"
	timeline  = "TIMELINE"
)

// ChartNames are the names that a chart tag may have, in the order of the documentation.
func ChartNames() []string {
	return []string{"sources-by-year", "sources-by-kind", "evidence-by-source", "agreement", "timeline"}
}
