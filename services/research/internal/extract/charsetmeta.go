package extract

import (
	"bytes"
	"mime"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
)

// prescanBytes is how much of a page is searched for its declared encoding byte
// by byte, before anything is known about its markup.
const prescanBytes = 1024

// declaredEncoding returns the encoding that is declared for data, with its name
// in the Encoding Standard: by the media type that the sender gave, else in the
// data itself as the HTML Standard's "encoding sniffing algorithm" (13.2.3.2)
// finds it. It returns nil if none is declared.
func declaredEncoding(data []byte, declaredType string) (encoding.Encoding, string) {
	if _, params, err := mime.ParseMediaType(declaredType); err == nil {
		if enc, name := charset.Lookup(params["charset"]); enc != nil {
			return enc, name
		}
	}
	label := prescan(data[:min(len(data), prescanBytes)])
	if label == "" {
		label = xmlEncoding(data[:min(len(data), prescanBytes)])
	}
	if label == "" {
		label = lateMeta(data)
	}
	return charset.Lookup(label)
}

// prescan is the HTML Standard's algorithm to "prescan a byte stream to determine
// its encoding". It returns a label, "" if there is none.
func prescan(data []byte) string {
	for s := (scanner{data: data}); s.at < len(data); {
		rest := data[s.at:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			s.skipPast("-->", 2) // its dashes may be those that opened it
		case len(rest) > 5 && strings.EqualFold(string(rest[:5]), "<meta") && (isSpace(rest[5]) || rest[5] == '/'):
			s.at += 5
			if label := s.meta(); label != "" {
				return label
			}
		case len(rest) > 1 && rest[0] == '<' && isLetter(rest[1]), len(rest) > 2 && rest[0] == '<' && rest[1] == '/' && isLetter(rest[2]):
			for s.at < len(data) && !isSpace(data[s.at]) && data[s.at] != '>' {
				s.at++
			}
			for {
				if _, _, ok := s.attribute(); !ok {
					break
				}
			}
		case len(rest) > 1 && rest[0] == '<' && (rest[1] == '!' || rest[1] == '/' || rest[1] == '?'):
			s.skipPast(">", 0)
		default:
			s.at++
		}
	}
	return ""
}

// scanner goes over the bytes of a page.
type scanner struct {
	data []byte
	at   int
}

// skipPast moves behind the next end, which begins offset bytes from here at the
// earliest.
func (s *scanner) skipPast(end string, offset int) {
	from := min(s.at+offset, len(s.data))
	i := bytes.Index(s.data[from:], []byte(end))
	if i < 0 {
		s.at = len(s.data)
		return
	}
	s.at = from + i + len(end)
}

// meta reads the attributes of a meta element and returns the label of the
// encoding that they declare.
func (s *scanner) meta() string {
	m := metaTag{}
	seen := map[string]bool{}
	for {
		name, value, ok := s.attribute()
		if !ok {
			return m.label()
		}
		if !seen[name] {
			seen[name] = true
			m.set(name, value)
		}
	}
}

// attribute is the standard's algorithm to "get an attribute". ok is false at
// the end of the tag; an attribute that the end of the data cuts is none.
func (s *scanner) attribute() (name, value string, ok bool) {
	for s.at < len(s.data) && (isSpace(s.data[s.at]) || s.data[s.at] == '/') {
		s.at++
	}
	if s.at >= len(s.data) || s.data[s.at] == '>' {
		return "", "", false
	}
	begin := s.at
	for s.at < len(s.data) && !isSpace(s.data[s.at]) && !strings.ContainsRune("/>", rune(s.data[s.at])) && (s.data[s.at] != '=' || s.at == begin) {
		s.at++
	}
	name = strings.ToLower(string(s.data[begin:s.at]))
	s.skipSpace()
	if s.at >= len(s.data) {
		return "", "", false
	}
	if s.data[s.at] != '=' {
		return name, "", true
	}
	s.at++
	s.skipSpace()
	value, ok = s.value()
	return name, value, ok
}

