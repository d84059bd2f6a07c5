package extract

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The media types that are read.
const (
	typePDF      = "application/pdf"
	typeDOCX     = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typePPTX     = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	typeXLSX     = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeODT      = "application/vnd.oasis.opendocument.text"
	typeODS      = "application/vnd.oasis.opendocument.spreadsheet"
	typeODP      = "application/vnd.oasis.opendocument.presentation"
	typeRTF      = "application/rtf"
	typeHTML     = "text/html"
	typeMarkdown = "text/markdown"
	typeCSV      = "text/csv"
	typeJSON     = "application/json"
	typeText     = "text/plain"
	typeXML      = "application/xml"
	typeEPUB     = "application/epub+zip"
	typeMail     = "message/rfc822"
)

// oleMark is what the containers of older Office files begin with.
const oleMark = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// tarMark is where the mark of a tar file stands.
const tarMark = 257

// sniffBytes is how much of a file is looked at to tell its type.
const sniffBytes = 4 << 10

// detect returns the media type of a file, which may be one that is not read.
func detect(in Input) (string, error) {
	head := in.Data[:min(len(in.Data), sniffBytes)]
	switch {
	case isPDF(in.Data):
		return typePDF, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return detectZip(in.Data)
	case bytes.HasPrefix(head, []byte(oleMark)):
		return detectOLE(in.Data)
	case len(head) > tarMark && bytes.HasPrefix(head[tarMark:], []byte("ustar")):
		return "application/x-tar", nil
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return typeRTF, nil
	}
	if kind := http.DetectContentType(head); !strings.HasPrefix(kind, "text/") && kind != "application/octet-stream" && !isText(head) {
		return kind, nil // a picture, a sound, an archive
	}
	text, err := decode(head, in.DeclaredType)
	if err != nil || looksBinary(text) {
		return "application/octet-stream", nil //nolint:nilerr // what is not text is an unknown type, not a fault
	}
	return detectText(in, text), nil
}

// isText reports whether data is Unicode without a control character, which no
// picture or sound is. Some marks of such files are letters: the words of a text may
// stand so that it looks like a font.
func isText(data []byte) bool {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 && len(data) >= utf8.UTFMax || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return false
		}
		data = data[size:]
	}
	return true
}

// isPDF reports whether data is a PDF file. Its mark need not come first, only
// early, as PDF's own appendix on implementations has it.
func isPDF(data []byte) bool {
	return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-"))
}

// detectText tells the kinds of text apart. head is the beginning of the file.
func detectText(in Input, head string) string {
	head = strings.TrimLeftFunc(head, unicode.IsSpace)
	declared, _, _ := strings.Cut(strings.ToLower(in.DeclaredType), ";")
	ext := strings.ToLower(path.Ext(in.Name))
	switch {
	case isHTML(head):
		return typeHTML
	case isXML(head, ext):
		return typeXML
	case strings.HasPrefix(head, "{") || strings.HasPrefix(head, "["):
		if text, err := decode(in.Data, ""); err == nil && isJSON(text) {
			return typeJSON
		}
	}
	switch ext {
	case ".md", ".markdown", ".mdown":
		return typeMarkdown
	case ".csv", ".tsv":
		return typeCSV
	case ".html", ".htm", ".xhtml":
		return typeHTML
	case ".eml", ".mht", ".mhtml":
		return typeMail
	}
	if ext != ".txt" && looksLikeMail(head) {
		return typeMail
	}
	switch strings.TrimSpace(declared) {
	case typeMarkdown, typeCSV, typeHTML:
		return strings.TrimSpace(declared)
	case "text/tab-separated-values":
		return typeCSV
	}
	return typeText
}

// isJSON reports whether text is JSON, or JSON Lines: a value on each line.
func isJSON(text string) bool {
	if json.Valid([]byte(text)) {
		return true
	}
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if !json.Valid([]byte(line)) {
			return false
		}
		lines++
	}
	return lines > 1
}

// isHTML reports whether text begins like a web page: after comments and an XML
// declaration there is a doctype or one of the tags that a page begins with.
func isHTML(head string) bool {
	for {
		head = strings.TrimLeftFunc(head, unicode.IsSpace)
		end := ""
		switch {
		case strings.HasPrefix(head, "<!--"):
			end = "-->"
		case strings.HasPrefix(head, "<?xml"):
			end = "?>"
		}
		at := strings.Index(head, end)
		if end == "" || at < 0 {
			break
		}
		head = head[at+len(end):]
	}
	lower := strings.ToLower(head[:min(len(head), 64)])
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script", "<table", "<div"} {
		rest, found := strings.CutPrefix(lower, tag)
		if found && (rest == "" || strings.ContainsAny(rest[:1], " >\t\r\n/\"")) {
			return true
		}
	}
	return false
}

// isXML reports whether text begins like an XML file that is no web page: with a
// declaration, or with an element whose name space or version is given. Pieces
// of a page, which begin with an element as well, are told by the file's name.
func isXML(head, ext string) bool {
	if strings.HasPrefix(head, "<?xml") || strings.HasPrefix(head, "<") && (ext == ".xml" || ext == ".nxml") {
		return true
	}
	if !strings.HasPrefix(head, "<") || ext == ".html" || ext == ".htm" || ext == ".md" {
		return false
	}
	tag, _, _ := strings.Cut(head, ">")
	return strings.HasPrefix(head, "<!DOCTYPE") || strings.Contains(tag, "xmlns") || strings.Contains(tag, " version=")
}

// looksBinary reports whether text holds control characters that no text has.
func looksBinary(text string) bool {
	odd := 0
	for _, r := range text {
		if r == 0 {
			return true
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) && r != 0x1b {
			odd++
		}
	}
	return odd*50 > len(text)
}

// detectZip tells the formats that are zip files apart by their parts.
func detectZip(data []byte) (string, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", failBecause(err, Broken, "the file is a damaged zip container (DOCX, XLSX and PPTX are such)")
	}
	for _, part := range archive.File {
		switch part.Name {
		case "word/document.xml":
			return typeDOCX, nil
		case "ppt/presentation.xml":
			return typePPTX, nil
		case "xl/workbook.xml":
			return typeXLSX, nil
		case "xl/workbook.bin":
			return "application/vnd.ms-excel.sheet.binary.macroEnabled.12", nil
		case "FixedDocSeq.fdseq", "FixedDocumentSequence.fdseq":
			return "application/vnd.ms-xpsdocument", nil
		case "mimetype": // OpenDocument and EPUB say their type here
			return zipMimetype(part), nil
		}
	}
	return "application/zip", nil
}

// zipMimetype reads the member that names a zip file's type.
func zipMimetype(part *zip.File) string {
	r, err := part.Open()
	if err != nil {
		return "application/zip"
	}
	defer r.Close()
	name, err := io.ReadAll(io.LimitReader(r, 128))
	if err != nil || len(name) == 0 || looksBinary(string(name)) {
		return "application/zip"
	}
	return strings.TrimSpace(string(name))
}

// detectOLE tells what is in the container of older Office files. Office also
// uses it for new files that need a password.
func detectOLE(data []byte) (string, error) {
	if bytes.Contains(data, utf16Bytes("EncryptedPackage")) {
		return "", fail(Encrypted, "the file is protected by a password; save it without one and upload it again")
	}
	return "application/x-ole-storage (Word, Excel, PowerPoint 97 to 2003, or Outlook; save it in a newer format)", nil
}

// utf16Bytes returns ASCII text in UTF-16LE, the way these containers name
// their parts.
func utf16Bytes(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}
