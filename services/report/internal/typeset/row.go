package typeset

import "github.com/researcherpro/researcherpro/services/report/internal/pdf"

// column is text that stands beside other text: a cell, a date, a name.
type column struct {
	start, width float64
	contents     []*content
	align        align
	element      *pdf.Element
	lines        []textLine
}

// row is columns side by side.
type row struct {
	columns []column
	gap     float64
	leading float64
	// above and below are the room over and under the text.
	above, below float64
	head         *head
	keep         bool
	// under is drawn behind the row, with whether it is its first and its last piece.
	under func(p *painter, top, height float64, first, last bool)
}

// row sets columns side by side. A row that is high is torn apart between its lines
// where a page ends, others are not.
func (b *builder) row(f frame, r row) {
	if r.leading == 0 {
		r.leading = leading
	}
	count, size := 1, 0.0
	for i := range r.columns {
		c := &r.columns[i]
		for _, text := range c.contents {
			if !text.blank() {
				c.lines = append(c.lines, b.shaper.shape(text).lines(c.width)...)
			}
		}
		count = max(count, len(c.lines))
		for _, l := range c.lines {
			size = max(size, l.size)
		}
	}
	if size == 0 {
		size = f.size
	}
	height := size * r.leading
	paper := b.theme.upright
	if f.wide {
		paper = b.theme.wide
	}
	step := count
	if float64(count)*height > paper.textHeight()/3 {
		step = 1
	}
	for from := 0; from < count; from += step {
		b.add(f, r.piece(from, min(from+step, count), count, height))
	}
}

// piece returns the piece with some lines of a row.
func (r row) piece(from, to, count int, height float64) *piece {
	first, last := from == 0, to == count
	p := &piece{height: float64(to-from) * height, head: r.head, keep: r.keep || !last && (first || to == count-1)}
	above := 0.0
	if first {
		p.gap, above = r.gap, r.above
		p.height += r.above
	}
	if last {
		p.height += r.below
	}
	whole := p.height
	p.draw = func(on *painter, top float64) {
		if r.under != nil {
			r.under(on, top, whole, first, last)
		}
		for i := range r.columns {
			c := &r.columns[i]
			for n := from; n < min(to, len(c.lines)); n++ {
				on.line(&c.lines[n], room{
					start: c.start, width: c.width, top: top + above + float64(n-from)*height, height: height, align: c.align, element: c.element,
				})
			}
		}
	}
	return p
}
