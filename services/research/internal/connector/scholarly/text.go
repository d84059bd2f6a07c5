package scholarly

import (
	"html"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// blocks are the elements of HTML and JATS, without their prefix, that begin a
// paragraph.
var blocks = map[string]bool{
	"p": true, "title": true, "sec": true, "div": true, "br": true, "li": true, "list-item": true, "list": true,
	"ul": true, "ol": true, "disp-formula": true, "h1": true, "h2": true, "h3": true, "h4": true, "tr": true,
}

// Paragraphs returns the text of a fragment of HTML, JATS or MathML: tags gone,
// entities resolved, blocks parted by a blank line, all other white space single.
// A raised number after a digit is a power and becomes one in text ("10^3"),
// since 10³ must never read as 103.
func Paragraphs(fragment string) string {
	var b strings.Builder
	z := nethtml.NewTokenizer(strings.NewReader(strings.ToValidUTF8(fragment, "")))
	z.AllowCDATA(true)
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			// Many records were escaped twice.
			return tidy(html.UnescapeString(b.String()))
		case nethtml.TextToken:
			b.WriteString(spaces(string(z.Text())))
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
			writeTag(&b, z)
		}
	}
}

// writeTag writes what a tag means for the text around it.
func writeTag(b *strings.Builder, z *nethtml.Tokenizer) {
	token := z.Token()
	name := token.Data
	if _, local, prefixed := strings.Cut(name, ":"); prefixed {
		name = local
	}
	switch {
	case blocks[name]:
		b.WriteString("\n\n")
	case name == "sup" && token.Type == nethtml.StartTagToken:
		if last, _ := utf8.DecodeLastRuneInString(b.String()); unicode.IsDigit(last) {
			b.WriteByte('^')
		}
	}
}

// spaces returns s with each white space as a single space character, since the
// lines of the source mean nothing.
func spaces(s string) string {
	return strings.Map(func(r rune) rune {
		if isSpace(r) {
			return ' '
		}
		return r
	}, s)
}

// tidy makes single spaces within paragraphs, and blank lines between them.
func tidy(s string) string {
	var out []string
	for p := range strings.SplitSeq(s, "\n\n") {
		if p = Line(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// Line returns text that has no markup as one line of valid UTF-8 in form NFC,
// with single spaces.
func Line(s string) string {
	return norm.NFC.String(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), isSpace), " "))
}

// Title returns the text of a title that may have markup, as one line.
func Title(fragment string) string {
	return Line(Paragraphs(fragment))
}

// DOIAddress returns the address at which a DOI resolves.
func DOIAddress(doi string) string {
	return "https://doi.org/" + strings.ReplaceAll(url.PathEscape(doi), "%2F", "/")
}

// Mail returns contact if it is a mail address, else "": APIs that ask for one
// refuse other things.
func Mail(contact string) string {
	address, err := mail.ParseAddress(strings.TrimPrefix(contact, "mailto:"))
	if err != nil {
		return ""
	}
	return address.Address
}

// isSpace reports whether r is white space or a control character.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r)
}
