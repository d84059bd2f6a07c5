package extract

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// odfWriter gathers the paragraphs of OpenDocument's content. Notes and text
// boxes stand inside paragraphs, so these nest.
type odfWriter struct {
	b       *builder
	c       *container
	lists   map[string]map[int]odfLevel // list styles
	hidden  map[string]bool             // styles whose text is not shown
	blocks  []*odfBlock                 // paragraphs that have begun
	tables  []*odfTable                 // tables that have begun
	notes   []string                    // of the paragraph, which they follow
	inNote  int
	nesting []odfList // lists that have begun, the outermost first
	item    string    // marker of the item that has begun
	sheet   bool      // tables have names that readers see
	objects []string  // objects in the document
	comment string    // what a comment is introduced with, "" outside of one
}

// odfBlock is a paragraph that is being read.
type odfBlock struct {
	text  strings.Builder
	level int
}

// odfTable is a table that is being read.
type odfTable struct {
	table
	cells       []string
	cell        []string
	repeatCells int
	repeatRows  int
}

// odfList is a list that is being read.
type odfList struct {
	style string
	count int
}

// maxRepeated is how often a cell or a row is repeated at most: workbooks repeat
// the empty rest of a sheet a million times.
const maxRepeated = 1000

// open begins an element and reports whether to look inside it.
func (w *odfWriter) open(e xml.StartElement) bool {
	if w.b.failed() {
		return false
	}
	switch e.Name.Local {
	case "tracked-changes", "hidden-text", "hidden-paragraph", "forms", "automatic-styles", "note-citation",
		"font-face-decls", "scripts", "event-listeners", "shapes-hidden", "label-cell-range":
		return false
	case "spreadsheet":
		w.sheet = true
	case "annotation":
		w.comment = "Comment: "
	case "table", "table-row", "table-cell", "covered-table-cell":
		return w.openTable(e)
	case "list", "list-item", "list-header":
		w.openList(e)
	case "frame", "object", "object-ole", "image", "title", "desc":
		return w.openFrame(e)
	default:
		return w.openText(e)
	}
	return true
}

// openText begins a paragraph, or something in one.
func (w *odfWriter) openText(e xml.StartElement) bool {
	switch e.Name.Local {
	case "p", "h":
		if w.hidden[attr(e, "style-name")] {
			return false
		}
		block := &odfBlock{}
		if e.Name.Local == "h" {
			block.level = intOr(attr(e, "outline-level"), 1)
		}
		w.blocks = append(w.blocks, block)
	case "span":
		return !w.hidden[attr(e, "style-name")]
	case "s":
		w.chars(strings.Repeat(" ", min(intOr(attr(e, "c"), 1), 8)))
	case "tab", "line-break":
		w.chars(" ")
	case "ruby-text":
		w.chars(" (")
	case "note":
		w.inNote++
	case "creator":
		if w.comment != "" {
			w.blocks = append(w.blocks, &odfBlock{})
		}
	case "date", "date-string", "creator-initials":
		return w.comment == ""
	}
	return true
}

// openTable begins a table, or a part of one.
func (w *odfWriter) openTable(e xml.StartElement) bool {
	if e.Name.Local == "table" {
		if w.hidden[attr(e, "style-name")] {
			return false
		}
		if name := attr(e, "name"); w.sheet && len(w.tables) == 0 {
			title := w.b.title // a sheet's name is no title
			w.b.heading(2, name)
			w.b.title = title
		}
		w.tables = append(w.tables, &odfTable{})
		return true
	}
	t := w.table()
	if t == nil {
		return true
	}
	switch e.Name.Local {
	case "table-row":
		t.repeatRows = min(intOr(attr(e, "number-rows-repeated"), 1), maxRepeated)
		return attr(e, "visibility") != "collapse"
	default:
		t.repeatCells = min(intOr(attr(e, "number-columns-repeated"), 1), maxRepeated)
	}
	return true
}

// openList begins a list or an item of one.
func (w *odfWriter) openList(e xml.StartElement) {
	switch e.Name.Local {
	case "list":
		style := attr(e, "style-name")
		if style == "" && len(w.nesting) > 0 {
			style = w.nesting[len(w.nesting)-1].style
		}
		w.nesting = append(w.nesting, odfList{style: style})
	case "list-item":
		if len(w.nesting) == 0 {
			return
		}
		at := len(w.nesting) - 1
		level := w.level(at)
		if start := intOr(attr(e, "start-value"), -1); start >= 0 {
			w.nesting[at].count = start - level.start
		}
		w.nesting[at].count++
		w.item = w.marker()
	}
}

// level returns the style of the list at a depth.
func (w *odfWriter) level(at int) odfLevel {
	if level, found := w.lists[w.nesting[at].style][at+1]; found {
		return level
	}
	return odfLevel{format: "bullet", start: 1}
}

