package extract

import "strings"

// rtfWriter puts the paragraphs and tables of an RTF file together.
type rtfWriter struct {
	b       *builder
	flows   []*strings.Builder // notes and margins that have begun, the innermost last
	text    strings.Builder    // of the paragraph
	marker  strings.Builder    // what its list puts before it
	level   int                // of the heading it is
	indent  int
	inTable bool
	cell    []string // paragraphs of the cell
	cells   []string
	nested  []string // cells of a row of a table in the cell
	table   table
	notes   []string // of the paragraph, which they follow
}

// write adds characters to the paragraph, or to what its list puts before it.
func (w *rtfWriter) write(s string, marker bool) {
	switch {
	case len(w.flows) > 0:
		w.flows[len(w.flows)-1].WriteString(s)
	case marker:
		w.marker.WriteString(s)
	default:
		w.text.WriteString(s)
	}
}

// beginFlow begins text that stands apart.
func (w *rtfWriter) beginFlow() { w.flows = append(w.flows, &strings.Builder{}) }

// endFlow ends it and returns it.
func (w *rtfWriter) endFlow() string {
	last := len(w.flows) - 1
	if last < 0 {
		return ""
	}
	text := strings.Join(strings.Fields(w.flows[last].String()), " ")
	w.flows = w.flows[:last]
	return text
}

// reset gives the paragraph the usual properties.
func (w *rtfWriter) reset() {
	if len(w.flows) == 0 {
		w.level, w.indent, w.inTable = 0, 0, false
	}
}

// endParagraph ends a paragraph.
func (w *rtfWriter) endParagraph() {
	if len(w.flows) > 0 {
		w.flows[len(w.flows)-1].WriteByte(' ')
		return
	}
	text := strings.Join(strings.Fields(w.text.String()), " ")
	marker := rtfMarker(w.marker.String())
	w.text.Reset()
	w.marker.Reset()
	switch {
	case text == "":
	case w.inTable:
		w.cell = append(w.cell, strings.TrimSpace(marker+" "+text))
		return
	default:
		w.endTable()
	}
	switch {
	case text == "":
	case w.level > 0:
		w.b.heading(w.level, marker+" "+text)
	case marker != "":
		w.b.item(strings.Repeat("  ", w.indent) + marker + " " + text)
	default:
		w.b.paragraph(text)
	}
	if !w.inTable {
		w.endNotes()
	}
}

// rtfMarker returns the marker of a list item. Bullets are signs of many fonts.
func rtfMarker(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "0123456789") || strings.ContainsAny(text, ".)") {
		return text
	}
	for _, r := range text {
		if r < 0x80 && isLetter(byte(r)) && len(text) > 1 {
			return text
		}
	}
	return "-"
}

// tableWord ends a cell or a row.
func (w *rtfWriter) tableWord(word string) {
	if len(w.flows) > 0 {
		w.endParagraph()
		return
	}
	text := strings.Join(strings.Fields(rtfMarker(w.marker.String())+" "+w.text.String()), " ")
	switch word {
	case "cell":
		w.cells = append(w.cells, strings.Join(append(w.cell, text), " "))
		w.cell = nil
	case "nestcell":
		w.nested = append(w.nested, strings.Join(append(w.cell, text), " "))
		w.cell = nil
	case "nestrow":
		w.cell = append(w.cell, strings.Join(w.nested, " "))
		w.nested = nil
		return
	case "row":
		w.table.add(w.cells)
		w.cells = nil
		return
	}
	w.text.Reset()
	w.marker.Reset()
}

// endTable writes the table that has ended, if one has.
func (w *rtfWriter) endTable() {
	w.table.add(append(w.cells, w.cell...)) // a row that nothing ended
	w.b.table(&w.table)
	w.table, w.cells, w.cell, w.nested = table{}, nil, nil, nil
}

// endNotes adds the notes of what has ended.
func (w *rtfWriter) endNotes() {
	for _, note := range w.notes {
		w.b.paragraph(note)
	}
	w.notes = nil
}
