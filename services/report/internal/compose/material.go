// Package compose makes of what an analysis found the material that templates lay out.
//
// It claims nothing of its own. Every sentence in it with a claim is the claim of a
// finding, or a sentence of the summary that names its findings; all else says what was
// asked, what could not be done, where the quotes are from, and how it was made.
package compose

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// ErrContent says that what an analysis sent contradicts itself: it cites a source, or
// sums up a finding, that it does not hold.
var ErrContent = errors.New("inconsistent report content")

// Options is what a report says beside what was found.
type Options struct {
	// Title is the report's; empty is the question.
	Title string
	// Ended is when the analysis did.
	Ended time.Time
}

// composer holds what the parts of one material share.
type composer struct {
	found    *reportv1.ComposeReportRequest
	sources  map[string]*researchv1.Source
	places   map[string]int // of findings, by their ids
	findings []*reportv1.Finding
	works    []*reportv1.Work // that findings rest on
}

// Material returns what templates lay out. What contradicts itself is ErrContent.
func Material(found *reportv1.ComposeReportRequest, opts Options) (*reportv1.Material, error) {
	c := &composer{found: found, sources: map[string]*researchv1.Source{}, places: map[string]int{}}
	for _, s := range found.GetSources() {
		if s.GetOutcome() != researchv1.Source_UNREADABLE {
			c.sources[s.GetId()] = s
		}
	}
	for i, f := range found.GetFindings() {
		c.places[f.GetId()] = i
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	for i, f := range found.GetFindings() {
		c.findings = append(c.findings, c.finding(int32(i+1), f))
	}
	c.works = c.cited()
	subjects := c.subjects()
	return &reportv1.Material{
		Title:         cmp.Or(opts.Title, strings.TrimSpace(found.GetQuestion())),
		Question:      found.GetQuestion(),
		Language:      c.language(),
		Kind:          c.kind(),
		Notice:        c.notice(),
		Empty:         !c.evident(),
		Summary:       c.summary(),
		Findings:      c.findings,
		Themes:        c.themes(),
		Subjects:      subjects,
		Comparison:    c.comparison(subjects),
		Events:        c.events(),
		Disagreements: c.disagreements(),
		Limits:        c.limits(),
		Facts:         facts(Provenance(found, opts.Ended)),
		Charts:        c.charts(),
		Sources:       c.works,
	}, nil
}

// kind is the shape of the answer, if it has one of its own: the main findings by
// theme, in however many rounds they were collected, are the plain one.
func (c *composer) kind() string {
	switch k := c.found.GetKind(); k {
	case analysisv1.Kind_COMPARISON, analysisv1.Kind_TIMELINE, analysisv1.Kind_LITERATURE_REVIEW, analysisv1.Kind_FACT_CHECK:
		return k.String()
	}
	return ""
}

func (c *composer) is(kind analysisv1.Kind) bool { return c.found.GetKind() == kind }

// language is that of most of the used sources: the language that the findings, which
// are their sentences, are in.
func (c *composer) language() string {
	counts, best := map[string]int{}, ""
	for _, s := range c.found.GetSources() {
		language := s.GetLanguage()
		if s.GetOutcome() != researchv1.Source_USED || language == "" {
			continue
		}
		counts[language]++
		if counts[language] > counts[best] {
			best = language
		}
	}
	return cmp.Or(best, "en")
}

// evident reports whether any finding rests on anything. Claims about which nothing was
// found are findings, too, but no evidence.
func (c *composer) evident() bool {
	return slices.ContainsFunc(c.found.GetFindings(), func(f *analysisv1.Finding) bool { return len(f.GetCitations()) > 0 })
}

// summary gives the sentences that were written, with the numbers of their findings.
func (c *composer) summary() []*reportv1.Statement {
	var out []*reportv1.Statement
	for _, s := range c.found.GetSummary() {
		statement := &reportv1.Statement{Text: s.GetText(), Support: analysisv1.Support_SUPPORTED}
		for _, id := range s.GetFindingIds() {
			statement.Findings = append(statement.Findings, int32(c.places[id]+1))
		}
		out = append(out, statement)
	}
	return out
}

// disagreements returns each pair of contradicting findings once.
func (c *composer) disagreements() []*reportv1.Disagreement {
	var out []*reportv1.Disagreement
	for i, f := range c.found.GetFindings() {
		for _, other := range f.GetContradictions() {
			if j, ok := c.places[other.GetFindingId()]; ok && i < j {
				out = append(out, &reportv1.Disagreement{First: c.findings[i], Second: c.findings[j], Reason: sentence(other.GetReason())})
			}
		}
	}
	return out
}
