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
		Empty:    !content.evident(),
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
		if len(f.Citations) == 0 && c.Kind != FactCheck {
			return fmt.Errorf("%w: finding %d has no citation", ErrContent, i)
		}
		for _, citation := range f.Citations {
			if !known[citation.SourceID] {
				return fmt.Errorf("%w: finding %d cites unknown source %q", ErrContent, i, citation.SourceID)
			}
		}
	}
	if err := c.checkSummary(); err != nil {
		return err
	}
	for i, d := range c.Disagreements {
		if min(d.First, d.Second) < 0 || max(d.First, d.Second) >= len(c.Findings) || d.First == d.Second {
			return fmt.Errorf("%w: disagreement %d pairs findings %d and %d", ErrContent, i, d.First, d.Second)
		}
	}
	return nil
}

// checkSummary reports a sentence of the summary that rests on nothing.
func (c Content) checkSummary() error {
	for i, s := range c.Summary {
		cited := false
		for _, n := range s.Findings {
			if n < 0 || n >= len(c.Findings) {
				return fmt.Errorf("%w: sentence %d of the summary is made of an unknown finding", ErrContent, i)
			}
			cited = cited || len(c.Findings[n].Citations) > 0
		}
		if !cited {
			return fmt.Errorf("%w: sentence %d of the summary has no citation", ErrContent, i)
		}
	}
	return nil
}

// evident reports whether any finding rests on anything. Claims about which nothing was
// found are findings, too, but no evidence.
func (c Content) evident() bool {
	return slices.ContainsFunc(c.Findings, func(f Finding) bool { return len(f.Citations) > 0 })
}

// notice says what a reader must know before all else.
func (c Content) notice() string {
	incomplete := slices.ContainsFunc(c.Limits, func(l Limit) bool { return l.Kind == Incomplete })
	switch {
	case !c.evident() && c.Kind == FactCheck:
		return "No evidence was found: none of the sources that were read speaks of the claims. " +
			"This is not a finding that they are false."
	case !c.evident():
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
	type group struct{ theme, subject string }
	in := map[group]int{}
	for i, f := range content.Findings {
		of := group{f.Theme, f.Subject}
		in[of]++
		if limit > 0 && in[of] > limit && !content.needed(i) {
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

// needed reports whether a finding is shown in any case: a claim that was to be checked,
// an event, one side of a disagreement, and what the summary is made of.
func (c Content) needed(finding int) bool {
	if c.Kind == FactCheck || c.Kind == Timeline {
		return true
	}
	if slices.ContainsFunc(c.Summary, func(s Sentence) bool { return slices.Contains(s.Findings, finding) }) {
		return true
	}
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
		return c.findings()
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
