package prompted

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

var (
	// address is what programs that show text make a link of, or may.
	address = regexp.MustCompile(`(?i)` +
		`\b[a-z][a-z0-9+.-]{0,15}:[/\\]{2}[^\s<>"'“”»）\])}]*` + // scheme://…
		`|\b(?:javascript|vbscript|data|mailto|tel|sms|blob|file|magnet):[^\s<>"]+` +
		`|\bwww\d?\.[^\s<>"'“”»）\])}]+` +
		`|[\w.+-]+@[\w-]+(?:\.[\w-]+)+` + // a mail address
		`|(?:[a-z0-9-]+\.)+[a-z]{2,24}(?::\d{1,5})?/[^\s<>"'“”»）\])}]*` + // host/path
		`|//(?:[a-z0-9-]+\.)+[a-z]{2,24}[^\s<>"'“”»）\])}]*`)
	// bareDomain is a name that may be that of a host.
	bareDomain = regexp.MustCompile(`\b(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-z]{2,24}\b`)
)

// places are the addresses that may be written: those of the sources that were given.
type places struct {
	urls, hosts map[string]bool
	// said is the user's question, whose host names stay.
	said string
}

// newPlaces returns the places of evidence, and of the question asked about it.
func newPlaces(question string, items []engine.Evidence) places {
	p := places{urls: map[string]bool{}, hosts: map[string]bool{}, said: strings.ToLower(question)}
	for _, item := range items {
		if u, err := url.Parse(item.URL); err == nil && u.Host != "" {
			p.urls[bareURL(item.URL)] = true
			p.hosts[strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")] = true
		}
	}
	return p
}

// bareURL is a URL in the form in which it is compared: whole but for the last slash,
// so that nothing can be smuggled out in a query.
func bareURL(u string) string { return strings.TrimRight(u, "/") }

// foreign returns where text holds addresses that are not known.
func (p places) foreign(text string) [][]int {
	if !strings.ContainsAny(text, ":/@") && !strings.Contains(strings.ToLower(text), "www") {
		return nil // as nearly all texts are
	}
	var out [][]int
	for _, at := range address.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?")
		if !p.urls[bareURL(found)] && isAddress(found) {
			out = append(out, []int{at[0], at[0] + len(found)})
		}
	}
	return out
}

// isAddress tells host/path, which only a host's name makes an address, from
// fractions and file names.
func isAddress(found string) bool {
	host, _, path := strings.Cut(found, "/")
	if !path || host == "" || strings.Contains(host, ":") || strings.Contains(host, "@") || strings.HasPrefix(strings.ToLower(host), "www") {
		return true
	}
	return isDomain(host)
}

// isDomain reports whether a name ends in a top-level domain of the Internet, by the
// public suffix list.
func isDomain(name string) bool {
	_, icann := publicsuffix.PublicSuffix(strings.ToLower(name))
	return icann
}

// without removes the addresses that are not known. A bare name of a host, which is
// often the name of a firm too, keeps its telling part: "example" of "example.com".
func (p places) without(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range p.foreign(text) {
		out.WriteString(text[from:at[0]])
		from = at[1]
	}
	out.WriteString(text[from:])
	return p.withoutHosts(out.String())
}

// withoutHosts shortens bare names of hosts outside of known addresses.
func (p places) withoutHosts(text string) string {
	var out strings.Builder
	from := 0
	for _, at := range address.FindAllStringIndex(text, -1) { // known, or it would be gone
		out.WriteString(p.shortenHosts(text[from:at[0]]))
		out.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	out.WriteString(p.shortenHosts(text[from:]))
	return out.String()
}

func (p places) shortenHosts(text string) string {
	return bareDomain.ReplaceAllStringFunc(text, func(name string) string {
		lower := strings.ToLower(name)
		if p.hosts[strings.TrimPrefix(lower, "www.")] || strings.Contains(p.said, lower) || !isDomain(name) {
			return name
		}
		site, err := publicsuffix.EffectiveTLDPlusOne(lower)
		if err != nil {
			return name // a suffix alone, such as "co.uk"
		}
		label, _, _ := strings.Cut(name[len(name)-len(site):], ".")
		return label
	})
}
