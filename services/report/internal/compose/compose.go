// Package compose turns what an analysis found into a report: a typed tree that
// renderers write as Markdown or HTML.
//
// A report claims nothing of its own. Every sentence in it with a claim is the
// claim of a finding; all else says what was asked, what could not be done, where
// the quotes are from, and how the report was made.
package compose

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// ErrContent says that a Content contradicts itself: it cites a source, or pairs
// a finding, that it does not hold.
var ErrContent = errors.New("inconsistent report content")

// Compose lays content out as the template says. It fails with ErrContent if
// the content contradicts itself, and with template.ErrInvalid for a template
// that is not valid.
func Compose(content Content, tmpl template.Template) (Report, error) {
	if err := tmpl.Validate(); err != nil {
		return Report{}, fmt.Errorf("compose: %w", err)
	}
	if err := content.check(); err != nil {
		return Report{}, fmt.Errorf("compose: %w", err)
	}
	c := newComposer(content, tmpl)
	report := Report{
		Title:    cmp.Or(content.Title, strings.TrimRight(content.Question, "?？ ")),
		Question: content.Question,
		Language: cmp.Or(content.Language, "en"),
		Empty:    len(content.Findings) == 0,
		Notice:   content.notice(),
	}
	for _, part := range tmpl.Parts {
		report.Parts = append(report.Parts, c.part(part)...)
	}
	return report, nil
}

// check reports a citation or a pair that points nowhere.
func (c Content) check() error {
	known := map[string]bool{}
	for _, s := range c.Sources {
		known[s.ID] = true
	}
	for i, f := range c.Findings {
		if len(f.Citations) == 0 {
			return fmt.Errorf("%w: finding %d has no citation", ErrContent, i)
		}
		for _, citation := range f.Citations {
			if !known[citation.SourceID] {
				return fmt.Errorf("%w: finding %d cites unknown source %q", ErrContent, i, citation.SourceID)
			}
		}
	}
	for i, d := range c.Disagreements {
		if min(d.First, d.Second) < 0 || max(d.First, d.Second) >= len(c.Findings) || d.First == d.Second {
			return fmt.Errorf("%w: disagreement %d pairs findings %d and %d", ErrContent, i, d.First, d.Second)
		}
	}
	return nil
}

// notice says what a reader must know before all else.
func (c Content) notice() string {
	incomplete := slices.ContainsFunc(c.Limits, func(l Limit) bool { return l.Kind == Incomplete })
	switch {
	case len(c.Findings) == 0:
		return "No evidence was found: none of the sources that were read answers the question. " +
			"This is not a finding that the answer is no."
	case incomplete:
		return "This report is incomplete. What is missing is listed under its limits."
	}
	return ""
}

// composer holds what the parts of one report share.
type composer struct {
	content Content
	sources map[string]Source
	marks   map[string]int // source id → number of its reference
	cited   []string       // source ids by number
	quotes  int            // shown with each finding, 0 for all
	shown   []int          // the findings shown, by index, in order
}

// newComposer decides which findings are shown and numbers the references in
// the order in which a reader meets them there.
func newComposer(content Content, tmpl template.Template) *composer {
	c := &composer{content: content, sources: map[string]Source{}, marks: map[string]int{}}
	for _, s := range content.Sources {
		c.sources[s.ID] = s
	}
	limit := 0
	for _, p := range tmpl.Parts {
		if p.Kind == template.Findings {
			limit, c.quotes = p.Limit, p.Quotes
		}
	}
	inTheme := map[string]int{}
	for i, f := range content.Findings {
		inTheme[f.Theme]++
		if limit > 0 && inTheme[f.Theme] > limit && !content.disputed(i) {
			continue
		}
		c.shown = append(c.shown, i)
		for _, citation := range c.citations(f) {
			if _, numbered := c.marks[citation.SourceID]; !numbered {
				c.cited = append(c.cited, citation.SourceID)
				c.marks[citation.SourceID] = len(c.cited)
			}
		}
	}
	return c
}

// disputed reports whether a finding is one side of a disagreement. Such a
// finding is always shown.
func (c Content) disputed(finding int) bool {
	return slices.ContainsFunc(c.Disagreements, func(d Disagreement) bool {
		return d.First == finding || d.Second == finding
	})
}

// citations returns the citations of a finding that are shown.
func (c *composer) citations(f Finding) []Citation {
	if c.quotes > 0 {
		return f.Citations[:min(c.quotes, len(f.Citations))]
	}
	return f.Citations
}

// part composes one part; an empty one is left out, but for the limits, which
// say so, and the findings, which may be several sections.
func (c *composer) part(p template.Part) []Part {
	switch p.Kind {
	case template.Summary:
		return c.summary(p)
	case template.Findings:
		return c.themes()
	case template.Disagreements:
		return c.disagreements(p)
	case template.Limits:
		return c.limits(p)
	case template.References:
		return c.references(p)
	case template.Provenance:
		return []Part{&Making{Heading: cmp.Or(p.Heading, "How this report was made"), Facts: c.content.Provenance.facts()}}
	}
	return nil
}
