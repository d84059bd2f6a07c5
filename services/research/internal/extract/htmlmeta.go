package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// maxMeta is how many values a page may give for one key.
const maxMeta = maxAuthors

// pageHead is what the elements of a page say about it, before it is known
// which of them to believe.
type pageHead struct {
	meta     map[string][]string // by name, property or itemprop, in lower case
	links    map[string]string   // address by relation: canonical, license
	scripts  []string            // JSON-LD
	title    string              // of the title element
	headings []string            // of the first level
	times    []string            // of time elements that say when it was published
	bylines  []string            // of elements that are marked as the author's name
	credits  []string            // of elements whose class says so
	licenses map[string]bool     // addresses of Creative Commons licences that it links to
	language string
}

// pageMetadata returns what a page says about itself: to search engines of
// papers (Highwire's citation_ tags), in JSON-LD, to other sites (OpenGraph), as
// Dublin Core, and in its elements, in this order of trust.
func pageMetadata(page *html.Node) metadata {
	h := readHead(page)
	var m metadata
	h.scholarly(&m)
	site := h.jsonLD(&m)
	h.general(&m)
	if m.title == "" {
		m.setTitle(h.title)
	}
	m.title = withoutSite(m.title, append(h.meta["og:site_name"], site, h.first("application-name")), h.headings)
	return m
}

// readHead gathers what a page says about itself.
func readHead(page *html.Node) *pageHead {
	h := &pageHead{meta: map[string][]string{}, links: map[string]string{}, licenses: map[string]bool{}}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Namespace != "" {
			continue
		}
		switch n.Data {
		case "html":
			h.language = attribute(n, "lang")
		case "meta":
			h.addMeta(n)
		case "title":
			if h.title == "" {
				h.title = nodeText(n)
			}
		case "h1":
			if len(h.headings) < 10 {
				h.headings = append(h.headings, field(spacedText(n)))
			}
		case "script":
			if strings.EqualFold(strings.TrimSpace(attribute(n, "type")), "application/ld+json") {
				h.scripts = append(h.scripts, nodeText(n))
			}
		case "time":
			h.addTime(n)
		case "link", "a":
			h.addLink(n)
		}
		if n.Data != "meta" { // microdata stands on any element
			h.addItem(n)
		}
	}
	return h
}

// addMeta takes a meta element, which may have several names.
func (h *pageHead) addMeta(n *html.Node) {
	value := strings.TrimSpace(attribute(n, "content"))
	if value == "" {
		return
	}
	for _, by := range []string{"name", "property", "itemprop"} {
		for key := range strings.FieldsSeq(strings.ToLower(attribute(n, by))) {
			if len(h.meta[key]) < maxMeta {
				h.meta[key] = append(h.meta[key], value)
			}
		}
	}
}

// addItem takes an element that is a property of microdata, or that is called
// the author's name by its class.
func (h *pageHead) addItem(n *html.Node) {
	switch attribute(n, "itemprop") {
	case "datePublished":
		for _, value := range []string{attribute(n, "datetime"), attribute(n, "content"), shortText(n)} {
			if value != "" {
				h.times = append(h.times, value)
				return
			}
		}
	case "author":
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && attribute(d, "itemprop") == "name" && d.Data != "meta" {
				h.bylines = append(h.bylines, shortText(d))
				return
			}
		}
		h.bylines = append(h.bylines, shortText(n))
	}
	for class := range strings.FieldsSeq(strings.ToLower(attribute(n, "class"))) {
		switch class {
		case "author", "auteur", "autor", "byline", "byline-name", "author-name", "author_name", "entry-author", "post-author", "article-author", "p-author":
			if len(h.credits) < maxMeta {
				h.credits = append(h.credits, shortText(n))
			}
		}
	}
}

// maxName is the length in bytes of the longest name in a line above an article.
const maxName = 60

// shortText returns the text of an element that may be a name or a date; "" if
// it is too long for one.
func shortText(n *html.Node) string {
	text := joinFields(spacedText(n))
	if len(text) > maxName {
		return ""
	}
	return text
}

// addTime takes a time element that is marked as the time of publication.
func (h *pageHead) addTime(n *html.Node) {
	_, marked := lookup(n, "pubdate")
	class := strings.ToLower(attribute(n, "class"))
	if marked || strings.Contains(class, "publish") || strings.Contains(class, "entry-date") || strings.Contains(class, "dt-published") {
		h.times = append(h.times, attribute(n, "datetime"))
	}
}

// addLink takes a link whose relation says something about the page.
func (h *pageHead) addLink(n *html.Node) {
	href := strings.TrimSpace(attribute(n, "href"))
	for rel := range strings.FieldsSeq(strings.ToLower(attribute(n, "rel"))) {
		switch rel {
		case "canonical", "license":
			if (n.Data == "link" || rel == "license") && h.links[rel] == "" {
				h.links[rel] = href
			}
		case "author":
			if n.Data == "a" {
				h.bylines = append(h.bylines, spacedText(n))
			}
		}
	}
	if strings.Contains(href, "//creativecommons.org/licenses/") || strings.Contains(href, "//creativecommons.org/publicdomain/") {
		h.licenses[strings.TrimSuffix(strings.TrimSuffix(href, "/"), "/deed.en")] = true
	}
}

