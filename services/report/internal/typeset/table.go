package typeset

import (
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// mostColumns is how many columns stand side by side; what a wider table has more is
// set below, after its first column again.
const mostColumns = 16

// grid is a table that is being set.
type grid struct {
	*builder
	frame  frame
	table  *reportv1.Table
	heads  []*content
	cells  [][]*content
	starts []float64
	widths []float64
	pad    float64
}

func (b *builder) table(f frame, t *reportv1.Table) {
	for len(t.GetColumns()) > mostColumns {
		var first *reportv1.Table
		first, t = cut(t)
		b.table(f, first)
	}
	if len(t.GetColumns()) == 0 {
		return
	}
	g := &grid{builder: b, frame: f, table: t, pad: b.scaled(4)}
	g.read()
	g.measure()
	g.set()
}

// cut cuts a table after the columns that have room; the first column stands in both
// halves.
func cut(t *reportv1.Table) (first, rest *reportv1.Table) {
	first = &reportv1.Table{Columns: t.GetColumns()[:mostColumns]}
	rest = &reportv1.Table{Columns: append([]*reportv1.Table_Column{t.GetColumns()[0]}, t.GetColumns()[mostColumns:]...)}
	for _, row := range t.GetRows() {
		cells := row.GetCells()
		if len(cells) <= mostColumns {
			first.Rows = append(first.Rows, row)
			continue
		}
		first.Rows = append(first.Rows, &reportv1.Table_Row{Cells: cells[:mostColumns]})
		rest.Rows = append(rest.Rows, &reportv1.Table_Row{Cells: append([]*reportv1.Table_Cell{cells[0]}, cells[mostColumns:]...)})
	}
	return first, rest
}

// read reads the text of all cells, in a type that is the smaller the more columns
// there are.
func (g *grid) read() {
	size := 9.5
	switch n := len(g.table.GetColumns()); {
	case n > 9:
		size = 7.2
	case n > 6:
		size = 8
	case n > 4:
		size = 8.7
	}
	g.frame.size, g.frame.style = g.scaled(size), fonts.Sans
	g.frame.element = g.frame.element.Add("Table")
	bold := g.frame.look()
	bold.style |= fonts.Bold
	for _, column := range g.table.GetColumns() {
		g.heads = append(g.heads, g.flat(column.GetHeading(), bold))
	}
	for _, row := range g.table.GetRows() {
		var cells []*content
		for i := range g.table.GetColumns() {
			l, text := g.frame.look(), []*reportv1.Inline(nil)
			if i < len(row.GetCells()) {
				cell := row.GetCells()[i]
				text = cell.GetText()
				if cell.GetHeading() {
					l = bold
				}
			}
			cells = append(cells, g.flat(text, l))
		}
		g.cells = append(g.cells, cells)
	}
}

// measure finds how wide the columns are: as wide as their text where there is room
// for all, and otherwise so that no word is broken, if that can be.
func (g *grid) measure() {
	wholes, words := make([]float64, len(g.heads)), make([]float64, len(g.heads))
	note := func(i int, c *content) {
		if c.blank() {
			return
		}
		whole, word := g.shaper.shape(c).natural()
		wholes[i], words[i] = max(wholes[i], whole+2*g.pad+0.1), max(words[i], word+2*g.pad+0.1)
	}
	for i, c := range g.heads {
		wholes[i], words[i] = 4*g.pad, 4*g.pad
		note(i, c)
	}
	for _, row := range g.cells {
		for i, c := range row {
			note(i, c)
		}
	}
	// A page is turned on its side for what has no room otherwise or would be hard to
	// read, but not for a table inside a list.
	const many = 8
	narrow := sum(words) > g.frame.width && len(g.heads) > 4 || sum(wholes) > g.frame.width && len(g.heads) > many
	if narrow && !g.theme.slides && g.frame.depth == 0 {
		g.frame.wide = true
		g.frame.width += g.theme.wide.textWidth() - g.theme.upright.textWidth()
	}
	g.widths = fit(wholes, words, g.frame.width)
	at := g.frame.start
	for _, w := range g.widths {
		g.starts = append(g.starts, at)
		at += w
	}
}

// fit returns widths for columns that together have some room.
func fit(wholes, words []float64, room float64) []float64 {
	widths := make([]float64, len(wholes))
	switch all, least := sum(wholes), sum(words); {
	case all <= room:
		// What is left over is shared out, but a table of a few short words is not
		// stretched over the page.
		extra := min((room-all)/float64(len(wholes)), 24)
		for i := range widths {
			widths[i] = wholes[i] + extra
		}
	case least <= room:
		for i := range widths {
			widths[i] = words[i] + (room-least)*(wholes[i]-words[i])/(all-least)
		}
	default:
		// No word is to take more than its share as long as others have less.
		share := room / float64(len(widths))
		over, under := 0.0, 0.0
		for _, w := range words {
			over += max(w-share, 0)
			under += max(share-w, 0)
		}
		for i, w := range words {
			widths[i] = min(w, share)
			if w > share {
				widths[i] += under * (w - share) / over
			}
		}
	}
	return widths
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// set sets the heading and the rows.
func (g *grid) set() {
	var head *head
	gap := g.frame.gap + g.scaled(3)
	if g.headed() {
		r := g.row(g.heads, g.frame.element.Add("TR"), func(int) (string, bool) { return "TH", false })
		r.gap, r.keep, gap = gap, true, 0
		r.under = func(p *painter, top, height float64, _, last bool) {
			p.rect(g.frame.start, top, sum(g.widths), height, wash)
			if last {
				p.rule(g.frame.start, top+height, sum(g.widths), 0.9, soft)
			}
		}
		before := len(g.pieces)
		g.builder.row(g.frame, r)
		head = again(g.pieces[before:], g.theme)
	}
	for i, cells := range g.cells {
		source := g.table.GetRows()[i].GetCells()
		r := g.row(cells, g.frame.element.Add("TR"), func(i int) (string, bool) {
			if i < len(source) && source[i].GetHeading() {
				return "TH", true
			}
			return "TD", false
		})
		r.gap, gap, r.head = gap, 0, head
		r.under = func(p *painter, top, height float64, _, last bool) {
			if last {
				p.rule(g.frame.start, top+height, sum(g.widths), 0.5, line)
			}
		}
		g.builder.row(g.frame, r)
	}
	end := g.frame
	end.wide = false
	if !g.frame.wide {
		g.space(end, g.scaled(5))
	}
}

// headed reports whether any column has a heading.
func (g *grid) headed() bool {
	for _, c := range g.heads {
		if !c.blank() {
			return true
		}
	}
	return false
}

// row returns a row of cells; kind says what each is in the structure.
func (g *grid) row(cells []*content, element *pdf.Element, kind func(int) (name string, ofRow bool)) row {
	r := row{leading: 1.35, above: g.scaled(3), below: g.scaled(3)}
	for i, c := range cells {
		name, ofRow := kind(i)
		cell := element.Add(name)
		if name == "TH" {
			cell.Scope(ofRow)
		}
		a := atStart
		switch g.table.GetColumns()[i].GetAlign() {
		case reportv1.Table_CENTER:
			a = atMiddle
		case reportv1.Table_END:
			a = atEnd
		default:
		}
		r.columns = append(r.columns, column{
			start: g.starts[i] + g.pad, width: g.widths[i] - 2*g.pad, contents: []*content{c}, align: a, element: cell,
		})
	}
	return r
}

// again returns the heading of a table as it is drawn on the pages that the table goes
// on to: as decoration, for it has been read out. One that would fill the page is not
// drawn again.
func again(pieces []*piece, t theme) *head {
	h := &head{}
	for _, p := range pieces {
		h.height += p.height
	}
	if h.height > t.wide.textHeight()/3 {
		return nil
	}
	h.draw = func(on *painter, top float64) {
		for _, p := range pieces {
			on.silent = true
			p.draw(on, top)
			on.silent = false
			top += p.height
		}
	}
	return h
}
