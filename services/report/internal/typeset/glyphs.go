package typeset

import (
	"fmt"
	"unicode"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
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

// boxes draws the boxes of characters that no font has. Its digits stand for no text:
// the text of the page is the character.
func (p *painter) boxes(t *part, x, baseline float64) {
	size := t.run.look.size
	font, err := p.shaper.fonts.Primary(fonts.Mono)
	if err != nil {
		return // as it was before, which is told
	}
	p.page.Mark(nil)
	for _, g := range t.glyphs {
		digits := boxDigits(t.run.runesOf[g.cluster])
		height, width := boxHeight*size, float64(g.advance)-0.1*size
		left, top := x+0.05*size, baseline-0.74*size
		p.page.Frame(left, top, width, height, pdf.Stroke{Width: size / 24, Color: t.run.look.color})
		half := len(digits) / 2
		for i, row := range []string{digits[:half], digits[half:]} {
			glyphs := make([]pdf.Glyph, 0, half)
			for _, d := range row {
				id, _ := font.NominalGlyph(d)
				glyphs = append(glyphs, pdf.Glyph{ID: uint16(id), Advance: float32(0.28 * size)})
			}
			p.page.Text(left+0.06*size, top+height*(0.46+0.46*float64(i)), pdf.Line{
				Font: font, Size: size * 0.44, Color: t.run.look.color, Glyphs: glyphs,
			})
		}
		x += float64(g.advance)
	}
}
