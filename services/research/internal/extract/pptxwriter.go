package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// slideWriter gathers the text of a slide shape by shape.
type slideWriter struct {
	b      *builder
	notes  bool     // it is the speaker's notes
	master bool     // it is a layout: only what is no placeholder shows
	kind   string   // what the shape is a placeholder for; "" for none
	holder bool     // the shape is a placeholder
	lines  []string // paragraphs of the shape
	line   strings.Builder
	indent int
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
	case "sp", "pic", "graphicFrame":
		w.kind, w.holder, w.lines = "", false, nil
	case "cNvPr":
		w.describe(attr(e, "descr"), attr(e, "hidden"))
	case "ph":
		w.kind, w.holder = attr(e, "type"), true
	case "p":
		w.line.Reset()
		w.indent = 0
	case "pPr":
		w.indent, _ = strconv.Atoi(attr(e, "lvl"))
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

// describe adds the words that stand for a picture.
func (w *slideWriter) describe(words, hidden string) {
	if words = description(words); words != "" && hidden != "1" && !w.notes && !w.master {
		w.b.paragraph(words)
	}
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
		w.endLine()
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

// endLine ends a paragraph of a shape or of a cell. Those under others are
// indented.
func (w *slideWriter) endLine() {
	line := strings.Join(strings.Fields(w.line.String()), " ")
	switch {
	case line == "":
	case w.inCell:
		w.cell = append(w.cell, line)
	default:
		w.lines = append(w.lines, strings.Repeat("  ", min(max(w.indent, 0), wordLevels))+line)
	}
}

// endShape writes the text of a shape. The number, date and footer that stand on
// every slide are left out.
func (w *slideWriter) endShape() {
	switch {
	case w.master && w.holder:
	case w.kind == "sldNum", w.kind == "dt", w.kind == "hdr", w.kind == "sldImg", w.kind == "ftr" && w.notes:
	case w.kind == "title" || w.kind == "ctrTitle":
		if !w.notes {
			w.b.heading(2, strings.Join(w.lines, " "))
		}
	default:
		w.b.lines(strings.Join(w.lines, "\n"))
	}
	w.lines = nil
}
