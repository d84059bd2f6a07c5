package extract

import (
	"slices"
	"strings"
)

// format is a type of file that is read. To add one: a constant in detect.go,
// what tells it there, and one line in formats.
type format struct {
	kind string // media type
	name string // what users call it; "" if the type goes with the one before
	// One of these reads it: from its bytes, or from its text, decoded to UTF-8.
	bytes func(b *builder, data []byte) (Document, error)
	text  func(b *builder, text string) (Document, error)
}

// formats returns the types that e reads.
func formats(e *Extractor) []format {
	return []format{
		{kind: typePDF, name: "PDF", bytes: e.readPDF},
		{kind: typeDOCX, name: "DOCX", bytes: readDOCX},
		{kind: typePPTX, name: "PPTX", bytes: readPPTX},
		{kind: typeXLSX, name: "XLSX", bytes: readXLSX},
		{kind: typeODT, name: "ODT", bytes: readODF},
		{kind: typeODS, name: "ODS", bytes: readODF},
		{kind: typeODP, name: "ODP", bytes: readODF},
		{kind: typeRTF, name: "RTF", bytes: readRTF},
		{kind: typeHTML, name: "HTML", text: readHTML},
		{kind: typeMarkdown, name: "Markdown", text: readMarkdown},
		{kind: typeText, name: "plain text", text: readText},
		{kind: typeCSV, name: "CSV", text: readCSV},
		{kind: typeJSON, name: "JSON", text: readJSON},
		{kind: typeEPUB, name: "EPUB", bytes: readEPUB},
		{kind: typeMail, name: "mail (EML, MHTML)", bytes: readMail},
		{kind: typeXML, name: "XML (JATS, PubMed)", text: readXML},
	}
}

// read sends a file to the reader of its type.
func (e *Extractor) read(b *builder, kind string, in Input) (Document, error) {
	all := formats(e)
	for _, f := range all {
		switch {
		case f.kind != kind:
		case f.bytes != nil:
			return f.bytes(b, in.Data)
		default:
			text, err := decode(in.Data, in.DeclaredType)
			if err != nil {
				return Document{}, err
			}
			return f.text(b, text)
		}
	}
	if slices.Contains(archives(), kind) {
		return Document{}, fail(Unsupported, "archives (%s) are not read; unpack it and upload the files in it", kind)
	}
	return Document{}, fail(Unsupported, "files of type %s cannot be read; offered are %s", kind, offered(all))
}

// archives returns the types of files that hold files and nothing else.
func archives() []string {
	return []string{"application/zip", "application/x-tar", "application/x-gzip", "application/x-rar-compressed", "application/x-7z-compressed"}
}

// offered lists formats for people.
func offered(all []format) string {
	var names []string
	for _, f := range all {
		if f.name != "" {
			names = append(names, f.name)
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
