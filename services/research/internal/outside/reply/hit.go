package reply

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/idna"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Hit is a page as a search API shows it.
type Hit struct {
	Title, URL, Text string
	// Date is when it was published, in whatever form.
	Date string
	// Site is the name of the site that it is on, Language an ISO 639-1 code.
	Site, Language string
	// Kind is as in connector.Item; page if empty.
	Kind string
}

// Items returns the hits that fit a query, each page once: no other addresses than
// those of the web, no domain that was excluded, no day of publication that is known
// and was not asked for.
func Items(q connector.Query, hits []Hit) []connector.Item {
	items := make([]connector.Item, 0, len(hits))
	seen := map[string]bool{}
	for _, h := range hits {
		address, ok := Address(h.URL)
		published := Day(h.Date)
		if !ok || seen[address.String()] || !allowed(address.Hostname(), q) || !inTime(published, q) {
			continue
		}
		seen[address.String()] = true
		item := connector.Item{
			Title: Line(h.Title), URL: address.String(), Text: Paragraphs(h.Text), Extent: connector.ExtentSnippet,
			Published: published, Kind: h.Kind, Container: Line(h.Site), Language: language(h.Language),
		}
		if item.Text == "" {
			item.Extent = connector.ExtentNone
		}
		if item.Kind == "" {
			item.Kind = "page"
		}
		if items = append(items, item); q.Limit > 0 && len(items) == q.Limit {
			break
		}
	}
	return items
}

// Address reads an absolute address of the web. One with a user's name in it, which
// may hide where it leads, is none.
func Address(text string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	return u, true
}

// forms are the forms of dates that APIs use, with the precision that they tell.
var forms = []struct{ in, out string }{
	{time.RFC3339, time.DateOnly},
	{"2006-01-02T15:04:05", time.DateOnly},
	{time.DateTime, time.DateOnly},
	{time.DateOnly, time.DateOnly},
	{time.RFC1123, time.DateOnly},
	{time.RFC1123Z, time.DateOnly},
	{"January 2, 2006", time.DateOnly},
	{"2006-01", "2006-01"},
	{"2006", "2006"},
}

// Day returns a date with the precision that it has, as in connector.Item, "" for what
// is none.
func Day(text string) string {
	text = strings.TrimSpace(text)
	for _, form := range forms {
		// Year 1 is the zero time of programs, and no date.
		if t, err := time.Parse(form.in, text); err == nil && t.Year() > 1 {
			return t.Format(form.out)
		}
	}
	return ""
}

// inTime reports whether a date may be within what was asked for.
func inTime(published string, q connector.Query) bool {
	before := func(bound time.Time) bool { return published < bound.Format(time.DateOnly)[:len(published)] }
	after := func(bound time.Time) bool { return published > bound.Format(time.DateOnly)[:len(published)] }
	switch {
	case published == "":
		return true
	case !q.PublishedAfter.IsZero() && before(q.PublishedAfter):
		return false
	case !q.PublishedBefore.IsZero() && after(q.PublishedBefore):
		return false
	}
	return true
}

// allowed reports whether a query may be answered out of a host.
func allowed(name string, q connector.Query) bool {
	under := func(domains []string) bool {
		for _, d := range domains {
			if d := host(d); host(name) == d || strings.HasSuffix(host(name), "."+d) {
				return true
			}
		}
		return false
	}
	return (len(q.IncludeDomains) == 0 || under(q.IncludeDomains)) && !under(q.ExcludeDomains)
}

// host is a host name as it stands in DNS.
func host(name string) string {
	name = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".")
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		return ascii
	}
	return name
}

// language returns an ISO 639-1 code out of what may be a longer tag, "" for what is
// none.
func language(tag string) string {
	code, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tag)), "_", "-"), "-")
	if len(code) != 2 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return code
}

// Plain returns the text of a piece of HTML, as of a title with its hits marked.
func Plain(fragment string) string {
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(fragment))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(tokens.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.Br, atom.P, atom.Li, atom.Div:
				b.WriteByte('\n')
			}
		}
	}
}
