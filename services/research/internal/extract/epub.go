package extract

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/html/atom"
)

// maxChapters is how many files of a book are read.
const maxChapters = 5_000

// readEPUB reads a book: the files that it is made of, in the order of its
// spine, without the table of contents.
func readEPUB(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	name, book, err := epubPackage(b, c)
	if err != nil {
		return Document{}, err
	}
	locked, err := epubLocked(b, c)
	if err != nil {
		return Document{}, err
	}
	for _, chapter := range epubChapters(name, book) {
		if locked[chapter] {
			return Document{}, fail(Encrypted, "the book is protected by digital rights management")
		}
		if err := readChapter(b, c, chapter); err != nil {
			return Document{}, err
		}
	}
	doc, err := b.document("")
	if err != nil {
		return Document{}, err
	}
	about := epubMetadata(book.first("metadata"))
	doc = about.describe(doc)
	return doc, nil
}

// xmlPart reads a part that is XML; nil if the book has none of that name.
func xmlPart(b *builder, c *container, name string) (*xmlNode, error) {
	data, err := c.part(name)
	if err != nil || data == nil {
		return nil, err
	}
	text, err := decode(data, "")
	if err != nil {
		return nil, err
	}
	return parseXML(b, text)
}

// epubPackage returns the part that says what the book is made of, and its name.
func epubPackage(b *builder, c *container) (string, *xmlNode, error) {
	root, err := xmlPart(b, c, "META-INF/container.xml")
	if err != nil {
		return "", nil, err
	}
	name := ""
	if file := root.find("rootfile"); file != nil {
		name = file.attr("full-path")
	}
	tree, err := xmlPart(b, c, name)
	if err != nil {
		return "", nil, err
	}
	book := tree.find("package")
	if book == nil {
		return "", nil, fail(Broken, "the book does not say what it is made of")
	}
	return name, book, nil
}

// epubLocked returns the parts that are encrypted. Those are fonts in most books
// that have any, which is no hindrance.
func epubLocked(b *builder, c *container) (map[string]bool, error) {
	root, err := xmlPart(b, c, "META-INF/encryption.xml")
	if err != nil {
		return nil, err
	}
	locked := map[string]bool{}
	for ref := range root.all("CipherReference") {
		locked[partName("", ref.attr("URI"))] = true
	}
	return locked, nil
}

// epubChapters returns the names of the parts of a book in their order.
func epubChapters(name string, book *xmlNode) []string {
	dir := path.Dir(name)
	items := map[string]*xmlNode{}
	for item := range book.first("manifest").all("item") {
		items[item.attr("id")] = item
	}
	var chapters []string
	for ref := range book.first("spine").all("itemref") {
		item := items[ref.attr("idref")]
		if item == nil || len(chapters) == maxChapters {
			continue
		}
		kind := item.attr("media-type")
		if strings.Contains(" "+item.attr("properties")+" ", " nav ") || kind != "" && !strings.Contains(kind, "html") && !strings.Contains(kind, "xml") {
			continue
		}
		chapters = append(chapters, partName(dir, item.attr("href")))
	}
	return chapters
}

// partName returns the name of the part that a reference leads to.
func partName(dir, href string) string {
	href, _, _ = strings.Cut(href, "#")
	if plain, err := url.PathUnescape(href); err == nil {
		href = plain
	}
	return strings.TrimPrefix(path.Join(dir, href), "/")
}

// readChapter adds a part of a book. A part that is missing is passed over.
func readChapter(b *builder, c *container, name string) error {
	data, err := c.part(name)
	if err != nil || data == nil {
		return err
	}
	text, err := decode(data, "")
	if err != nil {
		return err
	}
	page, err := parsePage(openEmpty(text))
	if err != nil {
		return err
	}
	removeHidden(page)
	w := &htmlWriter{b: b}
	w.blocks(bodyOf(page))
	return b.err
}

// selfClosed matches an element of XHTML that has no content.
var selfClosed = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)/>`)

// openEmpty writes the empty elements of XHTML as HTML has them: <title/> would
// make the whole chapter its title.
func openEmpty(text string) string {
	return selfClosed.ReplaceAllStringFunc(text, func(tag string) string {
		parts := selfClosed.FindStringSubmatch(tag)
		switch atom.Lookup([]byte(parts[1])) {
		case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
			return tag
		}
		return "<" + parts[1] + parts[2] + "></" + parts[1] + ">"
	})
}

// epubMetadata returns what a book says about itself, in Dublin Core.
func epubMetadata(n *xmlNode) metadata {
	var m metadata
	for title := range n.all("title") {
		m.setTitle(title.words())
	}
	for creator := range n.all("creator") {
		if role := creator.attr("role"); role == "" || role == "aut" {
			m.addAuthor(creator.words(), false)
		}
	}
	for date := range n.all("date") {
		if event := date.attr("event"); event == "" || event == "publication" || event == "original-publication" {
			m.setPublished(date.words())
		}
	}
	m.setLicense(n.find("rights").words())
	m.setLanguage(n.find("language").words())
	for id := range n.all("identifier") {
		if strings.EqualFold(id.attr("scheme"), "isbn") {
			m.identify("isbn", id.words())
		}
		m.identifyAny(id.words())
		if value := id.words(); strings.HasPrefix(value, "http") {
			m.identify("url", value)
		}
	}
	return m
}
