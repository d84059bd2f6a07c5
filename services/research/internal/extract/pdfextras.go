package extract

import (
	"bytes"
	"encoding/xml"
	"strings"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
)

// pdfProperties returns what the file's information dictionary and its XMP packet
// say; the packet is the younger way and goes first.
func pdfProperties(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT, data []byte) metadata {
	info := map[string]string{}
	tags := []string{"Title", "Author", "Subject", "Keywords", "CreationDate"}
	if meta, err := pdf.GetMetaData(&requests.GetMetaData{Document: doc, Tags: &tags}); err == nil {
		for _, tag := range meta.Tags {
			info[tag.Tag] = tag.Value
		}
	}
	x := readXMP(data)
	var m metadata
	for _, title := range []string{x.title, info["Title"]} {
		m.setTitle(ownTitle(title))
	}
	if m.authors = authors(x.creators...); len(m.authors) == 0 {
		m.authors = authors(info["Author"])
	}
	m.setPublished(clockDate(x.published))
	if date, found := strings.CutPrefix(info["CreationDate"], "D:"); found && len(date) >= 8 {
		m.setPublished(clockDate(date[:8]))
	}
	m.setLicense(x.license)
	m.identifyIn(x.doi, x.identifier, info["Subject"], info["Keywords"], info["Title"])
	return m
}

// xmp is what an XMP packet says (ISO 16684-1).
type xmp struct {
	title, published, license, doi, identifier string
	creators                                   []string
}

// maxXMP is how much of a packet is read, and maxPackets how many are looked at.
const (
	maxXMP     = 256 << 10
	maxPackets = 1000
)

// packet finds the document's packet in the file's bytes, where it stands
// uncompressed so that programs which know nothing of the format can find it.
// Pictures have packets of their own, and a file that was changed has those of
// its earlier versions before the last: the last that speaks of PDF counts, or
// else the first.
func packet(data []byte) []byte {
	var found []byte
	for range maxPackets {
		start := bytes.Index(data, []byte("<x:xmpmeta"))
		if start < 0 {
			return found
		}
		one := data[start:min(len(data), start+maxXMP)]
		if end := bytes.Index(one, []byte("</x:xmpmeta>")); end >= 0 {
			one = one[:end]
		}
		ofPDF := bytes.Contains(one, []byte("application/pdf")) || bytes.Contains(one, []byte("pdf:Producer"))
		if found == nil || ofPDF {
			found = one
		}
		data = data[start+len("<x:xmpmeta"):]
	}
	return found
}

// readXMP reads the document's packet.
func readXMP(data []byte) xmp {
	var x xmp
	var path []string
	var text strings.Builder
	// What is cut off or damaged ends the reading; the rest counts.
	_ = walkXML(packet(data), func(e xml.StartElement) bool {
		path = append(path, e.Name.Local)
		text.Reset()
		for _, a := range e.Attr {
			x.set(a.Name.Local, a.Value)
			if a.Name.Local == "resource" {
				x.set(e.Name.Local, a.Value)
			}
		}
		return true
	}, func(s string) { text.WriteString(s) }, func(name string) {
		path = path[:len(path)-1]
		if name == "li" && len(path) > 1 { // of a Seq, Bag or Alt
			name = path[len(path)-2]
		}
		x.set(name, text.String())
		text.Reset()
	})
	return x
}

// set takes a property.
func (x *xmp) set(name, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	first := func(field *string) {
		if *field == "" {
			*field = value
		}
	}
	switch name {
	case "title":
		first(&x.title)
	case "creator":
		x.creators = append(x.creators, value)
	case "publicationDate", "coverDate", "coverDisplayDate", "date":
		first(&x.published)
	case "doi":
		value = "doi:" + value
		first(&x.doi)
	case "identifier":
		first(&x.identifier)
	case "license", "WebStatement":
		first(&x.license)
	case "rights", "UsageTerms":
		if value = licence(value); value != "" {
			first(&x.license)
		}
	}
}

// pdfOutline returns the levels of the titles in the file's outline.
func pdfOutline(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT) map[string]int {
	levels := map[string]int{}
	marks, err := pdf.GetBookmarks(&requests.GetBookmarks{Document: doc})
	if err != nil {
		return levels // a file without is as good
	}
	var add func(list []responses.GetBookmarksBookmark, level int)
	add = func(list []responses.GetBookmarksBookmark, level int) {
		for _, mark := range list {
			if key := outlineKey(mark.Title); len(key) > 2 && levels[key] == 0 {
				levels[key] = level
			}
			if level < wordLevels {
				add(mark.Children, level+1)
			}
		}
	}
	add(marks.Bookmarks, 1)
	return levels
}

// maxNotes is how many annotations of a page are read.
const maxNotes = 1000

// pageNotes returns the comments on a page and the fields of its forms that are
// filled in.
func pageNotes(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT, index int) []string {
	page := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: index}}
	count, err := pdf.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return nil
	}
	var notes []string
	for i := range min(count.Count, maxNotes) {
		annot, err := pdf.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
		if err != nil {
			continue
		}
		if note := annotation(pdf, annot.Annotation); note != "" {
			notes = append(notes, note)
		}
		// What is not closed goes with the sandbox.
		_, _ = pdf.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: annot.Annotation})
	}
	return notes
}

// annotation returns what an annotation says, "" if it says nothing.
func annotation(pdf pdfium.Pdfium, annot references.FPDF_ANNOTATION) string {
	value := func(key string) string {
		v, err := pdf.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: annot, Key: key})
		if err != nil {
			return ""
		}
		return strings.TrimSpace(v.Value)
	}
	kind, err := pdf.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: annot})
	if err != nil {
		return ""
	}
	switch kind.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		name, text := value("TU"), value("V")
		if name == "" {
			name = strings.ReplaceAll(value("T"), "_", " ")
		}
		if text == "" || text == "Off" {
			return ""
		}
		return name + ": " + text
	case enums.FPDF_ANNOT_SUBTYPE_LINK, enums.FPDF_ANNOT_SUBTYPE_POPUP, enums.FPDF_ANNOT_SUBTYPE_SCREEN,
		enums.FPDF_ANNOT_SUBTYPE_PRINTERMARK, enums.FPDF_ANNOT_SUBTYPE_TRAPNET, enums.FPDF_ANNOT_SUBTYPE_WATERMARK:
		return ""
	}
	text := value("Contents")
	if text == "" {
		return ""
	}
	if author := value("T"); author != "" && kind.Subtype != enums.FPDF_ANNOT_SUBTYPE_FREETEXT {
		return "Comment by " + author + ": " + text
	}
	if kind.Subtype == enums.FPDF_ANNOT_SUBTYPE_FREETEXT {
		return text // it stands on the page as its text does
	}
	return "Comment: " + text
}

// pdfAttachments returns the files in the file.
func pdfAttachments(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT) []rawFile {
	list, err := pdf.GetAttachments(&requests.GetAttachments{Document: doc})
	if err != nil {
		return nil // a file without is as good
	}
	var files []rawFile
	for _, a := range list.Attachments {
		files = append(files, rawFile{name: a.Name, data: a.Content})
	}
	return files
}
