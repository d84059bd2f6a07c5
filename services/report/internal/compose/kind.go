package compose

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// findings lays the findings out as the kind of the answer asks: what is to be seen at
// a glance first, then each finding with its quotes.
func (c *composer) findings() []Part {
	switch c.content.Kind {
	case FactCheck:
		return c.verdicts()
	case Timeline:
		return append(c.events(), c.themes()...)
	case Comparison:
		return append(c.table(), c.themes()...)
	}
	return c.themes()
}

// verdicts lists the given claims with what speaks for and against them.
func (c *composer) verdicts() []Part {
	section := &Verdicts{Heading: "Claims"}
	for _, i := range c.shown {
		section.Claims = append(section.Claims, c.item(i))
	}
	if len(section.Claims) == 0 {
		return nil
	}
	return []Part{section}
}

// events lists what happened when. What has no date comes after what has one.
func (c *composer) events() []Part {
	section := &Events{Heading: "Timeline"}
	for _, i := range c.shown {
		if day := readable(c.content.Findings[i].Date); day != "" {
			section.Dated = append(section.Dated, Event{Date: day, Point: c.point(i)})
		} else {
			section.Undated = append(section.Undated, c.point(i))
		}
	}
	if len(section.Dated) == 0 {
		return nil // nothing but a list of findings, which follows
	}
	return []Part{section}
}

// readable writes a date of ISO 8601, as precise as it is, for readers; as it stands if
// it is none.
func readable(date string) string {
	for _, form := range []struct{ iso, shown string }{{time.DateOnly, "2 January 2006"}, {"2006-01", "January 2006"}} {
		if at, err := time.Parse(form.iso, date); err == nil {
			return at.Format(form.shown)
		}
	}
	return date
}

// table sets the things that are compared side by side, in one respect after the other.
// What is about none of them is not in it.
func (c *composer) table() []Part {
	section := &Table{Heading: "Side by side", Subjects: c.subjects()}
	if len(section.Subjects) < 2 {
		return nil // nothing beside it
	}
	cells := map[string][][]int{} // respect → subject → findings
	var respects []string
	for _, i := range c.shown {
		f := c.content.Findings[i]
		at := slices.Index(section.Subjects, f.Subject)
		if at < 0 {
			continue
		}
		if cells[f.Theme] == nil {
			cells[f.Theme] = make([][]int, len(section.Subjects))
			respects = append(respects, f.Theme)
		}
		cells[f.Theme][at] = append(cells[f.Theme][at], i)
	}
	for _, respect := range respects {
		section.Rows = append(section.Rows, c.rows(respect, cells[respect])...)
	}
	return []Part{section}
}

// subjects are the things that findings are about, in the order in which the question
// names them.
func (c *composer) subjects() []string {
	var subjects []string
	for _, i := range c.shown {
		if s := c.content.Findings[i].Subject; s != "" && !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	question := strings.ToLower(c.content.Question)
	place := func(subject string) int {
		if at := strings.Index(question, strings.ToLower(subject)); at >= 0 {
			return at
		}
		return len(question) // last
	}
	slices.SortStableFunc(subjects, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return subjects
}

// rows are the lines of one respect: the first that was found of each subject, then the
// second of each, and so on.
func (c *composer) rows(respect string, found [][]int) []Row {
	var rows []Row
	for line := 0; ; line++ {
		row, empty := Row{Cells: make([]*Point, len(found))}, true
		for subject, findings := range found {
			if line < len(findings) {
				point := c.point(findings[line])
				row.Cells[subject], empty = &point, false
			}
		}
		if empty {
			return rows
		}
		if line == 0 {
			row.Respect = cmp.Or(respect, "In general")
		}
		rows = append(rows, row)
	}
}
