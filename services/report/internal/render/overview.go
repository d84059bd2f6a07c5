package render

import (
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

// summary writes the answer in short: its sentences as one paragraph, or points as a
// list.
func (w *markdown) summary(p *compose.Summary) {
	w.heading(p.Heading)
	if len(p.Sentences) > 0 {
		var sentences []string
		for _, s := range p.Sentences {
			sentences = append(sentences, escape(s.Claim)+" "+marks(s.Marks))
		}
		w.block(strings.Join(sentences, " "))
		return
	}
	var points []string
	for _, point := range p.Points {
		points = append(points, claim(point))
	}
	w.list(points)
}

// events writes a timeline as a list that begins with the dates.
func (w *markdown) events(p *compose.Events) {
	w.heading(p.Heading)
	var items []string
	for _, e := range p.Dated {
		items = append(items, "**"+escape(e.Date)+"**: "+claim(e.Point))
	}
	w.list(items)
	if len(p.Undated) == 0 {
		return
	}
	items = nil
	for _, point := range p.Undated {
		items = append(items, claim(point))
	}
	w.block("Without a date:")
	w.list(items)
}

// table writes what is compared as a table of GitHub's kind, whose cells are one line
// each.
func (w *markdown) table(p *compose.Table) {
	w.heading(p.Heading)
	head := []string{""}
	for _, subject := range p.Subjects {
		head = append(head, cell(subject))
	}
	lines := []string{row(head), "|" + strings.Repeat(" --- |", len(head))}
	for _, r := range p.Rows {
		cells := []string{""}
		if r.Respect != "" {
			cells[0] = "**" + cell(r.Respect) + "**"
		}
		for _, point := range r.Cells {
			text := ""
			if point != nil {
				text = cell(point.Claim) + " " + marks(point.Marks) + weakness(*point)
			}
			cells = append(cells, text)
		}
		lines = append(lines, row(cells))
	}
	w.block(strings.Join(lines, "\n"))
}

// row writes a line of a table.
func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// cell writes text as escape does, and so that it does not end its cell.
func cell(text string) string {
	pieces := strings.Split(strings.Join(strings.Fields(text), " "), "|")
	for i, piece := range pieces {
		trimmed := strings.TrimSpace(piece)
		before, after, _ := strings.Cut(piece, trimmed)
		pieces[i] = before + escape(trimmed) + after
	}
	return strings.Join(pieces, `\|`)
}

// side writes one side of a disagreement.
func side(p compose.Point) string {
	if p.Number == 0 {
		return claim(p)
	}
	return claim(p) + fmt.Sprintf(" (finding %d)", p.Number)
}
