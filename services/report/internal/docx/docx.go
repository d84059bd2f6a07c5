// Package docx writes documents as Word files (ISO/IEC 29500, transitional). It writes
// the markup itself: no library to be had does styles, numbering, bookmarks, fields,
// writing from right to left and SVG pictures together.
//
// Text is content and never markup: it goes into w:t elements and a few attributes, and
// no instruction of a field is made of it. Characters that XML cannot hold become U+FFFD;
// line breaks, tabs and other control characters of running text become spaces. Titles of
// links and quotes that are shown on pointing at a mark are cut at 255 characters, the
// most that Word shows. Directional formatting that a text leaves open is closed after it.
package docx

import (
	"bytes"
	"fmt"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Render writes a document. The same document gives the same bytes. It is safe for
// concurrent use.
func Render(doc *reportv1.Document) ([]byte, error) {
	w := newWriter(doc)
	if err := w.body(); err != nil {
		return nil, err
	}
	parts := []part{
		{"docProps/core.xml", core(doc)},
		{"docProps/app.xml", app()},
		{"word/document.xml", w.document()},
		{"word/styles.xml", styles(w.layout, w.language)},
		{"word/numbering.xml", w.numbering.xml(w.layout)},
		{"word/settings.xml", settings(w.language)},
		{"word/fontTable.xml", fontTable(w.language)},
		{"word/header.xml", w.header()},
		{"word/footer.xml", w.footer()},
		{"word/header-first.xml", w.firstHeader()},
		{"word/_rels/document.xml.rels", w.relations.xml()},
	}
	out, err := pack(append(parts, w.media...), doc.GetProvenance().GetEndTime())
	if err != nil {
		return nil, fmt.Errorf("write report as DOCX: %w", err)
	}
	return out, nil
}

// writer writes the body of one document.
type writer struct {
	out       *markup
	doc       *reportv1.Document
	layout    layout
	language  language
	anchors   anchors
	contents  []entry
	numbering numbering
	relations relations
	media     []part

	// heads are the ids of what stands at the head and the foot of pages.
	heads struct{ header, first, footer string }
	// ids counts bookmarks and pictures, whose ids are unique in the document.
	ids int
	// headings is how many headings of the contents were written.
	headings int
	// kept is where the headings begin that must stay with what comes next; -1 if there
	// are none.
	kept int
	// turned says that there were pages in landscape before.
	turned bool
	// spaced says that what was written last in a paragraph ends with a space, or that
	// nothing was written yet.
	spaced bool
	// pageBreak says that what comes next begins a page.
	pageBreak bool
}

func newWriter(doc *reportv1.Document) *writer {
	w := &writer{out: &markup{}, doc: doc, layout: layoutOf(doc), language: languageOf(doc.GetLanguage()), kept: -1}
	w.anchors, w.contents = survey(doc)
	w.heads.header, w.heads.first, w.heads.footer = w.relations.add("header", "header.xml"), w.relations.add("header", "header-first.xml"), w.relations.add("footer", "footer.xml")
	w.relations.add("styles", "styles.xml")
	w.relations.add("numbering", "numbering.xml")
	w.relations.add("settings", "settings.xml")
	w.relations.add("fontTable", "fontTable.xml")
	return w
}

// next returns the next unique id.
func (w *writer) next() int {
	w.ids++
	return w.ids
}

// document returns the main part, once the body is written.
func (w *writer) document() []byte {
	m := &markup{}
	m.declaration()
	m.open("w:document", namespaces()...)
	m.open("w:body")
	m.Write(w.out.Bytes())
	w.sectionProperties(m, w.layout.page)
	m.close("w:body")
	m.close("w:document")
	return m.Bytes()
}

// separately writes what a function writes somewhere else than into the body.
func (w *writer) separately(write func()) []byte {
	body := w.out
	defer func() { w.out = body }()
	w.out = &markup{}
	write()
	return bytes.Clone(w.out.Bytes())
}
