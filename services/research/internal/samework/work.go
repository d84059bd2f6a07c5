package samework

import (
	"maps"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Work is one source, with everywhere it was found.
type Work struct {
	// Item is what is known of it, each field from where it is best.
	Item connector.Item
	// From is the connector whose item leads: its title, address, kind and date
	// are the work's.
	From string
	// Found is everywhere the work was found: the item that leads first, each
	// address of each connector once.
	Found []Place
}

// Place is where a work was found.
type Place struct {
	Connector string `json:"connector"`
	URL       string `json:"url"`
	// Preprint says that the version found there is a preprint.
	Preprint bool `json:"preprint,omitempty"`
}

// Status says what readers have to know about a work before they rely on it.
type Status struct {
	// Preprint: it has not been reviewed, as far as is known.
	Preprint bool
	// Retracted, Corrected and Concern: there is a notice of that kind.
	Retracted, Corrected, Concern bool
}

// Of returns the work of one item that a connector found.
func Of(name string, item connector.Item) Work {
	return Work{
		Item: item, From: name,
		Found: []Place{{Connector: name, URL: item.URL, Preprint: isPreprint(item)}},
	}
}

// Status returns what the work's item and notices say.
func (w Work) Status() Status {
	s := Status{Preprint: isPreprint(w.Item)}
	for _, n := range w.Item.Notices {
		switch n.Kind {
		case connector.NoticeRetraction:
			s.Retracted = true
		case connector.NoticeCorrection:
			s.Corrected = true
		case connector.NoticeConcern:
			s.Concern = true
		}
	}
	return s
}

// trust orders connectors by whose records are better kept: registries and
// curated indexes before those that gather from them, those before a search
// engine's reading of a page. The place in the order decides what no rule on the
// content does.
var trust = []string{
	"documents", "urls", "crossref", "pubmed", "arxiv", "openalex", "semanticscholar", "wikipedia", "feed",
	"perplexity", "tavily", "brave", "searxng",
}

// rank returns the place of a connector in the order of trust.
func rank(name string) int {
	if i := slices.Index(trust, name); i >= 0 {
		return i
	}
	return len(trust)
}

// Merge makes one of two works that are the same. The order of a and b does not
// matter, but for texts and names of equal worth.
//
//   - One leads: a document of the library; else a published version before a
//     preprint; else the more trusted connector. Its title, address, kind,
//     container and publisher stay, and the other's fill what it lacks.
//   - Published is the leader's, or the other's if that says the same more
//     precisely.
//   - Authors are the longer list: indexes cut long ones.
//   - Text is the one that is more of the work (Extent); of the same extent the
//     leader's, unless the other is half as long again.
//   - Identifiers, notices, full texts and places are united. A second DOI
//     becomes PreprintDOI, where it is a preprint's.
//   - Citations are the greatest count: no index knows of all.
func Merge(a, b Work) Work {
	if leads(b, a) {
		a, b = b, a
	}
	w := a
	w.Item = mergeItems(a.Item, b.Item)
	w.Found = slices.Clone(a.Found)
	for _, p := range b.Found {
		if !slices.Contains(w.Found, p) {
			w.Found = append(w.Found, p)
		}
	}
	return w
}

// leads reports whether b leads a merged work of a and b.
func leads(b, a Work) bool {
	if own, other := b.Item.Document != nil, a.Item.Document != nil; own != other {
		return own
	}
	// Something whose kind is unknown may be anything, so it decides nothing.
	if p, q := isPreprint(b.Item), isPreprint(a.Item); p != q && a.Item.Kind != "" && b.Item.Kind != "" {
		return q
	}
	return rank(b.From) < rank(a.From)
}

// mergeItems returns the leading item a with what the other one, b, has better.
func mergeItems(a, b connector.Item) connector.Item {
	m := a
	m.Title, m.URL = or(a.Title, b.Title), or(a.URL, b.URL)
	m.Kind, m.Container, m.Publisher = or(a.Kind, b.Kind), or(a.Container, b.Container), or(a.Publisher, b.Publisher)
	m.Language, m.License = or(a.Language, b.Language), or(a.License, b.License)
	m.Citations = max(a.Citations, b.Citations)
	if len(b.Published) > len(a.Published) && strings.HasPrefix(b.Published, a.Published) {
		m.Published = b.Published
	}
	if len(b.Authors) > len(a.Authors) {
		m.Authors = b.Authors
	}
	if betterText(b, a) {
		m.Text, m.Extent, m.NoFetch = b.Text, b.Extent, b.NoFetch
	}
	m.FullTexts = union(a.FullTexts, b.FullTexts)
	// Where one place knows a full text, the text of the other is not all there is.
	if m.Extent != connector.ExtentFull && len(m.FullTexts) > 0 {
		m.NoFetch = false
	}
	m.Notices = mergeNotices(a.Notices, b.Notices)
	m.Identifiers = mergeIdentifiers(a, b)
	return m
}

// or returns the first of two strings that is not empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// extents orders how much of a work a text is.
var extents = []connector.Extent{connector.ExtentNone, connector.ExtentSnippet, connector.ExtentAbstract, connector.ExtentFull}

// betterText reports whether b's text is to be preferred to a's.
func betterText(b, a connector.Item) bool {
	if a.Document != nil || b.Text == "" {
		return false
	}
	if x, y := slices.Index(extents, b.Extent), slices.Index(extents, a.Extent); x != y {
		return x > y
	}
	return 2*len(b.Text) > 3*len(a.Text)
}

// union returns a and what b has besides.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// mergeNotices unites notices. The same notice from two places is one: if both
// name its DOI, by that, else by its kind, and the one that says more stays.
func mergeNotices(a, b []connector.Notice) []connector.Notice {
	out := slices.Clone(a)
	for _, n := range b {
		i := slices.IndexFunc(out, func(o connector.Notice) bool {
			return o.Kind == n.Kind && (o.DOI == n.DOI || o.DOI == "" || n.DOI == "")
		})
		switch {
		case i < 0:
			out = append(out, n)
		case out[i].DOI == "" && n.DOI != "", out[i].DOI == n.DOI && len(n.Date) > len(out[i].Date):
			out[i] = n
		}
	}
	return out
}

// mergeIdentifiers unites identifiers; a's stay. The DOI of a preprint never
// becomes that of the publication that leads.
func mergeIdentifiers(a, b connector.Item) map[string]string {
	out := maps.Clone(a.Identifiers)
	if out == nil {
		out = map[string]string{}
	}
	version := isPreprint(b) && !isPreprint(a)
	for kind, id := range b.Identifiers {
		if kind == DOI && version {
			kind = PreprintDOI
		}
		if out[kind] == "" {
			out[kind] = id
		}
	}
	if published := out[PublishedDOI]; published != "" && !isPreprint(a) {
		// What the preprint was published as leads now.
		out[DOI] = or(out[DOI], published)
		delete(out, PublishedDOI)
	}
	if out[PreprintDOI] == out[DOI] {
		delete(out, PreprintDOI)
	}
	return out
}

// isPreprint reports whether an item is a preprint.
func isPreprint(item connector.Item) bool { return item.Kind == "preprint" }

// Conflict reports whether the identifiers of two items contradict that they are
// the same work, so that weak evidence does not count: they have one of a kind
// that every work has one of, and it differs. DOIs of a preprint and of a
// publication always differ, and contradict nothing; neither do those of two
// preprints, since every version and every server has its own.
func Conflict(a, b connector.Item) bool {
	for _, kind := range []string{ArXiv, PMID, PMCID} {
		x, y := a.Identifiers[kind], b.Identifiers[kind]
		if x != "" && y != "" && x != y && isPreprint(a) == isPreprint(b) {
			return true
		}
	}
	x, y := a.Identifiers[DOI], b.Identifiers[DOI]
	return x != "" && y != "" && x != y && !isPreprint(a) && !isPreprint(b)
}
