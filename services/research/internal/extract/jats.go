package extract

import "strings"

// jatsWriter turns an article in JATS into blocks. Inline text is gathered in run
// until an element that is a block of its own ends it, so that italics, indices
// and references never cut a sentence.
type jatsWriter struct {
	b   *builder
	run strings.Builder
}

// readJATS reads an article: title, authors, abstract, key words, the sections
// with tables and figures' captions, the references.
func readJATS(b *builder, article *xmlNode) (Document, error) {
	front := article.child("front", "article-meta")
	if front == nil {
		front = article.child("front-stub")
	}
	about := jatsMetadata(article, front)
	w := &jatsWriter{b: b}
	b.heading(1, about.title)
	b.paragraph(strings.Join(about.authors, ", "))
	w.affiliations(front)
	for abstract := range front.all("abstract", "trans-abstract") {
		if kind := abstract.attr("abstract-type"); kind != "graphical" && kind != "toc" {
			w.section(abstract, 2, "Abstract")
		}
	}
	var keywords []string
	for keyword := range front.all("kwd") {
		keywords = append(keywords, keyword.words())
	}
	if len(keywords) > 0 {
		b.paragraph("Keywords: " + strings.Join(keywords, ", "))
	}
	w.children(article.first("body"), 2)
	w.flush()
	w.back(article.first("back"))
	w.children(article.first("floats-group"), 2)
	w.flush()
	doc, err := b.document("")
	if err != nil {
		return Document{}, err
	}
	doc = about.describe(doc)
	return doc, nil
}

// affiliations writes where the authors work.
func (w *jatsWriter) affiliations(front *xmlNode) {
	var all []string
	for aff := range front.all("aff") {
		var s strings.Builder
		for _, c := range aff.children {
			if c.name != "label" && c.name != "sup" {
				s.WriteString(inlineRaw(c))
			}
		}
		if place := joinFields(s.String()); place != "" {
			all = append(all, place)
		}
	}
	w.b.paragraph(strings.Join(all, "; "))
}

// back writes what follows the sections.
func (w *jatsWriter) back(back *xmlNode) {
	if back == nil {
		return
	}
	for _, c := range back.children {
		switch c.name {
		case "ack":
			w.section(c, 2, "Acknowledgements")
		case "ref-list":
			w.references(c, 2)
		case "app-group":
			for app := range c.all("app") {
				w.section(app, 2, "Appendix")
			}
		default:
			w.section(c, 2, "")
		}
	}
}

// section writes an element with a title and content; fallback is its title if
// it has none.
func (w *jatsWriter) section(n *xmlNode, level int, fallback string) {
	w.flush()
	title := n.first("title")
	heading := inlineText(title)
	if heading == "" {
		heading = fallback
	}
	if label := n.first("label").words(); label != "" {
		heading = strings.TrimSpace(label + " " + heading)
	}
	w.b.heading(min(level, 6), heading)
	w.children(n, level+1)
	w.flush()
}

// children writes what is inside n; level is that of the headings in it.
func (w *jatsWriter) children(n *xmlNode, level int) {
	if n == nil {
		return
	}
	for _, c := range n.children {
		if w.b.failed() {
			return
		}
		w.node(c, level)
	}
}

// node writes one node.
func (w *jatsWriter) node(n *xmlNode, level int) {
	switch n.name {
	case "title", "label", "object-id", "graphic", "media", "sec-meta", "permissions", "processing-meta": // written by the section, or no text
	case "sec", "app", "boxed-text", "glossary", "notes", "fn-group", "ack":
		w.section(n, level, "")
	case "ref-list":
		w.references(n, level)
	case "p", "disp-quote", "verse-group", "attrib", "statement", "speech":
		w.flush()
		w.children(n, level)
		w.flush()
	case "list", "def-list":
		w.flush()
		w.b.lines(strings.Join(listLines(n, ""), "\n"))
	case "fig", "table-wrap", "supplementary-material", "table-wrap-group", "fig-group", "array":
		w.float(n, level)
	case "table":
		w.flush()
		w.table(n)
	case "preformat", "code":
		w.flush()
		var s strings.Builder
		n.writeText(&s)
		w.b.lines(s.String())
	case "disp-formula":
		w.flush()
		w.b.paragraph(inlineText(n))
	case "fn":
		w.flush()
		w.b.paragraph(inlineText(n))
	default:
		w.run.WriteString(inlineRaw(n))
	}
}

// flush ends the paragraph that is being gathered.
func (w *jatsWriter) flush() {
	if w.run.Len() > 0 {
		w.b.paragraph(w.run.String())
		w.run.Reset()
	}
}

// float writes a figure or a table with its label, its caption and its notes.
func (w *jatsWriter) float(n *xmlNode, level int) {
	w.flush()
	caption := n.first("label").words()
	if c := n.first("caption"); c != nil {
		caption += " " + inlineText(c)
	}
	w.b.paragraph(caption)
	for _, c := range n.children {
		switch c.name {
		case "label", "caption":
		case "alternatives":
			w.children(&xmlNode{children: []*xmlNode{alternative(c)}}, level)
		default:
			w.node(c, level)
		}
		w.flush()
	}
}

// table writes a table's rows.
func (w *jatsWriter) table(n *xmlNode) {
	var rows table
	for tr := range n.all("tr") {
		var cells []string
		for _, c := range tr.children {
			if c.name == "td" || c.name == "th" {
				cells = append(cells, inlineText(c))
			}
		}
		if rows.add(cells); w.b.full(&rows) {
			break
		}
	}
	w.b.table(&rows)
}

// listLines returns the lines of a list; those of inner lists are indented.
func listLines(list *xmlNode, indent string) []string {
	var lines []string
	for _, item := range list.children {
		if item.name != "list-item" && item.name != "def-item" {
			continue
		}
		marker := "- "
		if label := item.first("label").words(); label != "" {
			marker = label + " "
		}
		var words strings.Builder
		var inner []string
		for _, c := range item.children {
			switch c.name {
			case "label":
			case "list":
				inner = append(inner, listLines(c, indent+"  ")...)
			default:
				words.WriteString(inlineRaw(c) + " ")
			}
		}
		if text := joinFields(words.String()); text != "" {
			lines = append(lines, indent+marker+text)
		}
		lines = append(lines, inner...)
	}
	return lines
}
