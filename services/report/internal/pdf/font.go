package pdf

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

// face is a font as a file uses it.
type face struct {
	from *fonts.Font
	ref  ref
	// name is what pages call it.
	name string
	// glyphs are the glyphs that are used, texts what they mean. The code that a page
	// writes is the place in these. A glyph that stands for different texts has a code
	// for each, for else the text could not be read back.
	glyphs []uint16
	texts  []string
	widths []float64
	codes  map[meaning]uint16
}

// meaning is a glyph that stands for a text. The width is set for Blank only.
type meaning struct {
	glyph uint16
	text  string
	width int
}

// Blank is the glyph that nothing is to be seen of, in every font. It is as wide as
// its advance; programs that look at where glyphs are would otherwise be misled.
const Blank = 0xffff

// most is how many codes a font may have; what is left is for the parts of composed
// glyphs.
const most = 0xf000

// code returns the code for a glyph that stands for a text, and its width in
// thousandths of the size of type.
func (f *face) code(g *Glyph, size float64) (uint16, float64) {
	key := meaning{glyph: g.ID, text: shortened(g.Text)}
	width := 0.0
	if g.ID == Blank {
		key.width = int(float64(g.Advance) * 1000 / size)
		width = float64(key.width)
	}
	if code, known := f.codes[key]; known {
		return code, f.widths[code]
	}
	if len(f.glyphs) == most {
		return 0, f.widths[0]
	}
	if g.ID != Blank {
		width = f.from.Width(g.ID)
	}
	code := uint16(len(f.glyphs))
	f.codes[key] = code
	f.glyphs = append(f.glyphs, g.ID)
	f.texts = append(f.texts, key.text)
	f.widths = append(f.widths, width)
	return code, width
}

// face returns the font as this file uses it.
func (f *File) face(from *fonts.Font) *face {
	if known := f.faces[from]; known != nil {
		return known
	}
	added := &face{
		from: from, ref: f.objects.reserve(), name: fmt.Sprintf("F%d", len(f.faces)+1),
		glyphs: []uint16{0}, texts: []string{""}, widths: []float64{from.Width(0)}, codes: map[meaning]uint16{},
	}
	f.faces[from] = added
	f.order = append(f.order, added)
	return added
}

// writeFace writes the glyphs of a font that are used, and what they mean.
func (f *File) writeFace(used *face) error {
	s, err := newSubset(used.from, used.glyphs, used.widths)
	if err != nil {
		return err
	}
	var widths strings.Builder
	for _, width := range used.widths {
		widths.Write(number(nil, width))
	}
	file, err := s.file()
	if err != nil {
		return err
	}
	o := f.objects
	embedded, meanings := o.reserve(), o.reserve()
	o.stream(embedded, fmt.Sprintf("/Length1 %d", len(file)), file)
	o.stream(meanings, "", []byte(used.meanings()))
	label := name(tag(file) + "+" + used.from.Name)
	m := used.from.Metrics
	flags := 4 // a font with characters of its own
	if m.Angle != 0 {
		flags |= 64
	}
	descriptor := o.add(fmt.Sprintf(
		"<< /Type /FontDescriptor /FontName %s /Flags %d /FontBBox [%d %d %d %d] /ItalicAngle %d /Ascent %d /Descent %d /CapHeight %d /StemV 80 /FontFile2 %s >>",
		label, flags, m.Box[0], m.Box[1], m.Box[2], m.Box[3], m.Angle, m.Ascent, m.Descent, m.CapHeight, embedded))
	glyphs := o.add(fmt.Sprintf(
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont %s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s /DW 0 /W [0 [%s]] /CIDToGIDMap /Identity >>",
		label, descriptor, strings.TrimSpace(widths.String())))
	o.put(used.ref, fmt.Sprintf(
		"<< /Type /Font /Subtype /Type0 /BaseFont %s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s >>", label, glyphs, meanings))
	return nil
}

// tag returns six letters that tell this subset of a font from others.
func tag(file []byte) string {
	sum := sha256.Sum256(file)
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}

// silence is a space without width.
const silence = "\u200b"

// meanings writes which text each code stands for.
func (f *face) meanings() string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	// A block may hold a hundred entries.
	const block = 100
	var entries []string
	flush := func() {
		if len(entries) > 0 {
			fmt.Fprintf(&b, "%d beginbfchar\n%s\nendbfchar\n", len(entries), strings.Join(entries, "\n"))
			entries = entries[:0]
		}
	}
	for code, text := range f.texts {
		switch {
		case code == 0:
			continue
		case text == "":
			// Programs that do not heed what is said beside a glyph want something.
			text = silence
		}
		entries = append(entries, fmt.Sprintf("<%04X> <%s>", code, wide(text)))
		if len(entries) == block {
			flush()
		}
	}
	flush()
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.String()
}
