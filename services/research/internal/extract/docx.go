package extract

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// readDOCX reads a Word document: body, tables, text boxes, footnotes and
// endnotes. Deleted text, hidden text and comments are left out.
func readDOCX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	styles, err := headingStyles(c)
	if err != nil {
		return Document{}, err
	}
	for _, name := range []string{"word/document.xml", "word/footnotes.xml", "word/endnotes.xml"} {
		part, err := c.part(name)
		if err != nil {
			return Document{}, err
		}
		w := wordWriter{b: b, styles: styles}
		if err := walkXML(part, w.open, w.chars, w.close); err != nil {
			return Document{}, failBecause(err, Broken, "part %s of the document is malformed", name)
		}
	}
	return b.document(c.title())
}

// headingName matches the names that Word gives to its heading styles, which
// stay English inside the file whatever the language of the program.
var headingName = regexp.MustCompile(`(?i)^heading ([1-9])$`)

// headingStyles returns the level of each style that is a heading, by style id.
func headingStyles(c *container) (map[string]int, error) {
	data, err := c.part("word/styles.xml")
	if err != nil || data == nil {
		return nil, err
	}
	var sheet struct {
		Styles []struct {
			ID   string `xml:"styleId,attr"`
			Name struct {
				Val string `xml:"val,attr"`
			} `xml:"name"`
			Outline *struct {
				Val string `xml:"val,attr"`
			} `xml:"pPr>outlineLvl"`
		} `xml:"style"`
	}
	if err := xml.Unmarshal(data, &sheet); err != nil {
		return nil, failBecause(err, Broken, "part word/styles.xml of the document is malformed")
	}
	levels := map[string]int{}
	for _, style := range sheet.Styles {
		name := headingName.FindStringSubmatch(style.Name.Val)
		switch {
		case name != nil:
			levels[style.ID], _ = strconv.Atoi(name[1])
		case strings.EqualFold(style.Name.Val, "title"):
			levels[style.ID] = 1
		case style.Outline != nil:
			if n, err := strconv.Atoi(style.Outline.Val); err == nil && n < 9 {
				levels[style.ID] = n + 1
			}
		}
	}
	return levels, nil
}

// wordWriter gathers the paragraphs of a Word part. Paragraphs nest: a text box
// stands inside the paragraph it is anchored to.
type wordWriter struct {
	b          *builder
	styles     map[string]int
	paragraphs []*wordParagraph // paragraphs that have begun, the innermost last
	tables     []*wordTable     // tables that have begun, the innermost last
	inText     bool             // inside an element whose characters are text
	hidden     bool             // the run that is being read is hidden
}

// wordParagraph is a paragraph that is being read.
type wordParagraph struct {
	text  strings.Builder
	level int // of the heading it is, 0 for none
	list  bool
}

// wordTable is a table that is being read.
type wordTable struct {
	table
	cells []string
	cell  []string // paragraphs of the cell
}

// open begins an element and reports whether to look inside it.
func (w *wordWriter) open(e xml.StartElement) bool {
	if w.b.failed() {
		return false
	}
	switch e.Name.Local {
	case "Fallback", "del", "moveFrom", "instrText", "delText", "sectPr":
		return false // older copies of a text box, removed text, field codes
	case "footnote", "endnote":
		kind := attr(e, "type") // separators are notes without a text
		return kind == "" || kind == "normal"
	case "p":
		w.paragraphs = append(w.paragraphs, &wordParagraph{})
	case "tbl":
		w.tables = append(w.tables, &wordTable{})
	case "r":
		w.hidden = false
	case "t":
		w.inText = true
	case "tab", "br", "cr":
		w.write(" ")
	case "noBreakHyphen":
		w.write("-")
	case "vanish", "specVanish":
		w.hidden = attr(e, "val") != "0" && attr(e, "val") != "false"
	case "pStyle":
		w.style(attr(e, "val"))
	case "numPr":
		if p := w.paragraph(); p != nil {
			p.list = true
		}
	}
	return true
}

// style notes whether the paragraph's style makes it a heading.
func (w *wordWriter) style(id string) {
	if p := w.paragraph(); p != nil {
		p.level = w.styles[id]
	}
}

// paragraph returns the innermost paragraph, nil outside all.
func (w *wordWriter) paragraph() *wordParagraph {
	if len(w.paragraphs) == 0 {
		return nil
	}
	return w.paragraphs[len(w.paragraphs)-1]
}

// chars takes the characters between two tags.
func (w *wordWriter) chars(s string) {
	if w.inText {
		w.write(s)
	}
}

// write adds text to the innermost paragraph.
func (w *wordWriter) write(s string) {
	if p := w.paragraph(); p != nil && !w.hidden {
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
	case "p":
		w.endParagraph()
	case "tc":
		if t := w.table(); t != nil {
			t.cells = append(t.cells, strings.Join(t.cell, " "))
			t.cell = nil
		}
	case "tr":
		if t := w.table(); t != nil {
			t.add(t.cells)
			t.cells = nil
		}
	case "tbl":
		w.endTable()
	}
}

// table returns the innermost table, nil outside all.
func (w *wordWriter) table() *wordTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

// endParagraph hands the innermost paragraph over to its table or to the text.
func (w *wordWriter) endParagraph() {
	p := w.paragraph()
	if p == nil {
		return
	}
	w.paragraphs = w.paragraphs[:len(w.paragraphs)-1]
	text := strings.TrimSpace(p.text.String())
	switch t := w.table(); {
	case text == "":
	case t != nil:
		t.cell = append(t.cell, text)
	case p.level > 0:
		w.b.heading(p.level, text)
	case p.list:
		w.b.lines("- " + strings.Join(strings.Fields(text), " "))
	default:
		w.b.paragraph(text)
	}
}

// endTable writes the innermost table, or puts it into the cell it stands in.
func (w *wordWriter) endTable() {
	t := w.table()
	if t == nil {
		return
	}
	w.tables = w.tables[:len(w.tables)-1]
	if outer := w.table(); outer != nil {
		outer.cell = append(outer.cell, t.flat())
		return
	}
	w.b.table(&t.table)
}
