package extract

import (
	"encoding/xml"
	"strings"
)

// readPPTX reads a presentation: the slides in their order, each with its title,
// text, tables and the speaker's notes.
func readPPTX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	slides, err := slideOrder(c)
	if err != nil {
		return Document{}, err
	}
	for _, name := range slides {
		if b.failed() {
			break
		}
		if err := readSlide(b, c, name); err != nil {
			return Document{}, err
		}
	}
	return b.document(c.title())
}

// slideOrder returns the parts of the slides in the order in which they are
// shown, which need not be that of their numbers.
func slideOrder(c *container) ([]string, error) {
	targets, err := c.relations("ppt/_rels/presentation.xml.rels", "ppt")
	if err != nil {
		return nil, err
	}
	data, err := c.part("ppt/presentation.xml")
	if err != nil {
		return nil, err
	}
	var slides []string
	open := func(e xml.StartElement) bool {
		if e.Name.Local == "sldId" {
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" && targets[a.Value] != "" {
					slides = append(slides, targets[a.Value])
				}
			}
		}
		return true
	}
	if err := walkXML(data, open, func(string) {}, func(string) {}); err != nil {
		return nil, failBecause(err, Broken, "the list of slides is malformed")
	}
	return slides, nil
}

// readSlide reads a slide and its notes.
func readSlide(b *builder, c *container, name string) error {
	dir, base, _ := strings.Cut(name, "slides/")
	rels, err := c.relations(dir+"slides/_rels/"+base+".rels", strings.TrimSuffix(dir, "/"))
	if err != nil {
		return err
	}
	parts := []string{name}
	for _, target := range rels {
		if at := strings.Index(target, "notesSlides/"); at >= 0 {
			parts = append(parts, dir+target[at:])
		}
	}
	for _, part := range parts {
		data, err := c.part(part)
		if err != nil {
			return err
		}
		w := slideWriter{b: b, notes: part != name}
		if err := walkXML(data, w.open, w.chars, w.close); err != nil {
			return failBecause(err, Broken, "part %s of the presentation is malformed", part)
		}
	}
	return nil
}

// slideWriter gathers the text of a slide shape by shape.
type slideWriter struct {
	b      *builder
	notes  bool
	kind   string   // what the shape is a placeholder for
	lines  []string // paragraphs of the shape
	line   strings.Builder
	cell   []string
	cells  []string
	table  table
	inText bool
	inCell bool
}

// open begins an element and reports whether to look inside it.
func (w *slideWriter) open(e xml.StartElement) bool {
	switch e.Name.Local {
	case "Fallback":
		return false
	case "sp":
		w.kind, w.lines = "", nil
	case "ph":
		w.kind = attr(e, "type")
	case "p":
		w.line.Reset()
	case "t":
		w.inText = true
	case "br":
		w.line.WriteByte(' ')
	case "tc":
		w.inCell, w.cell = true, nil
	case "tbl":
		w.table = table{}
	}
	return !w.b.failed()
}

// chars takes the characters between two tags.
func (w *slideWriter) chars(s string) {
	if w.inText {
		w.line.WriteString(s)
	}
}

// close ends an element.
func (w *slideWriter) close(name string) {
	switch name {
	case "t":
		w.inText = false
	case "p":
		if line := strings.Join(strings.Fields(w.line.String()), " "); w.inCell {
			w.cell = append(w.cell, line)
		} else if line != "" {
			w.lines = append(w.lines, line)
		}
	case "tc":
		w.inCell = false
		w.cells = append(w.cells, strings.Join(w.cell, " "))
	case "tr":
		w.table.add(w.cells)
		w.cells = nil
	case "tbl":
		w.b.table(&w.table)
	case "sp":
		w.endShape()
	}
}

// endShape writes the text of a shape. The number, date and footer that stand on
// every slide are left out.
func (w *slideWriter) endShape() {
	switch w.kind {
	case "sldNum", "dt", "ftr", "hdr", "sldImg":
	case "title", "ctrTitle":
		if !w.notes {
			w.b.heading(2, strings.Join(w.lines, " "))
		}
	default:
		w.b.lines(strings.Join(w.lines, "\n"))
	}
	w.lines = nil
}
