package extract

import "strings"

// readXML reads an XML file: an article of the Journal Article Tag Suite (JATS),
// which journals and PubMed Central use, records of PubMed, or any other, of
// which the text is read element by element.
func readXML(b *builder, text string) (Document, error) {
	root, err := parseXML(b, text)
	if err != nil {
		return Document{}, err
	}
	for article := range root.all("article") {
		if article.first("front") != nil || article.attr("article-type") != "" {
			return readJATS(b, article)
		}
	}
	if root.find("PubmedArticle") != nil {
		return readPubMed(b, root)
	}
	if feed := root.find("rss", "feed", "RDF"); feed != nil && feed.find("item", "entry") != nil {
		return readFeed(b, feed)
	}
	if book := root.first("Workbook"); book != nil {
		return readWorkbookXML(b, book)
	}
	return readAnyXML(b, root)
}

// readFeed reads a feed, RSS or Atom, entry by entry.
func readFeed(b *builder, feed *xmlNode) (Document, error) {
	title := feed.find("title").words()
	b.heading(1, title)
	for entry := range feed.all("item", "entry") {
		b.heading(2, shownText(entry.first("title").words()))
		var lines []string
		for _, name := range []string{"creator", "author", "pubDate", "published", "updated", "date"} {
			if value := entry.first(name).words(); value != "" {
				lines = append(lines, value)
			}
		}
		b.lines(strings.Join(lines, "\n"))
		summary := entry.first("description")
		if summary == nil {
			summary = entry.first("summary")
		}
		text := entry.first("encoded")
		if text == nil {
			text = entry.first("content")
		}
		if summary == nil && text == nil {
			text = entry
		}
		for _, part := range []*xmlNode{summary, text} {
			if part != nil {
				writeMarkup(b, part)
			}
		}
		if b.failed() {
			break
		}
	}
	return b.document(title)
}

// writeMarkup writes a text that may be markup.
func writeMarkup(b *builder, n *xmlNode) {
	var raw strings.Builder
	n.writeText(&raw)
	if text := raw.String(); !strings.Contains(text, "</") && !strings.Contains(text, "/>") {
		b.paragraph(text)
		return
	}
	page, err := parsePage(raw.String())
	if err != nil {
		b.paragraph(raw.String())
		return
	}
	removeHidden(page)
	w := &htmlWriter{b: b}
	w.blocks(bodyOf(page))
}

// readWorkbookXML reads the sheets of a workbook in Excel 2003's XML.
func readWorkbookXML(b *builder, book *xmlNode) (Document, error) {
	for sheet := range book.all("Worksheet") {
		b.heading(2, sheet.attr("Name"))
		var rows table
		for row := range sheet.all("Row") {
			var cells []string
			for cell := range row.all("Cell") {
				cells = append(cells, cell.words())
			}
			if rows.add(cells); b.full(&rows) {
				break
			}
		}
		b.table(&rows)
	}
	title := book.child("DocumentProperties", "Title").words()
	doc, err := b.document(title)
	if err == nil && title == "" {
		doc.Title = "" // not the name of a sheet
	}
	return doc, err
}

// readAnyXML reads the text of a file whose words are not known: an element that
// has text of its own is a paragraph with all that is in it.
func readAnyXML(b *builder, root *xmlNode) (Document, error) {
	writeAnyXML(b, root)
	title := ""
	for found := range root.all("title", "Title") {
		if title = found.words(); title != "" {
			break
		}
	}
	return b.document(title)
}

// writeAnyXML writes the paragraphs below n.
func writeAnyXML(b *builder, n *xmlNode) {
	if b.failed() {
		return
	}
	for _, c := range n.children {
		if c.name == "" && strings.TrimSpace(c.text) != "" {
			b.paragraph(shownText(n.words()))
			return
		}
	}
	for _, c := range n.children {
		writeAnyXML(b, c)
	}
}

// shownText returns a text, and of one that is itself markup, as feeds have it,
// the words that it shows.
func shownText(text string) string {
	if strings.Contains(text, "</") || strings.Contains(text, "/>") {
		return htmlWords(text)
	}
	return text
}
