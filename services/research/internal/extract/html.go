package extract

import (
	"strings"

	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
)

const (
	// maxMainText is the size of the largest page in which the main text is
	// searched for, which takes far longer than reading all of it.
	maxMainText = 4 << 20
	// minMainShare is the share of a page's words that the main text must have:
	// with less, the search has most likely missed it.
	minMainShare = 0.2
	// minMainWords is how many words make a main text that is believed anyway.
	minMainWords = 150
	// smallPage is how many words a page may have to be taken whole: on so small
	// a page the search finds too little to go by, and there is not much to skip.
	smallPage = 250
)

// readHTML reads a web page: its main text without menus, adverts and footers
// if it has one, else everything that a reader would see.
func readHTML(b *builder, text string) (Document, error) {
	page, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return Document{}, failBecause(err, Broken, "the page is malformed")
	}
	removeHidden(page)
	if b.failed() {
		return Document{}, b.err
	}
	body := &htmlWriter{b: newBuilder(b.ctx, b.limits)}
	body.blocks(findElement(page, "body"))
	whole, err := body.b.document(pageTitle(page))
	if err != nil || len(text) > maxMainText || wordCount(whole.Text) <= smallPage {
		return whole, err
	}
	root := mainText(page)
	if root == nil || b.failed() {
		return whole, b.err
	}
	main := &htmlWriter{b: b}
	main.blocks(root)
	doc, err := b.document(whole.Title)
	if err != nil {
		return Document{}, err
	}
	words, all := wordCount(doc.Text), wordCount(whole.Text)
	if words < minMainWords && float64(words) < minMainShare*float64(all) {
		return whole, nil
	}
	return doc, nil
}

// mainText returns the part of a page that carries its main text, or nil.
func mainText(page *html.Node) *html.Node {
	found, err := trafilatura.ExtractDocument(page, trafilatura.Options{
		EnableFallback:  true,
		ExcludeComments: true,
		IncludeLinks:    true,
		Focus:           trafilatura.FavorRecall,
	})
	if err != nil || found == nil {
		return nil // a page without a main text; the caller takes all of it
	}
	return found.ContentNode
}

// wordCount returns the number of words in text.
func wordCount(text string) int {
	n := 0
	for range strings.FieldsSeq(text) {
		n++
	}
	return n
}

// pageTitle returns the title of a page: what it says to those that link to it,
// else the title element.
func pageTitle(page *html.Node) string {
	var og, plain string
	for n := range page.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.Data == "meta" && attribute(n, "property") == "og:title" && og == "":
			og = attribute(n, "content")
		case n.Data == "title" && plain == "" && n.Namespace == "":
			plain = nodeText(n)
		}
	}
	if og != "" {
		return og
	}
	return plain
}

// findElement returns the first element with a name under root, or root.
func findElement(root *html.Node, name string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			return n
		}
	}
	return root
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
	page, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		return ""
	}
	removeHidden(page)
	return nodeText(findElement(page, "body"))
}
