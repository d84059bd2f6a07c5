package pdf

import (
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

// Glyph is a glyph at its place in a line.
type Glyph struct {
	ID uint16
	// Advance is how far it is from here to the next, DX and DY how far off the line
	// it stands, DY upwards.
	Advance, DX, DY float32
	// Text is what it stands for; empty if another one beside it stands for both.
	Text string
}

// Line is glyphs of one font that stand in a row, in the order in which they are seen
// from left to right.
type Line struct {
	Font   *fonts.Font
	Size   float64
	Color  Color
	Glyphs []Glyph
	// Embolden is whether strokes are thickened, for fonts that are not to be had bold.
	Embolden bool
}

// longest is how many bytes of text one code may stand for; more is said beside it.
const longest = 64

// Text draws a line of text; y is that of the line it stands on.
func (p *Page) Text(x, y float64, line Line) {
	f := p.file.face(line.Font)
	p.fonts[f] = true
	p.setFill(line.Color)
	p.content = append(p.content, "BT /"...)
	p.content = append(p.content, f.name...)
	p.content = append(p.content, ' ')
	p.op("Tf", line.Size)
	if line.Embolden {
		p.setStroke(line.Color)
		p.op("w", line.Size/30)
		p.op("Tr", 2)
	}
	p.op("Td", x, p.Height-y)
	w := &writer{page: p, face: f, size: line.Size}
	w.all(line.Glyphs)
	w.close()
	if line.Embolden {
		p.op("Tr", 0)
	}
	p.op("ET")
}

// writer writes glyphs into a page.
type writer struct {
	page *Page
	face *face
	size float64
	// inside is whether a row of glyphs has been begun.
	inside, digits bool
	// owed is by how much the pen, in points, is to be moved before the next glyph.
	owed float64
	rise float32
}

// all writes glyphs. What a code cannot say is said beside it: a text that is too long
// for one, or none at all.
func (w *writer) all(glyphs []Glyph) {
	for i := 0; i < len(glyphs); {
		j := i + 1
		said := len(glyphs[i].Text) > longest || w.full(&glyphs[i])
		switch {
		case glyphs[i].Text == "":
			for j < len(glyphs) && glyphs[j].Text == "" {
				j++
			}
			said = true
		case !said:
			for j < len(glyphs) && glyphs[j].Text != "" && len(glyphs[j].Text) <= longest && !w.full(&glyphs[j]) {
				j++
			}
		}
		if said {
			w.close()
			w.page.content = append(w.page.content, "/Span <</ActualText "...)
			w.page.content = append(w.page.content, text(glyphs[i].Text)...)
			w.page.content = append(w.page.content, ">> BDC\n"...)
		}
		for k := i; k < j; k++ {
			w.glyph(&glyphs[k])
		}
		if said {
			w.close()
			w.page.content = append(w.page.content, "EMC\n"...)
		}
		i = j
	}
}

// full reports whether there is no code left for a glyph.
func (w *writer) full(g *Glyph) bool {
	if len(w.face.glyphs) < most {
		return false
	}
	code, _ := w.face.code(g, w.size)
	return code == 0
}

// glyph writes one glyph.
func (w *writer) glyph(g *Glyph) {
	if g.DY != w.rise {
		w.close()
		w.page.op("Ts", float64(g.DY))
		w.rise = g.DY
	}
	rest := w.move(w.owed + float64(g.DX))
	if !w.inside {
		w.page.content = append(w.page.content, '[')
		w.inside = true
	}
	if !w.digits {
		w.page.content = append(w.page.content, '<')
		w.digits = true
	}
	code, width := w.face.code(g, w.size)
	const hex = "0123456789ABCDEF"
	w.page.content = append(w.page.content, hex[code>>12], hex[code>>8&15], hex[code>>4&15], hex[code&15])
	// The reader moves on by the width that the font tells; what differs is owed.
	w.owed = rest + float64(g.Advance) - float64(g.DX) - width*w.size/1000
}

// move moves the pen, unless the way is too short to be seen; it returns what is left
// of it.
func (w *writer) move(by float64) float64 {
	thousandths := -by * 1000 / w.size
	if thousandths > -1 && thousandths < 1 {
		return by
	}
	if !w.inside {
		w.page.content = append(w.page.content, '[')
		w.inside = true
	}
	if w.digits {
		w.page.content = append(w.page.content, '>')
		w.digits = false
	}
	w.page.content = number(w.page.content, thousandths)
	return 0
}

// close ends a row of glyphs.
func (w *writer) close() {
	if w.digits {
		w.page.content = append(w.page.content, '>')
	}
	if w.inside {
		w.page.content = append(w.page.content, "]TJ\n"...)
	}
	w.inside, w.digits = false, false
	if w.rise != 0 {
		w.page.op("Ts", 0)
		w.rise = 0
	}
}

// shortened is as much of a text as a code stands for.
func shortened(s string) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
