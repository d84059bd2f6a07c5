package extract

import (
	"strconv"

	"golang.org/x/net/html"
)

const (
	// maxSpan is how many columns a cell may go over, and maxRowSpan how many rows.
	maxSpan, maxRowSpan = 50, 1000
	// maxRowSpanText is the length in bytes of the longest text that is repeated in
	// each row that its cell goes over.
	maxRowSpanText = 200
)

// rowSpans are the cells of the rows above that go over the rows to come, by
// column.
type rowSpans []rowSpan

// rowSpan is one of them.
type rowSpan struct {
	left int // rows
	text string
}

// row returns the text of each cell of a row. A cell that goes over several
// columns is followed by empty ones, so that the others stay under their header.
// One that goes over several rows is repeated in each: a row is read and cited
// alone, and says little without the year that stands beside the first.
func (s *rowSpans) row(tr *html.Node) []string {
	var texts []string
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.Data != "td" && c.Data != "th" {
			continue
		}
		texts = s.above(texts, false)
		text, rows := spacedText(c), span(c, "rowspan", maxRowSpan)
		for i := range span(c, "colspan", maxSpan) {
			if i > 0 {
				text = ""
			}
			s.open(len(texts), rows-1, text)
			texts = append(texts, text)
		}
	}
	return s.above(texts, true)
}

// above adds the cells of the rows above that come next in a row, or all that are
// left.
func (s *rowSpans) above(texts []string, all bool) []string {
	for at := len(texts); at < len(*s) && (all || (*s)[at].left > 0); at++ {
		text := ""
		if cell := &(*s)[at]; cell.left > 0 {
			cell.left--
			text = cell.text
		}
		texts = append(texts, text)
	}
	return texts
}

// open keeps a cell for the rows to come.
func (s *rowSpans) open(column, rows int, text string) {
	if rows == 0 && column >= len(*s) {
		return
	}
	for len(*s) <= column {
		*s = append(*s, rowSpan{})
	}
	if len(text) > maxRowSpanText {
		text = ""
	}
	(*s)[column] = rowSpan{left: rows, text: text}
}

// span returns how many columns or rows a cell goes over.
func span(cell *html.Node, by string, most int) int {
	n, err := strconv.Atoi(attribute(cell, by))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, most)
}