// marker returns the marker of the item that begins.
func (w *odfWriter) marker() string {
	last := len(w.nesting) - 1
	level := w.level(last)
	if level.format == "bullet" {
		return "-"
	}
	var numbers []string
	for at := max(0, last+1-level.show); at <= last; at++ {
		l := w.level(at)
		if text := listNumber(w.nesting[at].count+l.start-1, l.format); text != "" {
			numbers = append(numbers, text)
		}
	}
	if len(numbers) == 0 {
		return "-"
	}
	return level.prefix + strings.Join(numbers, ".") + level.suffix
}

// openFrame begins a picture, a text box or an object.
func (w *odfWriter) openFrame(e xml.StartElement) bool {
	switch e.Name.Local {
	case "object":
		if href := attr(e, "href"); href != "" {
			w.objects = append(w.objects, href)
		}
	case "object-ole":
		name := strings.TrimPrefix(attr(e, "href"), "./")
		if data, err := w.c.part(name); err == nil && data != nil {
			if name, data = unwrapOLE(name, data); data != nil {
				w.b.attach(path.Base(name), data)
			}
		}
	case "title", "desc": // the words for a picture
		w.blocks = append(w.blocks, &odfBlock{})
	}
	return true
}

// table returns the innermost table, nil outside all.
func (w *odfWriter) table() *odfTable {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

// chars takes the characters between two tags, where white space is one space.
func (w *odfWriter) chars(s string) {
	if len(w.blocks) > 0 {
		w.blocks[len(w.blocks)-1].text.WriteString(s)
	}
}

// close ends an element.
func (w *odfWriter) close(name string) {
	switch name {
	case "p", "h", "title", "desc":
		w.endBlock(name)
	case "creator":
		if last := len(w.blocks) - 1; w.comment != "" && last >= 0 {
			w.comment = "Comment by " + strings.TrimSpace(w.blocks[last].text.String()) + ": "
			w.blocks = w.blocks[:last]
		}
	case "annotation":
		w.comment = ""
		w.endNotes()
	case "note":
		w.inNote--
	case "ruby-text":
		w.chars(")")
	case "list":
		if len(w.nesting) > 0 {
			w.nesting = w.nesting[:len(w.nesting)-1]
		}
		w.item = ""
	case "table-cell", "covered-table-cell", "table-row", "table":
		w.closeTable(name)
	}
}

// closeTable ends a table, or a part of one.
func (w *odfWriter) closeTable(name string) {
	t := w.table()
	if t == nil {
		return
	}
	switch name {
	case "table-row":
		for range t.repeatRows {
			before := len(t.rows)
			if t.add(t.cells); len(t.rows) == before || w.b.full(&t.table) {
				break
			}
		}
		t.cells, t.repeatRows = nil, 0
	case "table":
		w.tables = w.tables[:len(w.tables)-1]
		if outer := w.table(); outer != nil {
			outer.cell = append(outer.cell, t.flat())
		} else {
			w.b.table(&t.table)
			w.endNotes()
		}
	default:
		text := strings.Join(t.cell, " ")
		for range max(t.repeatCells, 1) {
			t.cells = append(t.cells, text)
		}
		t.cell, t.repeatCells = nil, 0
	}
}

// endBlock hands the innermost paragraph over to what it stands in.
func (w *odfWriter) endBlock(name string) {
	if len(w.blocks) == 0 {
		return
	}
	last := len(w.blocks) - 1
	block := w.blocks[last]
	w.blocks = w.blocks[:last]
	text := strings.Join(strings.Fields(block.text.String()), " ")
	if name == "title" || name == "desc" {
		text = description(text)
	}
	t := w.table()
	switch {
	case text == "":
	case w.comment != "" || w.inNote > 0 && len(w.blocks) > 0:
		w.notes = append(w.notes, w.comment+text)
	case t != nil:
		t.cell = append(t.cell, text)
	case block.level > 0:
		w.b.heading(block.level, text)
	case len(w.nesting) > 0:
		w.addItem(text)
	default:
		w.b.paragraph(text)
	}
	w.endNotes()
}

// endNotes adds the notes of what has ended: they follow the paragraph, or the
// table, that they stand in.
func (w *odfWriter) endNotes() {
	if len(w.blocks) > 0 || len(w.tables) > 0 {
		return
	}
	for _, note := range w.notes {
		w.b.paragraph(note)
	}
	w.notes = nil
}

// addItem adds a paragraph of a list item; only its first has the marker.
func (w *odfWriter) addItem(text string) {
	indent := strings.Repeat("  ", min(len(w.nesting)-1, wordLevels))
	if w.item != "" {
		text = w.item + " " + text
	} else {
		indent += "  "
	}
	w.item = ""
	w.b.item(indent + text)
}

// intOr returns the number that an attribute holds, or what it is without one.
func intOr(value string, without int) int {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 {
		return n
	}
	return without
}
