package extract

import (
	"slices"
	"strings"
)

// table is a table that is being read, row by row. It is written as Markdown, so
// that people, engines and reports all know what is a row and what its header.
type table struct {
	rows [][]string
	size int // bytes of the cells
}

// add adds a row. Cells lose their line breaks; a row without any content is
// left out.
func (t *table) add(cells []string) {
	tidy := make([]string, len(cells))
	for i, cell := range cells {
		tidy[i] = strings.Join(strings.Fields(cleanText(cell)), " ")
		t.size += len(tidy[i]) + len(" | ")
	}
	for len(tidy) > 0 && tidy[len(tidy)-1] == "" {
		tidy = tidy[:len(tidy)-1]
	}
	if len(tidy) > 0 {
		t.rows = append(t.rows, tidy)
	}
}

// columns returns the indexes of the columns that have any content.
func (t *table) columns() []int {
	used := map[int]bool{}
	for _, row := range t.rows {
		for i, cell := range row {
			if cell != "" {
				used[i] = true
			}
		}
	}
	columns := make([]int, 0, len(used))
	for i := range used {
		columns = append(columns, i)
	}
	slices.Sort(columns)
	return columns
}

// markdown returns the table's lines. The first row is its header, and has a
// cell for every column; the others end with their last content. One row alone
// has no header.
func (t *table) markdown() []string {
	columns := t.columns()
	lines := make([]string, 0, len(t.rows)+1)
	for i, row := range t.rows {
		var cells []string
		for _, at := range columns {
			switch {
			case at < len(row):
				cells = append(cells, strings.ReplaceAll(row[at], "|", `\|`))
			case i == 0:
				cells = append(cells, "")
			}
		}
		lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
		if i == 0 && len(t.rows) > 1 {
			lines = append(lines, "|"+strings.Repeat(" --- |", len(columns)))
		}
	}
	return lines
}

// flat returns the table on one line, for a table inside a cell of another.
func (t *table) flat() string {
	var words []string
	for _, row := range t.rows {
		words = append(words, row...)
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// table adds a table. What is a single cell is a box around a text and becomes a
// paragraph.
func (b *builder) table(t *table) {
	switch {
	case len(t.rows) == 0:
	case len(t.rows) == 1 && len(t.columns()) == 1:
		b.paragraph(t.flat())
	default:
		b.lines(strings.Join(t.markdown(), "\n"))
	}
}

// full reports whether t is more than the text may hold, so that reading on is
// of no use: adding it to the text will say so.
func (b *builder) full(t *table) bool { return b.failed() || t.size > b.limits.TextBytes }
