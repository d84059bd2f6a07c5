package docx

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

const (
	// mostTooltip is how long a text may be that is shown on pointing at something.
	mostTooltip = 255
	// mostAddress is how long the address of a link may be for Word.
	mostAddress = 2000
)

// address returns the address of a link as Word takes it, and whether it is one: a file
// with an address that is none does not open at all. Only the web and mail are linked.
func address(href string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || href == "" {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host, err = host(u); err != nil {
			return "", false
		}
	case "mailto":
		if u.Opaque == "" {
			return "", false
		}
	default:
		return "", false
	}
	out := onlyAllowed(u.String())
	return out, len(out) <= mostAddress
}

// host returns an address's host in letters that every program takes.
func host(u *url.URL) (string, error) {
	name := u.Hostname()
	if strings.Contains(name, ":") {
		return u.Host, nil // of numbers
	}
	name, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", url.InvalidHostError(name)
	}
	if port := u.Port(); port != "" {
		name += ":" + port
	}
	return name, nil
}

// onlyAllowed encodes everything that must not be in an address.
func onlyAllowed(s string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		encoded := c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		if encoded || isAlphanumeric(c) || strings.IndexByte("-._~:/?#[]@!$&'()*+,;=", c) >= 0 {
			out.WriteByte(c)
			continue
		}
		out.WriteByte('%')
		out.WriteByte(hex[c>>4])
		out.WriteByte(hex[c&15])
	}
	return out.String()
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// hyperlink writes a link; write writes its text.
func (w *writer) hyperlink(attributes []string, f format, write func(f format)) {
	f.linked = true
	w.out.open("w:hyperlink", attributes...)
	write(f)
	w.out.close("w:hyperlink")
}

// internal writes a link to a place in the document, or its text alone if there is no
// such place.
func (w *writer) internal(anchor, tooltip, label string, f format) {
	name, ok := w.anchors.names[anchor]
	if !ok || f.linked {
		w.run(label, f)
		return
	}
	attributes := []string{"w:anchor", name, "w:history", "1"}
	if tooltip != "" {
		attributes = append(attributes, "w:tooltip", shortened(line(tooltip), mostTooltip))
	}
	w.hyperlink(attributes, f.as("Mark"), func(f format) { w.run(label, f) })
}

// findingLink points to a finding by its number.
func (w *writer) findingLink(number int32, f format) {
	w.internal(w.anchors.findings[number], "", "finding "+itoa(int(number)), f)
}
