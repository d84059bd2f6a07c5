package pdf

import (
	"fmt"
	"strings"
)

// Page is a page in the making. The origin is its top left corner, y goes down, and
// all measures are points.
type Page struct {
	// Width and Height are those of the paper.
	Width, Height float64

	file    *File
	ref     ref
	number  int
	content []byte
	fonts   map[*face]bool
	links   []string
	// marked are the elements of the structure by the numbers that this page's content
	// has for them; open says what is being written, which is nothing, decoration or
	// the last of them.
	marked []*Element
	open   marking
	// fill and stroke are the colours that are set, one more than them; 0 if none is.
	fill, stroke Color
}

// marking says what content belongs to.
type marking int

const (
	nothing marking = iota
	decoration
	element
)

// Page begins a page. The one before must have been finished.
func (f *File) Page(width, height float64) *Page {
	p := &Page{Width: width, Height: height, file: f, ref: f.objects.reserve(), number: len(f.pages), fonts: map[*face]bool{}}
	f.pages = append(f.pages, p.ref)
	return p
}

// Finish writes the page; it must not be used any more.
func (p *Page) Finish() {
	p.unmark()
	o := p.file.objects
	content := o.reserve()
	o.stream(content, "", p.content)
	var used strings.Builder
	for _, f := range p.file.order {
		if p.fonts[f] {
			fmt.Fprintf(&used, "/%s %s ", f.name, f.ref)
		}
	}
	annotations := ""
	if len(p.links) > 0 {
		annotations = " /Annots [" + strings.Join(p.links, " ") + "] /Tabs /S"
	}
	o.put(p.ref, fmt.Sprintf(
		"<< /Type /Page /Parent %s /MediaBox %s /Contents %s /Resources << /Font << %s>> >> /StructParents %d%s >>",
		p.file.tree, numbers(0, 0, p.Width, p.Height), content, used.String(), p.number, annotations))
	p.file.structure.pages = append(p.file.structure.pages, p.marked)
	p.content, p.marked = nil, nil
}

// Mark says that what is drawn from here on belongs to an element of the structure;
// without one it is decoration, such as running heads, which is not read out.
func (p *Page) Mark(e *Element) {
	switch {
	case e == nil && p.open == decoration:
		return
	case e != nil && p.open == element && p.marked[len(p.marked)-1] == e:
		return
	}
	p.unmark()
	if e == nil {
		p.content = append(p.content, "/Artifact BMC\n"...)
		p.open = decoration
		return
	}
	e.kids = append(e.kids, kid{page: p.ref, mark: len(p.marked)})
	p.content = fmt.Appendf(p.content, "%s <</MCID %d>> BDC\n", name(e.kind), len(p.marked))
	p.marked = append(p.marked, e)
	p.open = element
}

func (p *Page) unmark() {
	if p.open != nothing {
		p.content = append(p.content, "EMC\n"...)
	}
	p.open = nothing
}

// op appends an operator with its operands.
func (p *Page) op(operator string, operands ...float64) {
	for _, v := range operands {
		p.content = number(p.content, v)
	}
	p.content = append(p.content, operator...)
	p.content = append(p.content, '\n')
}

func (p *Page) setFill(c Color) {
	if p.fill == c+1 {
		return
	}
	p.fill = c + 1
	p.content = append(c.operands(p.content), "rg\n"...)
}

func (p *Page) setStroke(c Color) {
	if p.stroke == c+1 {
		return
	}
	p.stroke = c + 1
	p.content = append(c.operands(p.content), "RG\n"...)
}

// Rect draws a filled rectangle.
func (p *Page) Rect(x, y, width, height float64, c Color) {
	p.setFill(c)
	p.op("re", x, p.Height-y-height, width, height)
	p.op("f")
}

// Stroke is how a line is drawn.
type Stroke struct {
	Width  float64
	Color  Color
	Dashed bool
}

// Line draws a straight line.
func (p *Page) Line(from, to [2]float64, s Stroke) {
	p.setStroke(s.Color)
	p.op("w", s.Width)
	if s.Dashed {
		p.content = append(p.content, "[3 2] 0 d\n"...)
	}
	p.op("m", from[0], p.Height-from[1])
	p.op("l", to[0], p.Height-to[1])
	p.op("S")
	if s.Dashed {
		p.content = append(p.content, "[] 0 d\n"...)
	}
}

// Frame draws the border of a rectangle.
func (p *Page) Frame(x, y, width, height float64, s Stroke) {
	p.setStroke(s.Color)
	p.op("w", s.Width)
	p.op("re", x, p.Height-y-height, width, height)
	p.op("S")
}

// Circle draws a filled circle.
func (p *Page) Circle(x, y, radius float64, c Color) {
	// Four curves with these handles are a circle to a thousandth of its radius.
	const handle = 0.5523
	p.setFill(c)
	y = p.Height - y
	h := radius * handle
	p.op("m", x+radius, y)
	p.op("c", x+radius, y+h, x+h, y+radius, x, y+radius)
	p.op("c", x-h, y+radius, x-radius, y+h, x-radius, y)
	p.op("c", x-radius, y-h, x-h, y-radius, x, y-radius)
	p.op("c", x+h, y-radius, x+radius, y-h, x+radius, y)
	p.op("f")
}
