package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// wordWriter gathers the paragraphs of a Word part. Paragraphs nest: a text box
// stands inside the paragraph it is anchored to.
type wordWriter struct {
	b          *builder
	styles     map[string]wordStyle
	lists      *wordLists
	paragraphs []*wordParagraph // paragraphs that have begun, the innermost last
	tables     []*wordTable     // tables that have begun, the innermost last
	lead       string           // what the next paragraph is introduced with
	ruby       string           // how the word is read that comes next
	inRuby     bool
	inText     bool // inside an element whose characters are text
	hidden     bool // the run that is being read is hidden
}

// wordParagraph is a paragraph that is being read.
type wordParagraph struct {
	text   strings.Builder
	level  int    // of the heading it is, 0 for none
	list   string // id of the list it belongs to, "" for none
	listAt int    // level in the list; -1 as its style says
}

// wordTable is a table that is being read.
type wordTable struct {
	table
	cells []string
	cell  []string // paragraphs of the cell
	first []string // those of the first cell
	span  int      // columns of the cell
}

// open begins an element and reports whether to look inside it.
func (w *wordWriter) open(e xml.StartElement) bool {
	if w.b.failed() {
		return false
	}
	switch e.Name.Local {
	case "Fallback", "del", "moveFrom", "instrText", "delText", "sectPr", "pPrChange", "rPrChange":
		return false // older copies of a text box, removed text, field codes
	case "footnote", "endnote":
		kind := attr(e, "type") // separators are notes without a text
		return kind == "" || kind == "normal"
	case "comment":
		w.lead = commentBy(e)
	case "tbl", "tr", "tc", "gridSpan":
		w.openTable(e)
	case "p", "pStyle", "numPr", "numId", "ilvl", "outlineLvl":
		w.openParagraph(e)
	default:
		w.openRun(e)
	}
	return true
}

// openTable begins a table, or a part of one.
func (w *wordWriter) openTable(e xml.StartElement) {
	if e.Name.Local == "tbl" {
		w.tables = append(w.tables, &wordTable{})
		return
	}
	t := w.table()
	if t == nil {
		return
	}
	switch e.Name.Local {
	case "tc":
		t.span = 1
	case "gridSpan":
		if n, err := strconv.Atoi(attr(e, "val")); err == nil && n > 1 && n < 64 {
			t.span = n
		}
	}
}

// openParagraph begins a paragraph, or one of its properties.
func (w *wordWriter) openParagraph(e xml.StartElement) {
	if e.Name.Local == "p" {
		w.paragraphs = append(w.paragraphs, &wordParagraph{listAt: -1})
		return
	}
	p := w.paragraph()
	if p == nil {
		return
	}
	val := attr(e, "val")
	switch e.Name.Local {
	case "pStyle":
		style := w.styles[val]
		p.level = style.level
		if p.list == "" {
			p.list = style.list
		}
		if p.listAt < 0 {
			p.listAt = style.listAt
		}
	case "numPr":
		if p.list == "" {
			p.list = "-" // a list that nothing else is said of
		}
	case "numId":
		p.list = val
	case "ilvl":
		p.listAt, _ = strconv.Atoi(val)
	case "outlineLvl":
		if n, err := strconv.Atoi(val); err == nil && n < 9 {
			p.level = n + 1
		}
	}
}

// openRun begins a run, or something in one.
func (w *wordWriter) openRun(e xml.StartElement) {
	switch e.Name.Local {
	case "r":
		w.hidden = false
	case "t":
		w.inText = true
	case "tab", "br", "cr", "ptab":
		w.write(" ")
	case "noBreakHyphen":
		w.write("-")
	case "vanish", "specVanish":
		w.hidden = attr(e, "val") != "0" && attr(e, "val") != "false"
	case "docPr": // of a picture or a shape
		if text := description(attr(e, "descr")); text != "" {
			w.write(" " + text + " ")
		}
	case "rt":
		w.inRuby, w.ruby = true, ""
	case "sup": // of a formula: running text has vertAlign
		w.write("^")
	case "sub":
		w.write("_")
	case "den":
		w.write("/")
	}
}

// paragraph returns the innermost paragraph, nil outside all.
func (w *wordWriter) paragraph() *wordParagraph {
	if len(w.paragraphs) == 0 {
		return nil
	}
	return w.paragraphs[len(w.paragraphs)-1]
}

// table returns the innermost table, nil outside all.
func (w *wordWriter) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

// chars takes the characters between two tags.
func (w *wordWriter) chars(s string) {
	if w.inText {
		w.write(s)
	}
}

// write adds text to the innermost paragraph.
func (w *wordWriter) write(s string) {
	p := w.paragraph()
	switch {
	case p == nil || w.hidden:
	case w.inRuby:
		w.ruby += s
	default:
		p.text.WriteString(s)
	}
}

// close ends an element.
func (w *wordWriter) close(name string) {
	switch name {
	case "t":
		w.inText = false
	case "r":
		w.hidden = false
	case "rt":
		w.inRuby = false
	case "ruby": // how a word is read follows it in brackets
		if w.ruby != "" {
			w.write(" (" + w.ruby + ")")
		}
		w.ruby = ""
	case "p":
		w.endParagraph()
	case "tc", "tr", "tbl":
		w.closeTable(name)
	}
}

// closeTable ends a table, or a part of one.
func (w *wordWriter) closeTable(name string) {
	t := w.table()
	if t == nil {
		return
	}
	switch name {
	case "tc":
		if len(t.rows) == 0 && len(t.cells) == 0 {
			t.first = t.cell
		}
		t.cells = append(t.cells, strings.Join(t.cell, " "))
		t.cell = nil
		for range t.span - 1 {
			t.cells = append(t.cells, "")
		}
	case "tr":
		t.add(t.cells)
		t.cells = nil
	case "tbl":
		w.endTable(t)
	}
}

// endParagraph hands the innermost paragraph over to its table or to the text.
func (w *wordWriter) endParagraph() {
	p := w.paragraph()
	if p == nil {
		return
	}
	w.paragraphs = w.paragraphs[:len(w.paragraphs)-1]
	text := strings.Join(strings.Fields(p.text.String()), " ")
	if text == "" {
		return
	}
	marker, indent := w.marker(p)
	text, w.lead = w.lead+text, ""
	switch t := w.table(); {
	case t != nil:
		t.cell = append(t.cell, strings.TrimSpace(marker+" "+text))
	case p.level > 0:
		w.b.heading(p.level, marker+" "+text)
	case marker != "":
		w.b.item(indent + marker + " " + text)
	default:
		w.b.paragraph(text)
	}
}

// marker returns what the paragraph's list puts before it, and how far it is
// indented.
func (w *wordWriter) marker(p *wordParagraph) (marker, indent string) {
	level := max(p.listAt, 0)
	switch p.list {
	case "", "0":
		return "", ""
	case "-":
		return "-", ""
	}
	marker = w.lists.next(p.list, level)
	if marker == "-" && p.level > 0 {
		marker = ""
	}
	return marker, strings.Repeat("  ", min(level, wordLevels))
}

// endTable writes the innermost table, or puts it into the cell it stands in. A
// box of one cell becomes the paragraphs in it.
func (w *wordWriter) endTable(t *wordTable) {
	w.tables = w.tables[:len(w.tables)-1]
	outer := w.table()
	switch {
	case outer != nil:
		outer.cell = append(outer.cell, t.flat())
	case len(t.rows) == 1 && len(t.columns()) == 1 && len(t.first) > 0:
		for _, text := range t.first {
			w.b.paragraph(text)
		}
	default:
		w.b.table(&t.table)
	}
}
