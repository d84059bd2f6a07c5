package extract

import (
	"encoding/xml"
	"path"
	"slices"
	"strings"
)

// readODF reads an OpenDocument file: a text, a workbook or a presentation.
// Their content is one part with the same elements (OASIS OpenDocument 1.3). What
// the file marks as deleted or hidden is left out.
func readODF(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	manifest, err := c.part("META-INF/manifest.xml")
	if err != nil {
		return Document{}, err
	}
	if strings.Contains(string(manifest), "encryption-data") {
		return Document{}, fail(Encrypted, "the file is protected by a password; save it without one and upload it again")
	}
	lists := map[string]map[int]odfLevel{}
	hidden := map[string]bool{}
	for _, name := range []string{"styles.xml", "content.xml"} {
		part, err := c.part(name)
		if err != nil {
			return Document{}, err
		}
		readODFStyles(part, lists, hidden)
		c.left += int64(len(part)) // they are read once more
	}
	w := &odfWriter{b: b, c: c, lists: lists, hidden: hidden}
	content, err := c.part("content.xml")
	switch {
	case err != nil:
		return Document{}, err
	case content == nil:
		return Document{}, fail(Broken, "the file has no content")
	}
	if err := walkXML(content, w.open, w.chars, w.close); err != nil {
		return Document{}, failBecause(err, Broken, "the content of the file is malformed")
	}
	if err := readODFMargins(b, c); err != nil {
		return Document{}, err
	}
	for _, name := range w.objects {
		if err := readODFObject(b, c, name); err != nil {
			return Document{}, err
		}
	}
	if err := readODFMacros(b, c); err != nil {
		return Document{}, err
	}
	doc, err := b.document("")
	return odfProperties(c).describe(doc), err
}

// readODFMargins adds what the styles put above and below the pages.
func readODFMargins(b *builder, c *container) error {
	styles, err := c.part("styles.xml")
	if err != nil {
		return err
	}
	inner := newBuilder(b.ctx, b.limits)
	w := &odfWriter{b: inner, c: c}
	margin := 0
	err = walkXML(styles, func(e xml.StartElement) bool {
		if isODFMargin(e.Name.Local) {
			if attr(e, "display") == "false" {
				return false
			}
			margin++
			return true
		}
		return margin == 0 || w.open(e)
	}, func(s string) {
		if margin > 0 {
			w.chars(s)
		}
	}, func(name string) {
		switch {
		case isODFMargin(name):
			margin--
		case margin > 0:
			w.close(name)
		}
	})
	if err != nil {
		return nil //nolint:nilerr // a margin is worth no failure
	}
	seen := map[string]bool{}
	for block := range strings.SplitSeq(inner.text.String(), "\n\n") {
		if strings.Trim(block, "0123456789 -–/|") != "" && !seen[block] {
			seen[block] = true
			b.lines(block)
		}
	}
	return nil
}

// isODFMargin reports whether an element of a page's style holds what stands
// above or below the page.
func isODFMargin(name string) bool {
	switch name {
	case "header", "footer", "header-first", "footer-first", "header-left", "footer-left":
		return true
	}
	return false
}

// readODFObject adds an object in the document: a chart, a formula, a part of a
// workbook.
func readODFObject(b *builder, c *container, name string) error {
	data, err := c.part(strings.TrimPrefix(name, "./") + "/content.xml")
	if err != nil || data == nil {
		return err
	}
	w := &odfWriter{b: b, c: c}
	if walkXML(data, w.open, w.chars, w.close) != nil {
		return nil //nolint:nilerr // what it shows is worth no failure
	}
	return nil
}

// readODFMacros adds the programs in the document, as the files they are.
func readODFMacros(b *builder, c *container) error {
	var modules []string
	for name := range c.parts {
		if strings.HasPrefix(name, "Basic/") && path.Ext(name) == ".xml" && !strings.HasPrefix(path.Base(name), "script-l") {
			modules = append(modules, name)
		}
	}
	slices.Sort(modules)
	for _, name := range modules {
		data, err := c.part(name)
		if err != nil {
			return err
		}
		var source struct {
			Text string `xml:",chardata"`
		}
		if unmarshalXML(data, &source) == nil {
			b.attach(strings.TrimSuffix(path.Base(name), ".xml")+".bas", []byte(source.Text))
		}
	}
	return nil
}

// odfProperties returns what meta.xml says.
func odfProperties(c *container) metadata {
	data, err := c.part("meta.xml")
	if err != nil || data == nil {
		return metadata{} // they are worth no failure
	}
	var meta struct {
		Title       string   `xml:"meta>title"`
		Subject     string   `xml:"meta>subject"`
		Description string   `xml:"meta>description"`
		Keywords    []string `xml:"meta>keyword"`
		First       string   `xml:"meta>initial-creator"`
		Creator     string   `xml:"meta>creator"`
		Created     string   `xml:"meta>creation-date"`
		Rights      string   `xml:"meta>rights"`
	}
	if unmarshalXML(data, &meta) != nil {
		return metadata{}
	}
	if meta.First == "" {
		meta.First = meta.Creator // who saved it last
	}
	m := metadata{title: ownTitle(meta.Title), authors: authors(meta.First)}
	m.setPublished(clockDate(meta.Created))
	m.setLicense(licence(meta.Rights))
	m.identifyIn(append(meta.Keywords, meta.Subject, meta.Description)...)
	return m
}

// odfLevel is how a level of a list is numbered.
type odfLevel struct {
	format         string // as in wordLevel; "bullet" for a bullet
	prefix, suffix string
	start          int
	show           int // how many levels' numbers are shown
}

// readODFStyles gathers the styles of lists, by name and level, and the styles
// whose text is not shown. What is damaged is found when the content is read.
func readODFStyles(data []byte, lists map[string]map[int]odfLevel, hidden map[string]bool) {
	list, style := "", ""
	_ = walkXML(data, func(e xml.StartElement) bool {
		switch e.Name.Local {
		case "list-style":
			list = attr(e, "name")
			lists[list] = map[int]odfLevel{}
		case "list-level-style-number", "list-level-style-bullet":
			if lists[list] != nil {
				level := intOr(attr(e, "level"), 1)
				lists[list][level] = odfLevelOf(e)
			}
		case "style":
			style = attr(e, "name")
		case "text-properties":
			if attr(e, "display") == "none" {
				hidden[style] = true
			}
		case "table-properties":
			if attr(e, "display") == "false" {
				hidden[style] = true
			}
		}
		return true
	}, func(string) {}, func(string) {})
}

// odfLevelOf returns the level that an element defines.
func odfLevelOf(e xml.StartElement) odfLevel {
	if e.Name.Local == "list-level-style-bullet" {
		return odfLevel{format: "bullet", start: 1}
	}
	formats := map[string]string{"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "": "none"}
	return odfLevel{
		format: formats[attr(e, "num-format")], prefix: attr(e, "num-prefix"), suffix: attr(e, "num-suffix"),
		start: intOr(attr(e, "start-value"), 1), show: intOr(attr(e, "display-levels"), 1),
	}
}
