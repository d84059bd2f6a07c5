package extract

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readDOCX reads a Word document: body, tables, lists with their numbers, text
// boxes, charts, notes, comments, headers and footers, and the files in it.
// Deleted text and hidden text are left out.
func readDOCX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	main := c.mainPart("word/document.xml")
	relations, err := c.relations(main)
	if err != nil {
		return Document{}, err
	}
	r := docxReader{b: b, c: c}
	if r.styles, err = wordStyles(c); err != nil {
		return Document{}, err
	}
	if r.lists, err = readWordLists(c); err != nil {
		return Document{}, err
	}
	parts := []string{main}
	for _, kind := range []string{"footnotes", "endnotes", "comments"} {
		parts = append(parts, targets(relations, kind)...)
	}
	for _, name := range parts {
		if err := r.part(name); err != nil {
			return Document{}, err
		}
	}
	if err := r.margins(append(targets(relations, "header"), targets(relations, "footer")...)); err != nil {
		return Document{}, err
	}
	if err := readParts(b, c, relations); err != nil {
		return Document{}, err
	}
	if err := c.outside(b); err != nil {
		return Document{}, err
	}
	doc, err := b.document("")
	return c.properties().describe(doc), err
}

// mainPart returns the part that an Office file begins with, which programs are
// free to name; usual is the name that all but few give it.
func (c *container) mainPart(usual string) string {
	if c.parts[usual] != nil {
		return usual
	}
	relations, err := c.relations("")
	if main := targets(relations, "officeDocument"); err == nil && len(main) > 0 {
		return main[0]
	}
	return usual
}

// docxReader reads the parts of a Word document.
type docxReader struct {
	b      *builder
	c      *container
	styles map[string]wordStyle
	lists  *wordLists
}

// part adds the text of a part.
func (r docxReader) part(name string) error {
	data, err := r.c.part(name)
	if err != nil {
		return err
	}
	w := wordWriter{b: r.b, styles: r.styles, lists: r.lists}
	if err := walkXML(data, w.open, w.chars, w.close); err != nil {
		return failBecause(err, Broken, "part %s of the document is malformed", name)
	}
	return nil
}

// margins adds what stands above and below the pages, each text once: documents
// have a header for first, even and other pages of each section.
func (r docxReader) margins(parts []string) error {
	var seen []string
	for _, name := range parts {
		data, err := r.c.part(name)
		if err != nil {
			return err
		}
		inner := newBuilder(r.b.ctx, r.b.limits)
		w := wordWriter{b: inner, styles: map[string]wordStyle{}, lists: r.lists}
		if err := walkXML(data, w.open, w.chars, w.close); err != nil {
			continue // a header is worth no failure
		}
		for block := range strings.SplitSeq(inner.text.String(), "\n\n") {
			if strings.Trim(block, "0123456789 -–/|") != "" && !slices.Contains(seen, block) {
				seen = append(seen, block)
				r.b.lines(block)
			}
		}
	}
	return nil
}

// headingName matches the names that Word gives to its heading styles, which
// stay English inside the file whatever the language of the program.
var headingName = regexp.MustCompile(`(?i)^heading ([1-9])$`)

// wordStyle is what a paragraph style means for the text.
type wordStyle struct {
	level    int // of the heading it makes, 0 for none
	list     string
	listAt   int
	basedOn  string
	hasLevel bool
}

// xmlStyle is a style in word/styles.xml.
type xmlStyle struct {
	ID      string   `xml:"styleId,attr"`
	Name    wordVal  `xml:"name"`
	BasedOn wordVal  `xml:"basedOn"`
	Outline *wordVal `xml:"pPr>outlineLvl"`
	List    *wordVal `xml:"pPr>numPr>numId"`
	ListAt  *wordVal `xml:"pPr>numPr>ilvl"`
}

// wordStyles returns the styles of a document by id.
func wordStyles(c *container) (map[string]wordStyle, error) {
	data, err := c.part("word/styles.xml")
	if err != nil || data == nil {
		return nil, err
	}
	var sheet struct {
		Styles []xmlStyle `xml:"style"`
	}
	if err := unmarshalXML(data, &sheet); err != nil {
		return nil, failBecause(err, Broken, "part word/styles.xml of the document is malformed")
	}
	styles := map[string]wordStyle{}
	for _, x := range sheet.Styles {
		styles[x.ID] = x.style()
	}
	for id := range styles {
		styles[id] = inherit(styles, id, len(styles))
	}
	return styles, nil
}

// style returns what the style itself says.
func (x xmlStyle) style() wordStyle {
	s := wordStyle{basedOn: x.BasedOn.Val, listAt: -1}
	name := headingName.FindStringSubmatch(x.Name.Val)
	switch {
	case name != nil:
		s.level, _ = strconv.Atoi(name[1])
	case strings.EqualFold(x.Name.Val, "title"):
		s.level = 1
	case x.Outline != nil:
		s.hasLevel = true // 9 is body text, whatever the style is based on
		if n, err := strconv.Atoi(x.Outline.Val); err == nil && n < 9 {
			s.level = n + 1
		}
	}
	s.hasLevel = s.hasLevel || s.level > 0
	if x.List != nil {
		s.list = x.List.Val
	}
	if x.ListAt != nil {
		s.listAt, _ = strconv.Atoi(x.ListAt.Val)
	}
	return s
}

// inherit completes a style with what it is based on. left ends circles.
func inherit(styles map[string]wordStyle, id string, left int) wordStyle {
	s := styles[id]
	base, found := styles[s.basedOn]
	if !found || left == 0 {
		return s
	}
	base = inherit(styles, s.basedOn, left-1)
	if !s.hasLevel {
		s.level, s.hasLevel = base.level, base.hasLevel
	}
	if s.list == "" {
		s.list = base.list
	}
	if s.listAt < 0 {
		s.listAt = base.listAt
	}
	return s
}

// commentBy returns what a comment is introduced with.
func commentBy(e xml.StartElement) string {
	if author := attr(e, "author"); author != "" && author != "Unknown Author" {
		return "Comment by " + author + ": "
	}
	return "Comment: "
}
