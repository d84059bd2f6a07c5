package typeset

import (
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// painter draws on one page. Where things are is told from the margin at which lines
// begin, so that pages that are read from right to left are the mirror of the others.
type painter struct {
	page  *pdf.Page
	paper paper
	theme theme
	// numbers are the numbers of the pages that places are on; links lead nowhere else.
	numbers map[string]int
	shaper  *shaper
	// silent is whether what is drawn is read out elsewhere.
	silent bool
}

// x returns where something of a width is on the paper.
func (p *painter) x(start, width float64) float64 {
	if p.theme.rtl {
		return p.paper.width - p.paper.side - start - width
	}
	return p.paper.side + start
}

// rect draws a filled rectangle.
func (p *painter) rect(start, top, width, height float64, c pdf.Color) {
	p.page.Mark(nil)
	p.page.Rect(p.x(start, width), top, width, height, c)
}

// rule draws a line across.
func (p *painter) rule(start, y, width, thickness float64, c pdf.Color) {
	p.page.Mark(nil)
	x := p.x(start, width)
	p.page.Line([2]float64{x, y}, [2]float64{x + width, y}, pdf.Stroke{Width: thickness, Color: c})
}

// align says where a line stands in the room it has.
type align int

const (
	atStart align = iota
	atMiddle
	atEnd
)

// room is where a line is set.
type room struct {
	start, width, top, height float64
	align                     align
	element                   *pdf.Element
}

// left returns where a line begins on the paper, from its left.
func (p *painter) left(l *textLine, r room) float64 {
	x := p.x(r.start, r.width)
	free := r.width - l.width
	// Text that is written the other way keeps to its own side, unless the whole page
	// is laid out that way.
	right := p.theme.rtl || l.of.rtl
	switch {
	case r.align == atMiddle:
		return x + free/2
	case (r.align == atEnd) != right:
		return x + free
	}
	return x
}

// line draws a line. Its baseline is so that its type stands in the middle of the
// height.
func (p *painter) line(l *textLine, r room) {
	const ascent, depth = 0.95, 0.25
	x := p.left(l, r)
	if l.of.rtl {
		x -= l.hanging
	}
	baseline := r.top + (r.height-(ascent+depth)*l.size)/2 + ascent*l.size
	for i := range l.parts {
		x = p.part(&l.parts[i], x, baseline, r)
	}
}

// part draws one part of a line and returns where the next begins.
func (p *painter) part(t *part, x, baseline float64, r room) float64 {
	width := 0.0
	for _, g := range t.glyphs {
		width += float64(g.advance)
	}
	look := t.run.look
	if look.code && !t.blank() {
		p.page.Mark(nil)
		p.page.Rect(x-1, baseline-look.size*0.95, width+2, look.size*1.22, wash)
	}
	element, color := r.element, look.color
	if p.silent {
		element = nil
	}
	linked := look.link != nil && (look.link.url != "" || p.numbers[look.link.place] > 0)
	if linked && element != nil {
		if look.link.element == nil {
			look.link.element = element.Add("Link")
		}
		element = look.link.element
		p.page.Link(pdf.Link{
			X: x, Y: r.top, Width: width, Height: r.height, URL: look.link.url, Place: look.link.place, Contents: look.link.contents,
		}, element)
	}
	p.page.Mark(element)
	p.page.Text(x, baseline, pdf.Line{
		Font: t.run.choice.Font, Size: look.size * t.run.choice.Font.Scale, Color: color, Embolden: t.run.choice.Embolden, Glyphs: t.drawn(),
	})
	if t.run.choice.Missing {
		p.boxes(t, x, baseline)
	}
	if look.strike {
		p.page.Mark(nil)
		y := baseline - look.size*0.3
		p.page.Line([2]float64{x, y}, [2]float64{x + width, y}, pdf.Stroke{Width: look.size / 16, Color: color})
	}
	return x + width
}
