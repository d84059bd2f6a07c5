package readable

import (
	"net/url"
	"strings"
	"unicode"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Leads reports whether an address may be made a link: an http, https or mailto URL.
// Trees are built with no others; what a reader may click is looked at twice.
func Leads(address string) bool {
	parsed, err := url.Parse(address)
	// Browsers drop line breaks from addresses, which would make another one of it.
	if err != nil || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	switch parsed.Scheme {
	case "http", "https":
		return parsed.Host != ""
	case "mailto":
		return parsed.Opaque != ""
	}
	return false
}

// Address returns where a source is, empty if its reference leads there already.
func Address(r *reportv1.Reference) string {
	if address := r.GetWork().GetUrl(); Leads(address) && !links(r.GetText()) {
		return address
	}
	return ""
}

// links reports whether there is a link in running text.
func links(text []*reportv1.Inline) bool {
	for _, part := range text {
		if span := part.GetSpan(); span != nil && (Leads(span.GetHref()) || links(span.GetText())) {
			return true
		}
	}
	return false
}
