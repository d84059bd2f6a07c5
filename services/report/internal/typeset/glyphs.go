package typeset

import (
	"fmt"
	"unicode"

	"github.com/go-text/typesetting/font/opentype"

	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// drawn returns the glyphs of a part as the file wants them, with the text that each
// stands for.
func (t *part) drawn() []pdf.Glyph {
	glyphs := make([]pdf.Glyph, 0, len(t.glyphs))
	for i := 0; i < len(t.glyphs); {
		j := i + 1
		for j < len(t.glyphs) && t.glyphs[j].cluster == t.glyphs[i].cluster {
			j++
		}
		from, to := int(t.glyphs[i].cluster), t.end
		switch {
		case !t.run.rtl() && j < len(t.glyphs):
			to = int(t.glyphs[j].cluster)
		case t.run.rtl() && i > 0:
			to = int(t.glyphs[i-1].cluster)
		}
		glyphs = t.cluster(glyphs, t.glyphs[i:j], t.run.runesOf[from:max(to, from)])
		i = j
	}
	return glyphs
}

// cluster appends the glyphs of a cluster with its text. From left to right the first
// glyph stands for all of it. From right to left programs turn the glyphs round, but
// not all of them what one glyph stands for, nor do all find the letter that a mark
// belongs to. So there the last glyph, which is the letter, stands for itself, and what
// else there is to read has glyphs that are nothing to be seen.
func (t *part) cluster(to []pdf.Glyph, glyphs []glyph, runes []rune) []pdf.Glyph {
	letter, text := 0, string(runes)
	if t.run.rtl() {
		letter, text = len(glyphs)-1, string(runes[:min(1, len(runes))])
	}
	for i, g := range glyphs {
		out := pdf.Glyph{ID: g.id, Advance: g.advance, DX: g.dx, DY: g.dy}
		if i == letter {
			out.Text = text
			for at := len(runes) - 1; t.run.rtl() && at > 0; at-- {
				to = append(to, pdf.Glyph{ID: pdf.Blank, Text: string(runes[at])})
			}
		}
		to = append(to, out)
	}
	return to
}

// blank reports whether a part is spaces.
func (t *part) blank() bool {
	for _, c := range t.run.runesOf[t.start:t.end] {
		if !unicode.IsSpace(c) {
			return false
		}
	}
	return true
}

// boxHeight is how high the box of a character that no font has is, in sizes of type.
const boxHeight = 0.86

// boxDigits returns the number of a character, which stands in its box in two rows.
func boxDigits(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf("%06X", r)
	}
	return fmt.Sprintf("%04X", r)
}

// boxWidth is how wide the box of a character is, in sizes of type.
func boxWidth(r rune) float64 { return 0.28*float64(len(boxDigits(r))/2) + 0.2 }

// boxes draws the boxes of characters that no font has. The digits are drawn, not
// written: the text of the page is the character.
func (p *painter) boxes(t *part, x, baseline float64) {
	size := t.run.look.size
	p.page.Mark(nil)
	for _, g := range t.glyphs {
		digits := boxDigits(t.run.runesOf[g.cluster])
		height, width := boxHeight*size, float64(g.advance)-0.1*size
		left, top := x+0.05*size, baseline-0.74*size
		p.page.Frame(left, top, width, height, pdf.Stroke{Width: size / 24, Color: t.run.look.color})
		columns := len(digits) / 2
		for i, d := range digits {
			at := [2]float64{left + 0.05*size + 0.28*size*float64(i%columns), top + height*(0.46+0.46*float64(i/columns))}
			p.digit(d, at, size*0.44, t.run.look.color)
		}
		x += float64(g.advance)
	}
}

// digit draws a digit as a shape.
func (p *painter) digit(d rune, at [2]float64, size float64, c pdf.Color) {
	face, err := p.shaper.digits()
	if err != nil {
		return
	}
	id, _ := face.NominalGlyph(d)
	outline, _ := face.GlyphDataOutline(id)
	scale := size / float64(face.Upem())
	shape := make([]pdf.Curve, 0, len(outline.Segments))
	for _, s := range outline.Segments {
		curve := pdf.Curve{Move: s.Op == opentype.SegmentOpMoveTo}
		for _, point := range s.ArgsSlice() {
			curve.Points = append(curve.Points, [2]float64{at[0] + float64(point.X)*scale, at[1] - float64(point.Y)*scale})
		}
		shape = append(shape, curve)
	}
	p.page.Shape(shape, c)
}
