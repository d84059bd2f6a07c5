package compose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// point makes a point of a finding.
func (c *composer) point(f Finding) Point {
	p := Point{Claim: f.Claim, Support: f.Support}
	for _, citation := range c.citations(f) {
		if mark := c.marks[citation.SourceID]; !slices.Contains(p.Marks, mark) {
			p.Marks = append(p.Marks, mark)
		}
	}
	slices.Sort(p.Marks)
	return p
}

// summary picks the most salient of the shown findings that the check did not
// reject.
func (c *composer) summary(p template.Part) []Part {
	var best []Finding
	for _, i := range c.shown {
		if f := c.content.Findings[i]; f.Support == Supported || f.Support == Partial {
			best = append(best, f)
		}
	}
	slices.SortStableFunc(best, func(a, b Finding) int { return cmp.Compare(b.Salience, a.Salience) })
	if p.Limit > 0 {
		best = best[:min(p.Limit, len(best))]
	}
	if len(best) == 0 {
		return nil
	}
	summary := &Summary{Heading: cmp.Or(p.Heading, "Summary")}
	for _, f := range best {
		summary.Points = append(summary.Points, c.point(f))
	}
	return []Part{summary}
}

// themes makes a section of each theme, in the order of its first finding.
func (c *composer) themes() []Part {
	sections := map[string]*Theme{}
	var parts []Part
	for number, i := range c.shown {
		f := c.content.Findings[i]
		section := sections[f.Theme]
		if section == nil {
			section = &Theme{Heading: cmp.Or(f.Theme, "Findings")}
			sections[f.Theme] = section
			parts = append(parts, section)
		}
		item := Item{Point: c.point(f), Number: number + 1}
		for _, citation := range c.citations(f) {
			item.Quotes = append(item.Quotes, Quote{
				Text: citation.Quote, Mark: c.marks[citation.SourceID],
				Source: c.sources[citation.SourceID].name(), Page: citation.Page, Support: citation.Support,
			})
		}
		section.Findings = append(section.Findings, item)
	}
	return parts
}

// disagreements lists the pairs of findings that disagree.
func (c *composer) disagreements(p template.Part) []Part {
	section := &Disagreements{Heading: cmp.Or(p.Heading, "Where sources disagree")}
	for _, d := range c.content.Disagreements {
		if p.Limit > 0 && len(section.Pairs) == p.Limit {
			break
		}
		section.Pairs = append(section.Pairs, Pair{
			First:  c.point(c.content.Findings[d.First]),
			Second: c.point(c.content.Findings[d.Second]),
			Reason: d.Reason,
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
	if weak := c.weak(); weak > 0 {
		section.Notes = append(section.Notes, fmt.Sprintf("%s not fully supported by the quotes given; each is marked.", plural(weak, "finding is", "findings are")))
	}
	if len(section.Notes) == 0 {
		section.Notes = []string{"No source failed and nothing was cut short. Sources that were not searched may still say more."}
	}
	return []Part{section}
}

// note writes a limit for a reader.
func (l Limit) note() string {
	switch l.Kind {
	case SourceFailed:
		return fmt.Sprintf("The source %s could not be asked: %s.", l.What, l.Reason)
	case FileUnreadable:
		return fmt.Sprintf("The file %s could not be read: %s.", l.What, l.Reason)
	case Incomplete:
		return fmt.Sprintf("The research stopped early (%s): %s.", l.What, l.Reason)
	}
	return fmt.Sprintf("%s: %s.", l.What, l.Reason)
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
