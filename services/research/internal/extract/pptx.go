package extract

import (
	"encoding/xml"
	"strings"
)

// readPPTX reads a presentation: the slides in their order, each with its title,
// text, tables, charts, pictures' descriptions, the speaker's notes and the
// comments.
func readPPTX(b *builder, data []byte) (Document, error) {
	c, err := openContainer(data, b.limits)
	if err != nil {
		return Document{}, err
	}
	slides, err := slideOrder(c)
	if err != nil {
		return Document{}, err
	}
	r := pptxReader{b: b, c: c, authors: commentAuthors(c), masters: map[string]bool{}}
	for _, name := range slides {
		if b.failed() {
			break
		}
		if err := r.slide(name); err != nil {
			return Document{}, err
		}
	}
	if err := c.outside(b); err != nil {
		return Document{}, err
	}
	doc, err := b.document("")
	return c.properties().describe(doc), err
}

// slideOrder returns the parts of the slides in the order in which they are
// shown, which need not be that of their numbers.
func slideOrder(c *container) ([]string, error) {
	main := c.mainPart("ppt/presentation.xml")
	relations, err := c.relations(main)
	if err != nil {
		return nil, err
	}
	data, err := c.part(main)
	if err != nil {
		return nil, err
	}
	var slides []string
	open := func(e xml.StartElement) bool {
		if e.Name.Local == "sldId" {
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" && relations[a.Value].target != "" {
					slides = append(slides, relations[a.Value].target)
				}
			}
		}
		return true
	}
	if err := walkXML(data, open, func(string) {}, func(string) {}); err != nil {
		return nil, failBecause(err, Broken, "the list of slides is malformed")
	}
	return slides, nil
}

// pptxReader reads the slides of a presentation.
type pptxReader struct {
	b       *builder
	c       *container
	authors map[string]string // of comments, by id
	masters map[string]bool   // layouts and masters whose text was added
}

// slide adds a slide with its notes and comments.
func (r pptxReader) slide(name string) error {
	relations, err := r.c.relations(name)
	if err != nil {
		return err
	}
	if err := r.shapes(name, slideWriter{b: r.b}); err != nil {
		return err
	}
	if err := readParts(r.b, r.c, relations); err != nil {
		return err
	}
	for _, notes := range targets(relations, "notesSlide") {
		if err := r.shapes(notes, slideWriter{b: r.b, notes: true}); err != nil {
			return err
		}
	}
	for _, comments := range targets(relations, "comments") {
		if err := r.comments(comments); err != nil {
			return err
		}
	}
	return r.master(targets(relations, "slideLayout"))
}

// master adds the text that a slide's layout and its master show on the slide:
// not the hints in their placeholders, and each once.
func (r pptxReader) master(layouts []string) error {
	for _, layout := range layouts {
		relations, err := r.c.relations(layout)
		if err != nil {
			return err
		}
		for _, name := range append([]string{layout}, targets(relations, "slideMaster")...) {
			if r.masters[name] {
				continue
			}
			r.masters[name] = true
			if err := r.shapes(name, slideWriter{b: r.b, master: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// shapes adds the text of the shapes of a part.
func (r pptxReader) shapes(name string, w slideWriter) error {
	data, err := r.c.part(name)
	if err != nil {
		return err
	}
	if err := walkXML(data, w.open, w.chars, w.close); err != nil {
		return failBecause(err, Broken, "part %s of the presentation is malformed", name)
	}
	return nil
}

// commentAuthors returns who commented, by the id that comments name.
func commentAuthors(c *container) map[string]string {
	names := map[string]string{}
	for _, part := range []string{"ppt/commentAuthors.xml", "ppt/authors.xml"} {
		data, err := c.part(part)
		if err != nil || data == nil {
			continue // a name is worth no failure
		}
		_ = walkXML(data, func(e xml.StartElement) bool {
			name := attr(e, "name")
			if initials := attr(e, "initials"); initials != "" {
				name += " (" + initials + ")"
			}
			names[attr(e, "id")] = name
			return true
		}, func(string) {}, func(string) {})
	}
	return names
}

// comments adds the comments on a slide, both those of older and of newer
// programs.
func (r pptxReader) comments(name string) error {
	data, err := r.c.part(name)
	if err != nil {
		return err
	}
	author, inText := "", false
	var text strings.Builder
	end := func() {
		if words := strings.TrimSpace(text.String()); words != "" {
			r.b.paragraph(commentBy(xml.StartElement{Attr: []xml.Attr{{Name: xml.Name{Local: "author"}, Value: author}}}) + words)
		}
		text.Reset()
	}
	err = walkXML(data, func(e xml.StartElement) bool {
		switch e.Name.Local {
		case "cm", "reply":
			end()
			author = r.authors[attr(e, "authorId")]
		case "text", "t":
			inText = true
		}
		return true
	}, func(s string) {
		if inText {
			text.WriteString(s)
		}
	}, func(name string) {
		switch name {
		case "text", "t":
			inText = false
		case "p":
			text.WriteByte(' ')
		case "cm", "reply":
			end()
		}
	})
	if err != nil {
		return failBecause(err, Broken, "part %s of the presentation is malformed", name)
	}
	return nil
}