// value reads the value of an attribute.
func (s *scanner) value() (value string, ok bool) {
	if s.at >= len(s.data) {
		return "", false
	}
	switch quote := s.data[s.at]; quote {
	case '"', '\'':
		end := bytes.IndexByte(s.data[s.at+1:], quote)
		if end < 0 {
			s.at = len(s.data)
			return "", false
		}
		value = string(s.data[s.at+1 : s.at+1+end])
		s.at += end + 2
	case '>':
	default:
		begin := s.at
		for s.at < len(s.data) && !isSpace(s.data[s.at]) && s.data[s.at] != '>' {
			s.at++
		}
		if s.at >= len(s.data) {
			return "", false
		}
		value = string(s.data[begin:s.at])
	}
	return strings.ToLower(value), true
}

// skipSpace moves behind white space.
func (s *scanner) skipSpace() {
	for s.at < len(s.data) && isSpace(s.data[s.at]) {
		s.at++
	}
}

// isSpace reports whether c is white space in HTML.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

// metaTag is what a meta element says about the encoding.
type metaTag struct {
	pragma      bool   // that its content stands for a header
	fromContent string // label
	fromCharset string
}

// set takes an attribute, whose value is in lower case.
func (m *metaTag) set(name, value string) {
	switch name {
	case "http-equiv":
		m.pragma = value == "content-type"
	case "content":
		m.fromContent = contentCharset(value)
	case "charset":
		m.fromCharset = strings.TrimSpace(value)
	}
}

// label returns the label of the encoding, "" if the element names none that is
// known. A page whose ASCII can be read is not in UTF-16, whatever it says.
func (m *metaTag) label() string {
	label := m.fromCharset
	if label == "" && m.pragma {
		label = m.fromContent
	}
	enc, name := charset.Lookup(label)
	switch {
	case enc == nil:
		return ""
	case strings.HasPrefix(name, "utf-16"):
		return "utf-8"
	case name == "x-user-defined":
		return "windows-1252"
	}
	return name
}

// contentCharset is the standard's algorithm for "extracting a character encoding
// from a meta element". It returns a label, "" if there is none.
func contentCharset(content string) string {
	for {
		at := strings.Index(content, "charset")
		if at < 0 {
			return ""
		}
		content = strings.TrimLeft(content[at+len("charset"):], " \t\n\f\r")
		value, found := strings.CutPrefix(content, "=")
		if !found {
			continue
		}
		value = strings.TrimLeft(value, " \t\n\f\r")
		if value == "" {
			return ""
		}
		if quote := value[0]; quote == '"' || quote == '\'' {
			label, _, closed := strings.Cut(value[1:], value[:1])
			if !closed {
				return ""
			}
			return label
		}
		if end := strings.IndexAny(value, " \t\n\f\r;"); end >= 0 {
			value = value[:end]
		}
		return value
	}
}

// xmlEncoding is the standard's algorithm to "get an XML encoding".
func xmlEncoding(data []byte) string {
	declaration, _, found := bytes.Cut(data, []byte(">"))
	if !found || !bytes.HasPrefix(declaration, []byte("<?xml")) {
		return ""
	}
	_, value, found := bytes.Cut(declaration, []byte("encoding"))
	value = bytes.TrimLeft(value, " \t\n\r")
	if !found || len(value) < 2 || value[0] != '=' {
		return ""
	}
	value = bytes.TrimLeft(value[1:], " \t\n\r")
	if len(value) == 0 || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	label, _, closed := bytes.Cut(value[1:], value[:1])
	if !closed {
		return ""
	}
	if enc, name := charset.Lookup(string(label)); enc == nil || strings.HasPrefix(name, "utf-16") {
		return ""
	}
	return string(label)
}

// lateMeta finds a meta element behind the prescanned part, as the parser does
// that meets one and begins anew.
func lateMeta(data []byte) string {
	if len(data) <= prescanBytes {
		return ""
	}
	z := html.NewTokenizer(bytes.NewReader(data))
	z.SetMaxBuf(maxToken)
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "meta":
			case "body": // what follows is text
				return ""
			default:
				continue
			}
			m := metaTag{}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				m.set(string(key), strings.ToLower(string(value)))
			}
			if label := m.label(); label != "" {
				return label
			}
		}
	}
}
