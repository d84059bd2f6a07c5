package docx

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"unicode"
)

// markup collects XML. Names are ours; values and text are escaped.
type markup struct{ bytes.Buffer }

func (m *markup) declaration() {
	m.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n")
}

// open writes a start tag. Attributes are pairs of a name and a value.
func (m *markup) open(name string, attributes ...string) {
	m.tag(name, attributes)
	m.WriteByte('>')
}

// empty writes an element without content.
func (m *markup) empty(name string, attributes ...string) {
	m.tag(name, attributes)
	m.WriteString("/>")
}

// val writes an element whose content is its value, as most of WordprocessingML is.
func (m *markup) val(name, value string) { m.empty(name, "w:val", value) }

func (m *markup) close(name string) { m.WriteString("</" + name + ">") }

// element writes an element that holds text only.
func (m *markup) element(name, text string, attributes ...string) {
	m.open(name, attributes...)
	m.text(text)
	m.close(name)
}

func (m *markup) tag(name string, attributes []string) {
	m.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		m.WriteString(" " + attributes[i] + `="`)
		m.text(attributes[i+1])
		m.WriteByte('"')
	}
}

// text writes text; what XML cannot hold becomes U+FFFD.
func (m *markup) text(s string) {
	// A buffer takes everything.
	_ = xml.EscapeText(m, []byte(s))
}

// line makes text a single line: line breaks, tabs and the like become spaces.
// Directional formatting that is left open is closed, so that it turns nothing around
// that is not part of the text.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return s + unclosed(s)
}

// unclosed returns the characters that close what directional formatting a text opens.
func unclosed(s string) string {
	if !strings.ContainsAny(s, "\u202a\u202b\u202d\u202e\u2066\u2067\u2068") {
		return ""
	}
	var open []rune
	for _, r := range s {
		switch r {
		case '\u202a', '\u202b', '\u202d', '\u202e':
			open = append(open, '\u202c')
		case '\u2066', '\u2067', '\u2068':
			open = append(open, '\u2069')
		case '\u202c', '\u2069':
			if n := len(open); n > 0 && open[n-1] == r {
				open = open[:n-1]
			}
		}
	}
	var closing strings.Builder
	for i := len(open) - 1; i >= 0; i-- {
		closing.WriteRune(open[i])
	}
	return closing.String()
}

// shortened cuts text to as many characters, an ellipsis being the last.
func shortened(s string, most int) string {
	count := 0
	for i := range s {
		if count++; count > most {
			cut := []rune(s[:i])
			return strings.TrimRightFunc(string(cut[:most-1]), unicode.IsSpace) + "…"
		}
	}
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }
