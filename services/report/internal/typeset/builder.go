package typeset

import (
	"slices"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// builder turns a document into pieces.
type builder struct {
	doc    *reportv1.Document
	theme  theme
	shaper *shaper
	pieces []*piece
	// known are the places that links may lead to.
	known map[string]bool
	// entries are the headings, for the contents and the outline.
	entries []entry
	// waiting are places, and marker what is drawn beside, the next piece.
	waiting []string
	marker  func(p *painter, top float64)
	// fresh says that the next piece begins a page, title what the heads of pages say
	// from it on.
	fresh bool
	title *string
}

// entry is a heading as the contents and the outline show it.
type entry struct {
	level int
	title string
	place string
}

// frame is where blocks are set, and how.
type frame struct {
	start, width float64
	// size is that of running text, gap the space between blocks.
	size, gap float64
	color     pdf.Color
	style     fonts.Style
	wide      bool
	element   *pdf.Element
	behind    []*decor
	// depth is how many lists and quotations this is inside of.
	depth int
}

// scaled returns a size as this document has it.
func (b *builder) scaled(size float64) float64 { return size * b.theme.scale }

// body returns the frame of running text.
func (b *builder) body(element *pdf.Element) frame {
	return frame{
		width: b.theme.upright.textWidth(), size: b.scaled(bodySize), gap: b.scaled(7), color: ink, element: element,
	}
}

// inner returns a frame inside this one.
func (f frame) inner(indent float64, element *pdf.Element) frame {
	f.start += indent
	f.width -= indent
	f.element = element
	return f
}

// with returns the frame with something drawn behind all that is in it.
func (f frame) with(d *decor) frame {
	f.behind = append(slices.Clip(f.behind), d)
	return f
}

// look returns how running text looks in a frame.
func (f frame) look() look { return look{size: f.size, color: f.color, style: f.style} }

// add adds a piece that stands in a frame.
func (b *builder) add(f frame, p *piece) {
	p.wide, p.behind = f.wide, f.behind
	p.places, b.waiting = append(p.places, b.waiting...), nil
	if b.fresh {
		p.fresh, b.fresh = true, false
	}
	if b.title != nil {
		p.title, b.title = b.title, nil
	}
	if b.marker != nil {
		marker, draw := b.marker, p.draw
		p.draw = func(on *painter, top float64) {
			marker(on, top)
			draw(on, top)
		}
		b.marker = nil
	}
	b.pieces = append(b.pieces, p)
	for _, d := range f.behind {
		d.last = p
	}
}

// setting says how a paragraph is set.
type setting struct {
	gap     float64
	leading float64 // in sizes of type; 0 is that of running text
	align   align
	// keep says that the paragraph stays with what comes next.
	keep bool
}

// text sets a paragraph.
func (b *builder) text(f frame, c *content, s setting) {
	if c.blank() {
		return
	}
	if s.leading == 0 {
		s.leading = leading
	}
	lines := b.shaper.shape(c).lines(f.width)
	for i := range lines {
		l := &lines[i]
		p := &piece{height: l.size * s.leading, draw: func(on *painter, top float64) {
			on.line(l, room{start: f.start, width: f.width, top: top, height: l.size * s.leading, align: s.align, element: f.element})
		}}
		if i == 0 {
			p.gap = s.gap
		}
		// No page begins or ends with a single line of a paragraph.
		p.keep = s.keep && len(lines) < 8 || i == 0 && len(lines) > 1 || i == len(lines)-2 || s.keep && i == len(lines)-1
		b.add(f, p)
	}
}

// space adds room that is nothing but that.
func (b *builder) space(f frame, height float64) {
	b.add(f, &piece{height: height, draw: func(*painter, float64) {}})
}
