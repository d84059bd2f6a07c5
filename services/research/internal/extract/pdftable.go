package extract

import (
	"slices"
	"unicode/utf8"
)

// A table on a page is lines one below the other whose pieces stand in the same
// columns. Rulings are not looked at: what they part stands apart as well.

const (
	// tableRows is how many lines at least make a table of two columns; with more
	// columns two lines are enough.
	tableRows = 3
	// aligned is how far from each other, in font heights, the edges of cells of
	// one column may be.
	aligned = 0.5
	// proseCell is the mean length in characters of the pieces of lines from which
	// on two columns of running text are more likely than a table.
	proseCell = 28
)

// pdfBlock is either a table or lines of running text.
type pdfBlock struct {
	lines []pdfLine
	table *table
}

// blocksOf parts the lines of a page into running text and tables. Running text
// whose columns were written across the page is put into the order of reading.
func blocksOf(lines []pdfLine) []pdfBlock {
	var blocks []pdfBlock
	var running []pdfLine
	for i := 0; i < len(lines); {
		n := tableLength(lines[i:])
		if n == 0 {
			running = append(running, lines[i])
			i++
			continue
		}
		run := lines[i : i+n]
		i += n
		columns := columnsOf(run)
		switch {
		case len(columns) == 2 && n > tableRows && meanCell(run) > proseCell:
			running = append(running, downColumns(run, columns)...)
		default:
			if len(running) > 0 {
				blocks = append(blocks, pdfBlock{lines: running})
				running = nil
			}
			blocks = append(blocks, pdfBlock{table: tableOf(run, columns)})
		}
	}
	if len(running) > 0 {
		blocks = append(blocks, pdfBlock{lines: running})
	}
	return blocks
}

// tableLength returns how many lines at the beginning make a table, 0 if they
// make none.
func tableLength(lines []pdfLine) int {
	n := 1
	for n < len(lines) && inOneTable(lines[n-1], lines[n]) {
		n++
	}
	if n >= tableRows || n == 2 && len(lines[0].cells) > 2 && len(lines[1].cells) > 2 {
		return n
	}
	return 0
}

// inOneTable reports whether two lines are rows of one table: at least two of
// their pieces stand one below the other.
func inOneTable(a, b pdfLine) bool {
	if len(a.cells) < 2 || len(b.cells) < 2 || a.bottom < b.bottom || a.bottom-b.top > 3*max(a.size, b.size) {
		return false
	}
	together := 0
	slack := aligned * max(a.size, b.size)
	for _, x := range a.cells {
		if slices.ContainsFunc(b.cells, func(y pdfCell) bool {
			return abs(x.left-y.left) < slack || abs(x.right-y.right) < slack || abs(x.left+x.right-y.left-y.right) < 2*slack
		}) {
			together++
		}
	}
	return together >= 2
}

// columnsOf returns the columns of a table: what the pieces of the lines with the
// most common number of pieces cover.
func columnsOf(lines []pdfLine) []pdfCell {
	counts := map[int]int{}
	usual := 0
	for _, l := range lines {
		n := len(l.cells)
		counts[n]++
		if counts[n] > counts[usual] || counts[n] == counts[usual] && n > usual {
			usual = n
		}
	}
	var pieces []pdfCell
	for _, l := range lines {
		if len(l.cells) == usual {
			pieces = append(pieces, l.cells...)
		}
	}
	slices.SortFunc(pieces, func(a, b pdfCell) int {
		switch {
		case a.left < b.left:
			return -1
		case a.left > b.left:
			return 1
		}
		return 0
	})
	var columns []pdfCell
	for _, p := range pieces {
		if last := len(columns) - 1; last >= 0 && p.left < columns[last].right {
			columns[last].right = max(columns[last].right, p.right)
			continue
		}
		columns = append(columns, p)
	}
	return columns
}

// columnAt returns the column that a piece stands in: the one it covers most of,
// or else the nearest.
func columnAt(columns []pdfCell, piece pdfCell) int {
	best, bestAt := 0.0, 0
	for i, c := range columns {
		overlap := min(c.right, piece.right) - max(c.left, piece.left) // negative: the distance
		if i == 0 || overlap > best {
			best, bestAt = overlap, i
		}
	}
	return bestAt
}

// tableOf returns the table that lines make.
func tableOf(lines []pdfLine, columns []pdfCell) *table {
	var t table
	for _, l := range lines {
		cells := make([]string, len(columns))
		for _, piece := range l.cells {
			at := columnAt(columns, piece)
			if cells[at] != "" {
				cells[at] += " "
			}
			cells[at] += piece.text
		}
		t.add(cells)
	}
	return &t
}

// meanCell returns the mean length of the pieces of lines, in characters.
func meanCell(lines []pdfLine) float64 {
	length, count := 0, 0
	for _, l := range lines {
		for _, piece := range l.cells {
			length += utf8.RuneCountInString(piece.text)
			count++
		}
	}
	return float64(length) / float64(max(count, 1))
}

// downColumns returns the lines of one column after those of the other.
func downColumns(lines []pdfLine, columns []pdfCell) []pdfLine {
	var out []pdfLine
	for at := range columns {
		for _, l := range lines {
			part := l
			part.cells = nil
			for _, piece := range l.cells {
				if columnAt(columns, piece) == at {
					part.cells = append(part.cells, piece)
				}
			}
			if len(part.cells) > 0 {
				out = append(out, part)
			}
		}
	}
	return out
}
