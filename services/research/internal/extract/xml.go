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
	return readAnyXML(b, root)
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
