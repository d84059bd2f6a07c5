package pdf

import (
	"encoding/binary"

	"github.com/go-text/typesetting/font/opentype"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

// subset is a font file in the making that holds some glyphs of a font only.
type subset struct {
	from *fonts.Font
	// glyphs are the glyphs in their new order; the numbers are those of the font.
	glyphs []uint16
	// widths are those of the glyphs, in thousandths of the size of type.
	widths []float64
	// renumbered is the new number of a glyph that another one is composed of.
	renumbered map[uint16]uint16
	long       bool // whether the font's table of places has wide entries
}

// newSubset begins a subset of the given glyphs, of which the first is drawn for what
// is missing.
func newSubset(from *fonts.Font, glyphs []uint16, widths []float64) (*subset, error) {
	head, err := from.Part("head", 0, 54)
	if err != nil {
		return nil, err
	}
	s := &subset{from: from, glyphs: glyphs, widths: widths, renumbered: map[uint16]uint16{}, long: binary.BigEndian.Uint16(head[50:]) == 1}
	for i, glyph := range glyphs {
		if _, done := s.renumbered[glyph]; !done {
			s.renumbered[glyph] = uint16(i)
		}
	}
	return s, nil
}

// outline returns a glyph's description as it stands in the font.
func (s *subset) outline(glyph uint16) ([]byte, error) {
	if glyph == Blank {
		return nil, nil
	}
	width, scale := 2, 2
	if s.long {
		width, scale = 4, 1
	}
	places, err := s.from.Part("loca", int(glyph)*width, 2*width)
	if err != nil {
		return nil, err
	}
	at := func(i int) int {
		if s.long {
			return int(binary.BigEndian.Uint32(places[i*width:]))
		}
		return int(binary.BigEndian.Uint16(places[i*width:]))
	}
	return s.from.Part("glyf", at(0)*scale, (at(1)-at(0))*scale)
}

// file returns the font file.
func (s *subset) file() ([]byte, error) {
	var glyf, loca, hmtx []byte
	// Composed glyphs bring those that they are composed of: the list grows.
	for i := 0; i < len(s.glyphs); i++ {
		outline, err := s.outline(s.glyphs[i])
		if err != nil {
			return nil, err
		}
		s.recompose(outline)
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, outline...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		hmtx = append(hmtx, s.metric(i)...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	tables, err := s.headers()
	if err != nil {
		return nil, err
	}
	add := func(tag string, content []byte) {
		tables = append(tables, opentype.Table{Tag: opentype.MustNewTag(tag), Content: content})
	}
	add("glyf", glyf)
	add("loca", loca)
	add("hmtx", hmtx)
	return opentype.WriteTTF(tables), nil
}

// metric returns a glyph's width and bearing.
func (s *subset) metric(i int) []byte {
	if s.glyphs[i] != Blank {
		return s.from.Metric(s.glyphs[i])
	}
	var width uint16
	if i < len(s.widths) {
		width = uint16(s.widths[i] * float64(s.from.Upem()) / 1000)
	}
	return []byte{byte(width >> 8), byte(width), 0, 0}
}

// recompose gives the parts of a composed glyph their new numbers.
func (s *subset) recompose(outline []byte) {
	const header, wordArguments, scale, more, twoScales, matrix = 10, 1, 8, 0x20, 0x40, 0x80
	if len(outline) < header || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return
	}
	for at := header; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		part := binary.BigEndian.Uint16(outline[at+2:])
		number, known := s.renumbered[part]
		if !known {
			number = uint16(len(s.glyphs))
			s.renumbered[part] = number
			s.glyphs = append(s.glyphs, part)
		}
		binary.BigEndian.PutUint16(outline[at+2:], number)
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// headers returns the tables that say things about the font as a whole, and those of
// its hints.
func (s *subset) headers() ([]opentype.Table, error) {
	var tables []opentype.Table
	for _, tag := range []string{"head", "hhea", "maxp", "cvt ", "fpgm", "prep"} {
		content, err := s.from.Table(tag)
		if err != nil {
			return nil, err
		}
		if len(content) == 0 {
			continue
		}
		switch tag {
		case "head":
			binary.BigEndian.PutUint32(content[8:], 0)
			binary.BigEndian.PutUint16(content[50:], 1)
		case "hhea":
			binary.BigEndian.PutUint16(content[34:], uint16(len(s.glyphs)))
		case "maxp":
			binary.BigEndian.PutUint16(content[4:], uint16(len(s.glyphs)))
		}
		tables = append(tables, opentype.Table{Tag: opentype.MustNewTag(tag), Content: content})
	}
	return tables, nil
}
