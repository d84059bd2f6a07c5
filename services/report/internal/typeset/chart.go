package typeset

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// chart sets a chart with its title and, below it, the same in words.
func (b *builder) chart(f frame, c *reportv1.Chart) {
	figure := f.element.Add("Figure")
	figure.Describe(chart.Describe(c))
	f.element = f.element.Add("Caption")
	title := f
	title.size, title.style = b.scaled(noteSize), fonts.Sans|fonts.Bold
	if c.GetAnchor() != "" {
		b.waiting = append(b.waiting, c.GetAnchor())
	}
	b.text(title, plain(c.GetTitle(), title.look()), setting{gap: f.gap + b.scaled(6), keep: true, leading: 1.35})
	// The drawing is made for type of the size it has on pages, and enlarged.
	drawing := chart.Draw(c, f.width/b.theme.scale)
	scale := b.theme.scale
	if limit := b.theme.upright.textHeight() * 0.8; drawing.Height*scale > limit {
		scale = limit / drawing.Height
	}
	picture := &picture{drawing: drawing, scale: scale, start: f.start, width: drawing.Width * scale, figure: figure}
	picture.label(b)
	b.add(f, &piece{gap: b.scaled(4), height: drawing.Height * scale, keep: true, draw: picture.draw})
	words := c.GetDescription()
	if picture.shortened() {
		words = chart.Describe(c)
	}
	note := f
	note.size, note.color, note.style = b.scaled(smallSize), soft, fonts.Italic
	b.text(note, plain(words, note.look()), setting{gap: b.scaled(4), leading: 1.35})
	if n := len(b.pieces); n > 0 && words == "" {
		b.pieces[n-1].keep = false
	}
}

// picture is a drawing that is set at a place.
type picture struct {
	drawing             chart.Drawing
	scale, start, width float64
	figure              *pdf.Element
	labels              []*textLine
}

// shortened reports whether a name had no room.
func (d *picture) shortened() bool {
	for _, shape := range d.drawing.Shapes {
		if t, is := shape.(chart.Text); is && strings.Contains(t.Content, "…") {
			return true
		}
	}
	return false
}

// toneOf returns the colour of a tone.
func toneOf(t chart.Tone) pdf.Color {
	switch t {
	case chart.Soft:
		return soft
	case chart.Hairline:
		return line
	case chart.Accent:
		return accent
	case chart.Paper:
		return white
	default:
		return ink
	}
}

// label finds the glyphs of the texts.
func (d *picture) label(b *builder) {
	for _, shape := range d.drawing.Shapes {
		t, is := shape.(chart.Text)
		if !is {
			continue
		}
		l := look{size: t.Size * d.scale, color: toneOf(t.Tone), style: fonts.Sans}
		if t.Bold {
			l.style |= fonts.Bold
		}
		c := plain(t.Content, l)
		if c.blank() {
			d.labels = append(d.labels, nil)
			continue
		}
		d.labels = append(d.labels, &b.shaper.shape(c).lines(1e6)[0])
	}
}

// draw draws it. A drawing is not mirrored: its axes run from left to right.
func (d *picture) draw(p *painter, top float64) {
	left := p.x(d.start, d.width)
	p.page.Mark(d.figure)
	next := 0
	for _, shape := range d.drawing.Shapes {
		switch s := shape.(type) {
		case chart.Rect:
			if !s.Hatch {
				p.page.Rect(left+s.X*d.scale, top+s.Y*d.scale, s.W*d.scale, s.H*d.scale, toneOf(s.Fill))
				continue
			}
			for _, l := range chart.Hatching(s) {
				d.line(p, left, top, l)
			}
		case chart.Line:
			d.line(p, left, top, s)
		case chart.Circle:
			p.page.Circle(left+s.X*d.scale, top+s.Y*d.scale, s.R*d.scale, toneOf(s.Fill))
		case chart.Text:
			if l := d.labels[next]; l != nil {
				d.text(p, left, top, l, s)
			}
			next++
		}
	}
}

func (d *picture) line(p *painter, left, top float64, l chart.Line) {
	p.page.Line([2]float64{left + l.X1*d.scale, top + l.Y1*d.scale}, [2]float64{left + l.X2*d.scale, top + l.Y2*d.scale},
		pdf.Stroke{Width: l.Width * d.scale, Color: toneOf(l.Tone), Dashed: l.Dashed})
}

func (d *picture) text(p *painter, left, top float64, l *textLine, t chart.Text) {
	x := left + t.X*d.scale
	switch t.Anchor {
	case chart.Middle:
		x -= l.width / 2
	case chart.End:
		x -= l.width
	default:
	}
	for i := range l.parts {
		x = p.part(&l.parts[i], x, top+t.Y*d.scale, room{element: d.figure})
	}
}
