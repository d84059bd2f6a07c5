package extract

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// htmlWriter turns an element tree into blocks. Inline text is gathered in run
// until an element that begins a new block ends it.
type htmlWriter struct {
	b    *builder
	run  strings.Builder
	keep func(block string) bool // nil keeps every block
	// unsure writes the heading before, which is not to be kept: it is kept if a
	// table comes next, since tables are kept themselves.
	unsure func()
}

// blocks writes everything inside n.
func (w *htmlWriter) blocks(n *html.Node) {
	w.children(n)
	w.flush()
}

// children writes the children of n.
func (w *htmlWriter) children(n *html.Node) {
	for c := n.FirstChild; c != nil && !w.b.failed(); c = c.NextSibling {
		w.node(c)
	}
}

// flush ends the paragraph that is being gathered.
func (w *htmlWriter) flush() {
	if text := unmarkedLines(w.run.String()); strings.TrimSpace(text) != "" {
		w.unsure = nil
		if w.wanted(text) {
			w.b.paragraph(text)
		}
	}
	w.run.Reset()
}

// wanted reports whether a block is to be written.
func (w *htmlWriter) wanted(block string) bool {
	return w.keep == nil || w.keep(joinFields(cleanText(block)))
}

// node writes one node.
func (w *htmlWriter) node(n *html.Node) {
	if n.Type == html.TextNode {
		if w.b.fits(w.run.Len() + len(n.Data)/2) { // white space may be half of it, but no more
			w.run.WriteString(n.Data)
		}
		return
	}
	if n.Type != html.ElementNode {
		return
	}
	switch n.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.flush()
		level, _ := strconv.Atoi(n.Data[1:])
		text := spacedText(n)
		if w.unsure = nil; level == 1 || w.wanted(text) {
			w.b.heading(level, text)
		} else {
			w.unsure = func() { w.b.heading(level, text) }
		}
	case "br":
		w.run.WriteByte(' ')
	case "pre":
		w.flush()
		w.b.lines(unmarkedLines(nodeText(n)))
	case "ul", "ol":
		w.flush()
		if list := strings.Join(w.items(n, ""), "\n"); w.wanted(list) {
			w.b.lines(list)
		}
	case "table":
		w.flush()
		w.table(n)
	case "img":
		w.run.WriteString(" " + attribute(n, "alt") + " ")
	default:
		w.element(n)
	}
}

// element writes an element that has no shape of its own.
func (w *htmlWriter) element(n *html.Node) {
	if isInline(n.Data) {
		w.children(n)
		return
	}
	w.flush()
	w.children(n)
	w.flush()
}

// isInline reports whether an element is part of the running text.
func isInline(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
		"kbd", "label", "mark", "math", "q", "ruby", "rt", "rp", "s", "samp", "small", "span", "strike", "strong", "sub",
		"sup", "time", "tt", "u", "var", "wbr",
		// MathML
		"mi", "mn", "mo", "mrow", "msub", "msup", "mfrac", "msqrt", "mtext", "semantics":
		return true
	}
	return false
}

// items returns the lines of a list; those of inner lists are indented.
func (w *htmlWriter) items(list *html.Node, indent string) []string {
	var lines []string
	number := 0
	for item := list.FirstChild; item != nil; item = item.NextSibling {
		if item.Type != html.ElementNode {
			continue
		}
		if item.Data == "ul" || item.Data == "ol" { // not allowed there, but met
			lines = append(lines, w.items(item, indent+"  ")...)
			continue
		}
		number++
		marker := "- "
		if list.Data == "ol" {
			marker = strconv.Itoa(number) + ". "
		}
		var inner []string
		words := strings.Join(strings.Fields(w.itemText(item, indent, &inner)), " ")
		if words != "" {
			lines = append(lines, indent+marker+words)
		}
		lines = append(lines, inner...)
	}
	return lines
}

// itemText returns the words of a list item and adds the lines of the lists
// inside it to inner.
func (w *htmlWriter) itemText(n *html.Node, indent string, inner *[]string) string {
	var s strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			s.WriteString(c.Data)
		case c.Type != html.ElementNode:
		case c.Data == "ul" || c.Data == "ol":
			*inner = append(*inner, w.items(c, indent+"  ")...)
		case isInline(c.Data):
			s.WriteString(w.itemText(c, indent, inner))
		default:
			s.WriteString(" " + w.itemText(c, indent, inner) + " ")
		}
	}
	return s.String()
}

// table writes a table as rows. A table with one cell, or one that holds another
// table, is there for the layout, and its cells are written as blocks.
func (w *htmlWriter) table(n *html.Node) {
	if innerTable(n) {
		w.children(n)
		return
	}
	var rows table
	var spans rowSpans
	caption, cells := "", 0
	for d := range n.Descendants() {
		switch {
		case d.Type != html.ElementNode:
		case d.Data == "caption":
			caption = nodeText(d)
		case d.Data == "tr" && !w.b.full(&rows):
			texts := spans.row(d)
			cells += len(texts)
			rows.add(texts)
		}
	}
	if cells < 2 {
		w.children(n)
		return
	}
	if w.unsure != nil {
		w.unsure()
		w.unsure = nil
	}
	w.b.paragraph(caption)
	w.b.table(&rows)
}

// innerTable reports whether a table holds another.
func innerTable(n *html.Node) bool {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "table" {
			return true
		}
	}
	return false
}

// spacedText returns the text under n with a space around each block in it.
func spacedText(n *html.Node) string {
	var s strings.Builder
	writeSpaced(&s, n)
	return s.String()
}

// writeSpaced writes the text of the children of n.
func writeSpaced(s *strings.Builder, n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			s.WriteString(c.Data)
		case c.Type != html.ElementNode:
		case isInline(c.Data):
			writeSpaced(s, c)
		default:
			s.WriteByte(' ')
			writeSpaced(s, c)
			s.WriteByte(' ')
		}
	}
}
