package compose

import (
	"cmp"
	"slices"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// themes groups the findings, in the order of the first of each.
func (c *composer) themes() []*reportv1.Theme {
	var themes []*reportv1.Theme
	for _, f := range c.findings {
		name := cmp.Or(f.GetTheme(), "Findings")
		i := slices.IndexFunc(themes, func(t *reportv1.Theme) bool { return t.GetName() == name })
		if i < 0 {
			i = len(themes)
			themes = append(themes, &reportv1.Theme{Name: name})
		}
		themes[i].Findings = append(themes[i].Findings, f)
	}
	if c.is(analysisv1.Kind_LITERATURE_REVIEW) {
		for _, t := range themes {
			t.Note = "Drawn from " + plural(works(t.GetFindings()), "work", "works") + "."
		}
	}
	return themes
}

// works counts the sources that findings quote.
func works(findings []*reportv1.Finding) int {
	seen := map[string]bool{}
	for _, f := range findings {
		for _, q := range f.GetQuotes() {
			seen[q.GetSourceId()] = true
		}
	}
	return len(seen)
}

// events lists what happened when, of a timeline: what has no date comes after what has
// one. When nothing has one there are none.
func (c *composer) events() []*reportv1.Event {
	if !c.is(analysisv1.Kind_TIMELINE) {
		return nil
	}
	var dated, undated []*reportv1.Event
	for _, f := range c.findings {
		if f.GetDate() != "" {
			dated = append(dated, &reportv1.Event{Date: f.GetDate(), Finding: f})
		} else {
			undated = append(undated, &reportv1.Event{Finding: f})
		}
	}
	if len(dated) == 0 {
		return nil
	}
	return append(dated, undated...)
}

// subjects are the things that a comparison is about, in the order in which the question
// names them; one alone is none.
func (c *composer) subjects() []string {
	if !c.is(analysisv1.Kind_COMPARISON) {
		return nil
	}
	var subjects []string
	for _, f := range c.findings {
		if s := f.GetSubject(); s != "" && !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	if len(subjects) < 2 {
		return nil
	}
	question := strings.ToLower(c.found.GetQuestion())
	place := func(subject string) int {
		if at := strings.Index(question, strings.ToLower(subject)); at >= 0 {
			return at
		}
		return len(question) // last
	}
	slices.SortStableFunc(subjects, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return subjects
}

// comparison sets the subjects side by side, in one respect after the other. What is
// about none of them is not in it.
func (c *composer) comparison(subjects []string) []*reportv1.ComparisonRow {
	cells := map[string][][]*reportv1.Finding{} // respect → subject → findings
	var respects []string
	for _, f := range c.findings {
		at := slices.Index(subjects, f.GetSubject())
		if at < 0 {
			continue
		}
		if cells[f.GetTheme()] == nil {
			cells[f.GetTheme()] = make([][]*reportv1.Finding, len(subjects))
			respects = append(respects, f.GetTheme())
		}
		cells[f.GetTheme()][at] = append(cells[f.GetTheme()][at], f)
	}
	var rows []*reportv1.ComparisonRow
	for _, respect := range respects {
		rows = append(rows, comparisonRows(respect, cells[respect])...)
	}
	return rows
}

// comparisonRows are the lines of one respect: the first that was found of each
// subject, then the second of each, and so on.
func comparisonRows(respect string, found [][]*reportv1.Finding) []*reportv1.ComparisonRow {
	var rows []*reportv1.ComparisonRow
	for line := 0; ; line++ {
		row, empty := &reportv1.ComparisonRow{}, true
		for _, findings := range found {
			cell := &reportv1.Statement{Support: analysisv1.Support_SUPPORTED}
			if line < len(findings) {
				f := findings[line]
				cell.Text, cell.Support, cell.Findings, empty = f.GetClaim(), f.GetSupport(), []int32{f.GetNumber()}, false
			}
			row.Cells = append(row.Cells, cell)
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