// first returns the first value of the first key that has one.
func (h *pageHead) first(keys ...string) string {
	for _, key := range keys {
		if len(h.meta[key]) > 0 {
			return h.meta[key][0]
		}
	}
	return ""
}

// scholarly reads the tags that journals and repositories write for search
// engines of papers.
func (h *pageHead) scholarly(m *metadata) {
	m.setTitle(h.first("citation_title", "bepress_citation_title", "eprints.title"))
	for _, key := range []string{"citation_author", "bepress_citation_author"} {
		for _, name := range h.meta[key] {
			m.addAuthor(name, true)
		}
	}
	if len(m.authors) == 0 {
		for name := range strings.SplitSeq(h.first("citation_authors"), ";") {
			m.addAuthor(name, true)
		}
	}
	m.setPublished(h.first("citation_publication_date", "citation_date", "bepress_citation_date"))
	m.setPublished(h.first("citation_online_date", "citation_cover_date", "citation_year"))
	m.identify("doi", h.first("citation_doi", "bepress_citation_doi", "prism.doi", "doi"))
	m.identify("arxiv", h.first("citation_arxiv_id"))
	m.identify("pmid", h.first("citation_pmid"))
	m.identify("pmcid", h.first("citation_pmcid"))
	m.identify("isbn", h.first("citation_isbn", "book:isbn"))
	m.setLanguage(h.first("citation_language"))
}

// general reads what any page may say.
func (h *pageHead) general(m *metadata) {
	m.setTitle(h.first("og:title", "dc.title", "dcterms.title", "twitter:title"))
	for _, key := range []string{"dc.creator", "dcterms.creator", "dc.creator.personalname", "author", "article:author", "parsely-author", "sailthru.author", "byl"} {
		if len(m.authors) > 0 {
			break
		}
		for _, name := range h.meta[key] {
			m.addAuthor(name, strings.HasPrefix(key, "dc"))
		}
	}
	if len(m.authors) == 0 {
		for _, name := range h.bylines {
			m.addAuthor(name, false)
		}
	}
	if len(m.authors) == 0 { // the first alone: further down are those of teasers
		for _, name := range h.credits {
			if words := wordCount(name); words >= 2 && words <= 6 && !strings.ContainsAny(name, "0123456789:") {
				m.addAuthor(name, false)
				break
			}
		}
	}
	for _, key := range []string{
		"article:published_time", "og:published_time", "datepublished", "dcterms.issued", "dc.date.issued", "dc.date", "dcterms.date",
		"dcterms.created", "dc.date.created", "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publication_date", "date",
	} {
		m.setPublished(h.first(key))
	}
	for _, value := range h.times {
		m.setPublished(value)
	}
	m.setLicense(h.links["license"])
	m.setLicense(h.first("dcterms.license", "dc.rights.license"))
	if len(h.licenses) == 1 { // with several it is not clear which is the page's
		for address := range h.licenses {
			m.setLicense(address)
		}
	}
	m.setLicense(h.first("dc.rights", "dcterms.rights"))
	for _, key := range []string{"dc.identifier", "dcterms.identifier", "dc.identifier.doi"} {
		for _, value := range h.meta[key] {
			m.identifyAny(value)
		}
	}
	canonical := h.links["canonical"]
	if m.identify("url", canonical); m.identifiers["url"] == "" {
		m.identify("url", h.first("og:url"))
	}
	m.identifyAny(m.identifiers["url"])
	m.setLanguage(h.language)
	m.setLanguage(h.first("og:locale", "dc.language", "dcterms.language", "content-language"))
}

// titleParts matches what stands between a page's title and the site's name.
var titleParts = regexp.MustCompile(`\s+[|\-–—·•»«]\s+|\s*(?:\||::|»|«)\s*`)

// withoutSite takes the name of the site off a title: a part that is one of the
// names; else, if one part is a heading of the page, the other parts; else what
// stands behind a bar.
func withoutSite(title string, sites, headings []string) string {
	for _, heading := range headings {
		if heading != "" && strings.EqualFold(heading, title) {
			return title
		}
	}
	cuts := titleParts.FindAllStringIndex(title, -1)
	if len(cuts) == 0 {
		return title
	}
	first, last := title[:cuts[0][0]], title[cuts[len(cuts)-1][1]:]
	front, back := title[cuts[0][1]:], title[:cuts[len(cuts)-1][0]]
	for _, site := range sites {
		switch site = strings.TrimSpace(site); {
		case site == "":
		case strings.EqualFold(last, site):
			return back
		case strings.EqualFold(first, site):
			return front
		}
	}
	for _, heading := range headings {
		if wordCount(heading) > 1 && strings.Contains(strings.ToLower(title), strings.ToLower(heading)) {
			return heading
		}
	}
	if bar := strings.TrimSpace(title[cuts[len(cuts)-1][0]:cuts[len(cuts)-1][1]]); bar == "|" && wordCount(back) >= 3 {
		return back
	}
	return title
}
