package extract

import (
	"strings"

	"golang.org/x/net/html"
)

// readHTML reads a web page: its main text without menus, adverts and footers
// if it has one, else everything that a reader would see.
func readHTML(b *builder, text string) (Document, error) {
	page, err := parsePage(text)
	if err != nil {
		return Document{}, err
	}
	about := pageMetadata(page)
	removeHidden(page)
	if b.failed() {
		return Document{}, b.err
	}
	doc, err := articleText(b, page)
	if err != nil {
		return Document{}, err
	}
	doc = about.describe(doc)
	return doc, nil
}

// articleText returns the main text of a page, or all of its text if the page is
// very small or very large, or if the search has most likely missed it.
func articleText(b *builder, page *html.Node) (Document, error) {
	body := &htmlWriter{b: newBuilder(b.ctx, b.limits)}
	body.blocks(bodyOf(page))
	whole, err := body.b.document("")
	all := wordCount(whole.Text)
	if err != nil || all <= smallPage || !searchable(page) {
		return whole, err
	}
	main, ok, err := mainDocument(b, page)
	if err != nil {
		return Document{}, err
	}
	words := wordCount(main.Text)
	if !ok || words < minMainWords && float64(words) < minMainShare*float64(all) {
		return whole, nil
	}
	return main, nil
}

// bodyOf returns the body of a page, or all of what is only a piece of one.
func bodyOf(page *html.Node) *html.Node {
	for n := range page.Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			return n
		}
	}
	return page
}

// attribute returns the value of an attribute, "" if it is absent.
func attribute(n *html.Node, key string) string {
	value, _ := lookup(n, key)
	return value
}

// lookup returns the value of an attribute and whether it is there.
func lookup(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// nodeText returns all text under n with its white space as it is.
func nodeText(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

// htmlWords returns the words that a piece of markup shows.
func htmlWords(markup string) string {
	page, err := parsePage(markup)
	if err != nil {
		return ""
	}
	removeHidden(page)
	return nodeText(bodyOf(page))
}
