package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-text/typesetting/font"
)

// Font is one font file. It is safe for concurrent use.
type Font struct {
	*font.Font

	// Name is that of the file, which is also its PostScript name.
	Name string
	// Scale is by how much larger it is set than the text beside it, so that its letters
	// look as large.
	Scale float64
	// Metrics are what the font says of itself as a whole.
	Metrics Metrics

	data   io.ReaderAt
	tables map[string]span
	// hmtx are the widths and bearings of the glyphs; wide is how many have a width of
	// their own.
	hmtx []byte
	wide int
}

// Metrics are measures of a font in thousandths of the size of type.
type Metrics struct {
	Ascent, Descent, CapHeight int
	// Box is the smallest one that holds every glyph: left, bottom, right, top.
	Box [4]int
	// Angle is that of italics, in degrees; 0 for upright fonts.
	Angle int
}

// span is where a table stands in the file.
type span struct{ offset, length int64 }

func newFont(name string, parsed *font.Font, data io.ReaderAt) (*Font, error) {
	f := &Font{Font: parsed, Name: name, Scale: 1, data: data}
	// Naskh letters are small for the size of their type.
	if strings.HasPrefix(name, "NotoNaskhArabic") {
		f.Scale = 1.14
	}
	if err := f.readTables(); err != nil {
		return nil, fmt.Errorf("read tables of font %s: %w", name, err)
	}
	if err := f.readMetrics(); err != nil {
		return nil, fmt.Errorf("read metrics of font %s: %w", name, err)
	}
	if err := f.readWidths(); err != nil {
		return nil, fmt.Errorf("read widths of font %s: %w", name, err)
	}
	return f, nil
}

// readTables notes where every table stands.
func (f *Font) readTables() error {
	const header, entry = 12, 16
	head := make([]byte, header)
	if _, err := f.data.ReadAt(head, 0); err != nil {
		return err
	}
	entries := make([]byte, entry*int(binary.BigEndian.Uint16(head[4:])))
	if _, err := f.data.ReadAt(entries, header); err != nil {
		return err
	}
	f.tables = map[string]span{}
	for ; len(entries) >= entry; entries = entries[entry:] {
		f.tables[string(entries[:4])] = span{
			offset: int64(binary.BigEndian.Uint32(entries[8:])), length: int64(binary.BigEndian.Uint32(entries[12:])),
		}
	}
	return nil
}

// Table returns a table as it stands in the file, or nothing if there is none.
func (f *Font) Table(tag string) ([]byte, error) {
	return f.Part(tag, 0, int(f.tables[tag].length))
}

// Part returns length bytes of a table.
func (f *Font) Part(tag string, offset, length int) ([]byte, error) {
	where := f.tables[tag]
	if offset < 0 || length < 0 || int64(offset)+int64(length) > where.length {
		return nil, fmt.Errorf("font %s: %d bytes from %d are not in table %s", f.Name, length, offset, tag)
	}
	if length == 0 {
		return nil, nil
	}
	part := make([]byte, length)
	if _, err := f.data.ReadAt(part, where.offset+int64(offset)); err != nil {
		return nil, fmt.Errorf("font %s: table %s: %w", f.Name, tag, err)
	}
	return part, nil
}

// readMetrics reads what a PDF file says about a font.
func (f *Font) readMetrics() error {
	head, err := f.Part("head", 0, 54)
	if err != nil {
		return err
	}
	hhea, err := f.Part("hhea", 0, 36)
	if err != nil {
		return err
	}
	post, err := f.Part("post", 0, 8)
	if err != nil {
		return err
	}
	thousandths := func(table []byte, at int) int {
		return int(int16(binary.BigEndian.Uint16(table[at:]))) * 1000 / int(f.Upem())
	}
	m := Metrics{Ascent: thousandths(hhea, 4), Descent: thousandths(hhea, 6), Angle: int(int16(binary.BigEndian.Uint16(post[4:])))}
	for i := range m.Box {
		m.Box[i] = thousandths(head, 36+2*i)
	}
	// Old fonts do not say how high capitals are; readers only use it to stand in.
	m.CapHeight = m.Ascent * 7 / 10
	if os2, err := f.Table("OS/2"); err == nil && len(os2) >= 90 && binary.BigEndian.Uint16(os2) >= 2 {
		m.CapHeight = thousandths(os2, 88)
	}
	f.Metrics = m
	return nil
}

// readWidths reads how wide glyphs are.
func (f *Font) readWidths() error {
	hhea, err := f.Part("hhea", 0, 36)
	if err != nil {
		return err
	}
	if f.hmtx, err = f.Table("hmtx"); err != nil {
		return err
	}
	f.wide = int(binary.BigEndian.Uint16(hhea[34:]))
	if f.wide == 0 || len(f.hmtx) < 4*f.wide {
		return errors.New("there are none")
	}
	return nil
}

// Metric returns the width and the left side bearing of a glyph as they stand in the
// font.
func (f *Font) Metric(glyph uint16) []byte {
	n := int(glyph)
	if n < f.wide {
		return f.hmtx[4*n : 4*n+4]
	}
	// The last glyphs all have the width of the last that has one.
	metric := append([]byte(nil), f.hmtx[4*f.wide-4:4*f.wide-2]...)
	if at := 4*f.wide + 2*(n-f.wide); at+2 <= len(f.hmtx) {
		return append(metric, f.hmtx[at:at+2]...)
	}
	return append(metric, 0, 0)
}

// Width is how wide a glyph is, in thousandths of the size of type.
func (f *Font) Width(glyph uint16) float64 {
	return float64(binary.BigEndian.Uint16(f.Metric(glyph))) * 1000 / float64(f.Upem())
}
