package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// point makes a point of a finding.
func (c *composer) point(i int) Point {
	f := c.content.Findings[i]
	return Point{Claim: f.Claim, Support: f.Support, Marks: c.marksOf(i), Number: slices.Index(c.shown, i) + 1}
}

// marksOf returns the numbers of the references that findings rest on, ascending.
func (c *composer) marksOf(findings ...int) []int {
	var marks []int
	for _, i := range findings {
		for _, citation := range c.citations(c.content.Findings[i]) {
			if mark := c.marks[citation.SourceID]; !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
	}
	slices.Sort(marks)
	return marks
}

// summary gives the sentences that were written; without any, the most salient of the
// shown findings that the check did not reject. The verdicts on given claims are their
// own summary.
func (c *composer) summary(p template.Part) []Part {
	summary := &Summary{Heading: cmp.Or(p.Heading, "Summary")}
	for _, s := range c.content.Summary {
		summary.Sentences = append(summary.Sentences, Point{Claim: s.Text, Support: Supported, Marks: c.marksOf(s.Findings...)})
	}
	if len(summary.Sentences) > 0 {
		return []Part{summary}
	}
	if c.content.Kind == FactCheck {
		return nil
	}
	var best []int
	for _, i := range c.shown {
		if f := c.content.Findings[i]; f.Support == Supported || f.Support == Partial {
			best = append(best, i)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int {
		return cmp.Compare(c.content.Findings[b].Salience, c.content.Findings[a].Salience)
	})
	if p.Limit > 0 {
		best = best[:min(p.Limit, len(best))]
	}
	if len(best) == 0 {
		return nil
	}
	for _, i := range best {
		summary.Points = append(summary.Points, c.point(i))
	}
	return []Part{summary}
}

// disagreements lists the pairs of findings that disagree.
func (c *composer) disagreements(p template.Part) []Part {
	section := &Disagreements{Heading: cmp.Or(p.Heading, "Where sources disagree")}
	for _, d := range c.content.Disagreements {
		if p.Limit > 0 && len(section.Pairs) == p.Limit {
			break
		}
		section.Pairs = append(section.Pairs, Pair{
			First:  c.point(d.First),
			Second: c.point(d.Second),
			Reason: sentence(d.Reason),
		})
	}
	if len(section.Pairs) == 0 {
		return nil
	}
	return []Part{section}
}

// limits says what the research could not do, or that nothing is known to be
// missing.
func (c *composer) limits(p template.Part) []Part {
	section := &Limits{Heading: cmp.Or(p.Heading, "What this research could not answer")}
	for _, l := range c.content.Limits {
		section.Notes = append(section.Notes, l.note())
	}
	if weak := c.weak(); weak > 0 && c.content.Kind != FactCheck {
		section.Notes = append(section.Notes, fmt.Sprintf("%s not fully supported by the quotes given; each is marked.", plural(weak, "finding is", "findings are")))
	}
	if len(section.Notes) == 0 {
		section.Notes = []string{"No source failed and nothing was cut short. Sources that were not searched may still say more."}
	}
	return []Part{section}
}

// note writes a limit for a reader.
func (l Limit) note() string {
	reason := sentence(l.Reason)
	switch {
	case l.Kind == SourceFailed:
		return fmt.Sprintf("The source %s could not be asked: %s", l.What, reason)
	case l.Kind == FileUnreadable:
		return fmt.Sprintf("The file %s could not be read: %s", l.What, reason)
	case l.What == "":
		return reason
	case l.Kind == Incomplete:
		return fmt.Sprintf("The research stopped early (%s): %s", l.What, reason)
	}
	return fmt.Sprintf("%s: %s", l.What, reason)
}

// sentence ends a text with a full stop, if nothing ends it.
func sentence(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") || strings.HasSuffix(text, "。") {
		return text
	}
	return text + "."
}

// weak counts the shown findings that are not fully supported.
func (c *composer) weak() int {
	n := 0
	for _, i := range c.shown {
		if c.content.Findings[i].Support != Supported {
			n++
		}
	}
	return n
}

// plural writes a count with the fitting words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
