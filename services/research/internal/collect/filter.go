package collect

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// filter returns the items that pass the filters of a query, whether or not their
// place applied these itself. Documents of the library are filtered by collection
// only, and addresses that the user gave not at all.
func filter(q connector.Query, items []connector.Item) []connector.Item {
	var out []connector.Item
	for _, item := range items {
		if item.Document != nil || slices.Contains(q.URLs, item.URL) || passes(q, item) {
			out = append(out, item)
		}
	}
	return out
}

func passes(q connector.Query, item connector.Item) bool {
	if !inDomains(q, item.URL) {
		return false
	}
	if len(q.Languages) > 0 && item.Language != "" && !slices.Contains(q.Languages, item.Language) {
		return false
	}
	// What will be read may still say when it was published.
	return inTime(q, item.Published) || item.Published == "" && !item.NoFetch
}

// inDomains reports whether an address is among those to use.
func inDomains(q connector.Query, address string) bool {
	if len(q.IncludeDomains) == 0 && len(q.ExcludeDomains) == 0 {
		return true
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	under := func(domain string) bool {
		domain = strings.ToLower(domain)
		return host == domain || strings.HasSuffix(host, "."+domain)
	}
	included := len(q.IncludeDomains) == 0 || slices.ContainsFunc(q.IncludeDomains, under)
	return included && !slices.ContainsFunc(q.ExcludeDomains, under)
}

// inTime reports whether a date of any precision may lie between the bounds of a
// query; both are days, inclusive. An unknown date lies between none.
func inTime(q connector.Query, published string) bool {
	if q.PublishedAfter.IsZero() && q.PublishedBefore.IsZero() {
		return true
	}
	from, to, ok := span(published)
	if !ok {
		return false
	}
	if !q.PublishedAfter.IsZero() && to.Before(day(q.PublishedAfter)) {
		return false
	}
	return q.PublishedBefore.IsZero() || !from.After(day(q.PublishedBefore))
}

// span returns the first and the last day that a date of any precision may be.
func span(published string) (from, to time.Time, ok bool) {
	for layout, length := range map[string][3]int{time.DateOnly: {0, 0, 1}, "2006-01": {0, 1, 0}, "2006": {1, 0, 0}} {
		if from, err := time.Parse(layout, published); err == nil {
			return from, from.AddDate(length[0], length[1], length[2]).AddDate(0, 0, -1), true
		}
	}
	return from, to, false
}

// day is the start of a time's day in UTC.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
