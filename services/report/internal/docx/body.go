package docx

import (
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

const wordNamespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

// namespaces are those of parts with text.
func namespaces() []string {
	return []string{
		"xmlns:w", wordNamespace,
		"xmlns:r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
		"xmlns:wp", "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
		"xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main",
		"xmlns:pic", "http://schemas.openxmlformats.org/drawingml/2006/picture",
	}
}

// body writes everything between the first page's head and the last page's foot.
func (w *writer) body() error {
	w.title()
	w.tableOfContents()
	for _, s := range w.doc.GetSections() {
		if err := w.section(s); err != nil {
			return err
		}
	}
	return nil
}

// title writes what stands before the first section.
func (w *writer) title() {
	eyebrow := paragraph{style: "Eyebrow", rtl: w.language.rtl}
	if w.layout.slides {
		eyebrow.before = w.layout.page.height / 5
	}
	w.paragraph(eyebrow, func(f format) { w.run("Research report", f) })
	title := w.doc.GetTitle()
	w.paragraph(paragraph{style: "Title", rtl: w.rtlOf(title)}, func(f format) {
		f.halfPoints = w.titleSize(title)
		w.run(title, f)
	})
	// Many a report has its question as its title.
	if question := w.doc.GetQuestion(); question != "" && question != title {
		w.paragraph(paragraph{style: "Subtitle", rtl: w.rtlOf(question)}, func(f format) { w.run(question, f) })
	}
	if w.doc.GetNotice() != "" {
		w.lineOf("Notice", w.doc.GetNotice())
	}
}

// titleSize returns the size of a long title, which must leave room for more than itself
// on its page; empty for that of the style.
func (w *writer) titleSize(title string) string {
	switch length := utf8.RuneCountInString(title); {
	case length > 240:
		return w.layout.halfPoints(14)
	case length > 120:
		return w.layout.halfPoints(18)
	case length > 60:
		return w.layout.halfPoints(22)
	}
	return ""
}

// tableOfContents writes a field that Word can update, filled with the headings as links.
// It has no page numbers until then: which page a heading is on, only a program that sets
// the pages knows. A document of few headings needs none, and slides have none.
func (w *writer) tableOfContents() {
	const least = 4
	if w.layout.slides || len(w.contents) < least {
		return
	}
	m := w.out
	m.open("w:sdt")
	m.open("w:sdtPr")
	m.open("w:docPartObj")
	m.val("w:docPartGallery", "Table of Contents")
	m.empty("w:docPartUnique")
	m.close("w:docPartObj")
	m.close("w:sdtPr")
	m.open("w:sdtContent")
	w.lineOf("TOCHeading", "Contents")
	for i, e := range w.contents {
		style := "TOC" + itoa(e.level)
		w.paragraph(paragraph{style: style, rtl: w.language.rtl}, func(f format) {
			if i == 0 {
				w.fieldStart(`TOC \o "1-2" \h \z`)
			}
			f.linked = true // links in a heading do not lead out of the contents
			w.hyperlink([]string{"w:anchor", e.bookmark, "w:history", "1"}, f, func(f format) { w.inlines(e.text, f) })
			if i == len(w.contents)-1 {
				w.fieldChar("end")
			}
		})
	}
	m.close("w:sdtContent")
	m.close("w:sdt")
}

// fieldStart begins a field. Instructions are ours; nothing of a document gets into one.
func (w *writer) fieldStart(instruction string) {
	w.fieldChar("begin")
	w.out.open("w:r")
	w.out.element("w:instrText", " "+instruction+" ", "xml:space", "preserve")
	w.out.close("w:r")
	w.fieldChar("separate")
}

func (w *writer) fieldChar(kind string) {
	w.out.open("w:r")
	w.out.empty("w:fldChar", "w:fldCharType", kind)
	w.out.close("w:r")
}

// section writes a section; on slides it begins a page.
func (w *writer) section(s *reportv1.Section) error {
	w.pageBreak = w.pageBreak || w.layout.slides
	if len(s.GetHeading()) > 0 {
		w.heading(1, s.GetHeading(), s.GetAnchor(), place{})
	}
	return w.blocks(s.GetBlocks(), place{})
}

// heading writes a heading; those of the contents get a bookmark. Headings stand at one
// side, whatever language the template is in.
func (w *writer) heading(level int, text []*reportv1.Inline, anchor string, at place) {
	if w.kept < 0 {
		w.kept = w.out.Len()
	}
	w.paragraph(paragraph{style: "Heading" + itoa(level), indent: at.indent, rtl: w.language.rtl}, func(f format) {
		w.bookmark(anchor)
		if level <= 2 {
			w.mark(headingBookmark(w.headings))
			w.headings++
		}
		w.inlines(text, f)
	})
}

// header returns the part with the running title; firstHeader that of the first page,
// where the title itself stands.
func (w *writer) header() []byte {
	const most = 90
	return w.margin("w:hdr", func() { w.lineOf("Header", shortened(w.doc.GetTitle(), most)) })
}

func (w *writer) firstHeader() []byte {
	return w.margin("w:hdr", func() { w.paragraph(paragraph{style: "Spacer"}, func(format) {}) })
}

// footer returns the part with the number of the page, and of how many.
func (w *writer) footer() []byte {
	return w.margin("w:ftr", func() {
		w.paragraph(paragraph{style: "Footer"}, func(f format) {
			for i, field := range []string{"PAGE", "NUMPAGES"} {
				if i > 0 {
					w.run(" / ", f)
				}
				w.fieldStart(field)
				w.run("1", f)
				w.fieldChar("end")
			}
		})
	})
}

// margin returns a part for the head or the foot of pages.
func (w *writer) margin(name string, write func()) []byte {
	return w.separately(func() {
		w.pageBreak = false
		w.out.declaration()
		w.out.open(name, namespaces()...)
		write()
		w.out.close(name)
	})
}
