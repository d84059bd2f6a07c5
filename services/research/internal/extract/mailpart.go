package extract

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"strings"
)

// mailPart is a message or a part of one.
type mailPart struct {
	header mailHeader
	body   []byte // encoded
}

// media returns the type of a part and its parameters.
func (p mailPart) media() (kind string, params map[string]string) {
	value := p.header.get("Content-Type")
	kind, params, err := mime.ParseMediaType(value)
	if err != nil { // take what can be understood
		kind, _, _ = strings.Cut(strings.ToLower(value), ";")
		kind = strings.TrimSpace(kind)
	}
	if kind == "" {
		kind = "text/plain"
	}
	return kind, params
}

// fileName returns the name of an attached file; "" if the part is none.
func (p mailPart) fileName() string {
	kind, params := p.media()
	disposition, more, err := mime.ParseMediaType(p.header.get("Content-Disposition"))
	if err != nil {
		more = nil
	}
	name := mailWords(more["filename"])
	if name == "" {
		name = mailWords(params["name"])
	}
	switch {
	case name != "" && (disposition == "attachment" || !strings.HasPrefix(kind, "text/")):
		return name
	case disposition == "attachment":
		return "without a name"
	}
	return ""
}

// content returns the body decoded, and as much of it as can be.
func (p mailPart) content() []byte {
	var r io.Reader
	switch strings.ToLower(strings.TrimSpace(p.header.get("Content-Transfer-Encoding"))) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(onlyBase64(p.body)))
	case "quoted-printable":
		r = quotedprintable.NewReader(bytes.NewReader(p.body))
	default:
		return p.body
	}
	data, _ := io.ReadAll(r) // what comes before the damage is read
	return data
}

// onlyBase64 removes what is not of the alphabet, as the standard asks for, and
// what stands behind the end.
func onlyBase64(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for _, c := range data {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			out = append(out, c)
		case c == '=':
			for len(out)%4 != 0 {
				out = append(out, '=')
			}
			return out
		}
	}
	for len(out)%4 != 0 { // the padding is missing
		out = append(out, '=')
	}
	return out
}

// children returns the parts of a multipart body. One that breaks off gives the
// parts before.
func (p mailPart) children(limit int) []mailPart {
	_, params := p.media()
	if params["boundary"] == "" {
		return nil
	}
	var parts []mailPart
	for r := multipart.NewReader(bytes.NewReader(p.body), params["boundary"]); len(parts) < limit; {
		part, err := r.NextRawPart()
		if err != nil {
			break
		}
		body, err := io.ReadAll(part)
		parts = append(parts, mailPart{header: mailHeader(part.Header), body: body})
		if err != nil {
			break
		}
	}
	return parts
}

// part writes a part. It reports whether there was anything to write.
func (w *mailWriter) part(p mailPart, depth int) bool {
	if w.parts++; w.parts > maxMailParts || depth > maxMailDepth || w.b.failed() {
		return false
	}
	kind, _ := p.media()
	name := p.fileName()
	before := w.b.text.Len()
	switch {
	case kind == "message/rfc822":
		w.b.attach(forwardedName(name), p.content())
	case name != "":
		w.b.attach(name, p.content())
	case kind == "multipart/alternative":
		children := p.children(maxMailParts)
		for i := len(children) - 1; i >= 0; i-- { // the best comes last
			if w.part(children[i], depth+1) {
				break
			}
		}
	case kind == "multipart/related":
		for _, child := range p.children(1) { // the others are its pictures
			w.part(child, depth+1)
		}
	case strings.HasPrefix(kind, "multipart/"):
		for _, child := range p.children(maxMailParts) {
			w.part(child, depth+1)
		}
	case kind == "text/html":
		w.page(p)
	case kind == "text/plain", kind == "text/enriched", kind == "message/delivery-status":
		w.text(p)
	}
	return w.b.text.Len() > before
}

// forwardedName is what a message inside a message is called.
func forwardedName(name string) string {
	if name == "" {
		return "message.eml"
	}
	return name
}

// page writes a part in HTML, all of it: there is nothing around an article.
func (w *mailWriter) page(p mailPart) {
	text, err := decode(p.content(), p.header.get("Content-Type"))
	if err != nil {
		return
	}
	page, err := parsePage(text)
	if err != nil {
		return // the other parts are read all the same
	}
	removeHidden(page)
	writer := &htmlWriter{b: w.b}
	writer.blocks(bodyOf(page))
}

// text writes a part in plain text.
func (w *mailWriter) text(p mailPart) {
	text, err := decode(p.content(), p.header.get("Content-Type"))
	if err != nil {
		return
	}
	if _, params := p.media(); strings.EqualFold(params["format"], "flowed") {
		text = unflow(text)
	}
	text = cleanText(text)
	for len(text) > 0 && !w.b.failed() {
		block, rest := cutBlankLine(text)
		w.b.lines(block)
		text = rest
	}
}

// unflow joins the lines of a paragraph that a program has wrapped and marked so
// with a space at their end (RFC 3676).
func unflow(text string) string {
	var out strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if strings.HasSuffix(line, " \n") && line != "-- \n" {
			line = line[:len(line)-1]
		}
		out.WriteString(line)
	}
	return out.String()
}

// savedPage returns the page in a message that a browser saved, nil if it is a
// message of people.
func (p mailPart) savedPage(depth int) *mailPart {
	kind, _ := p.media()
	switch {
	case depth == 0 && (p.header.get("To") != "" || p.header.get("Received") != ""):
	case kind == "text/html" && p.header.get("Content-Location") != "":
		return &p
	case kind == "multipart/related" && depth == 0:
		for _, child := range p.children(1) {
			return child.savedPage(depth + 1)
		}
	}
	return nil
}

// readSavedPage reads the page that a browser saved.
func readSavedPage(b *builder, p mailPart) (Document, error) {
	text, err := decode(p.content(), p.header.get("Content-Type"))
	if err != nil {
		return Document{}, err
	}
	doc, err := readHTML(b, text)
	if err != nil {
		return Document{}, err
	}
	if doc.Identifiers["url"] == "" {
		m := metadata{identifiers: doc.Identifiers}
		m.identify("url", p.header.get("Content-Location"))
		doc.Identifiers = m.identifiers
	}
	return doc, nil
}
