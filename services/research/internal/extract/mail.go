package extract

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"

	"golang.org/x/net/html/charset"
)

const (
	// maxMailDepth is how deep the parts of a message may be nested, and
	// maxMailParts how many it may have.
	maxMailDepth = 20
	maxMailParts = 1_000
)

// mailWriter turns a message into blocks.
type mailWriter struct {
	b     *builder
	parts int // met so far
}

// readMail reads a message: who wrote to whom, when and about what, its text,
// and the files attached to it. A page that a browser saved as one file (MHTML)
// is a message without a recipient, and is read as the page.
func readMail(b *builder, data []byte) (Document, error) {
	data = bytes.TrimLeft(data, "\r\n \t")
	if bytes.HasPrefix(data, []byte("From ")) { // the line that mailboxes part messages with
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	header, body, err := parseMail(data)
	if err != nil {
		return Document{}, err
	}
	root := mailPart{header: header, body: body}
	if page := root.savedPage(0); page != nil {
		return readSavedPage(b, *page)
	}
	about := writeMailHeader(b, header)
	w := &mailWriter{b: b}
	w.part(root, 0)
	doc, err := b.document("")
	if err != nil {
		return Document{}, err
	}
	doc = about.describe(doc)
	if about.title == "" { // not the first heading of an attachment
		doc.Title = ""
	}
	return doc, nil
}

// parseMail cuts a message into its header and its body.
func parseMail(data []byte) (mailHeader, []byte, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, nil, failBecause(err, Broken, "the message has no readable header")
	}
	_, body, found := cutHeader(data)
	if !found {
		body = nil
	}
	return mailHeader(msg.Header), body, nil
}

// cutHeader cuts a message at its first empty line.
func cutHeader(data []byte) (header, body []byte, found bool) {
	for at := 0; at < len(data); {
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			break
		}
		if len(bytes.TrimRight(data[at:at+end], "\r")) == 0 {
			return data[:at], data[at+end+1:], true
		}
		at += end + 1
	}
	return data, nil, false
}

// mailHeader is the header of a message or of a part of one.
type mailHeader map[string][]string

// get returns a field as it stands.
func (h mailHeader) get(key string) string {
	if values := h[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// text returns a field as people read it.
func (h mailHeader) text(key string) string { return mailWords(h.get(key)) }

// mailWords decodes the encoded words of a field, and bytes that should have been
// encoded.
func mailWords(value string) string {
	decoder := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	if decoded, err := decoder.DecodeHeader(value); err == nil {
		value = decoded
	}
	if text, err := decode([]byte(value), ""); err == nil {
		value = text
	}
	return joinFields(cleanText(value))
}

// addresses returns the addresses of a field, with their names.
func (h mailHeader) addresses(key string) []*mail.Address {
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charset.NewReaderLabel}}
	list, err := parser.ParseList(h.get(key))
	if err != nil {
		return nil
	}
	return list
}

// writeMailHeader writes the lines that people see above a message, and returns
// what they say.
func writeMailHeader(b *builder, h mailHeader) metadata {
	var m metadata
	m.title = h.text("Subject")
	for _, from := range h.addresses("From") {
		name := from.Name
		if name == "" {
			name, _, _ = strings.Cut(from.Address, "@")
		}
		m.addAuthor(name, false)
	}
	if date, err := mail.ParseDate(h.get("Date")); err == nil {
		m.published = date.Format("2006-01-02")
	}
	var lines []string
	for _, key := range []string{"From", "To", "Cc", "Date", "Subject"} {
		value := h.text(key)
		if list := h.addresses(key); key != "Date" && key != "Subject" && len(list) > 0 {
			value = addressText(list)
		}
		if value != "" {
			lines = append(lines, key+": "+value)
		}
	}
	b.lines(strings.Join(lines, "\n"))
	return m
}

// addressText writes addresses for people.
func addressText(list []*mail.Address) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = strings.TrimSpace(a.Name + " <" + a.Address + ">")
		if a.Name == "" {
			texts[i] = a.Address
		}
	}
	return strings.Join(texts, ", ")
}

// looksLikeMail reports whether text begins like a message: with a header that
// says who it is from, and at least two of the other fields that messages have.
func looksLikeMail(text string) bool {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' || len(seen) == 0 && strings.HasPrefix(line, "From ") {
			continue
		}
		key, _, found := strings.Cut(line, ":")
		if !found || strings.ContainsAny(key, " \t") {
			return false
		}
		seen[strings.ToLower(key)] = true
	}
	others := 0
	for _, key := range []string{"to", "date", "subject", "message-id", "mime-version", "received", "content-type"} {
		if seen[key] {
			others++
		}
	}
	return seen["from"] && others >= 2
}
