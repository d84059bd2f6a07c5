package crossref

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// errNotList is the cause when an answer is no list of works.
var errNotList = errors.New("not a list of works")

// record is what is read of a work. Nearly everything may be absent.
type record struct {
	DOI       string                `json:"DOI"`
	URL       string                `json:"URL"`
	Type      string                `json:"type"`
	Subtype   string                `json:"subtype"`
	Title     []string              `json:"title"`
	Subtitle  []string              `json:"subtitle"`
	Authors   []person              `json:"author"`
	Editors   []person              `json:"editor"`
	Issued    date                  `json:"issued"`
	Published date                  `json:"published"`
	Posted    date                  `json:"posted"`
	Container []string              `json:"container-title"`
	Group     string                `json:"group-title"`
	Publisher string                `json:"publisher"`
	Language  string                `json:"language"`
	Abstract  string                `json:"abstract"`
	ISBN      []string              `json:"ISBN"`
	Cited     int                   `json:"is-referenced-by-count"`
	Licenses  []license             `json:"license"`
	Links     []link                `json:"link"`
	UpdatedBy []update              `json:"updated-by"`
	UpdateTo  []update              `json:"update-to"`
	Relation  map[string][]relation `json:"relation"`
}

type person struct {
	Given  string `json:"given"`
	Family string `json:"family"`
	Name   string `json:"name"`
}

// date is a partial date; [[null]] stands for none.
type date struct {
	Parts [][]*int `json:"date-parts"`
}

type license struct {
	URL     string `json:"URL"`
	Version string `json:"content-version"`
}

type link struct {
	URL         string `json:"URL"`
	Type        string `json:"content-type"`
	Version     string `json:"content-version"`
	Application string `json:"intended-application"`
}

type update struct {
	DOI     string `json:"DOI"`
	Type    string `json:"type"`
	Updated date   `json:"updated"`
}

type relation struct {
	Kind string `json:"id-type"`
	ID   string `json:"id"`
}

// kinds are what Crossref's types are here. A type that is not listed, such as
// component, journal-issue or grant, is no work that says anything.
var kinds = map[string]string{
	"journal-article": "article", "proceedings-article": "proceedings", "posted-content": "preprint",
	"book": "book", "monograph": "book", "edited-book": "book", "reference-book": "book",
	"book-chapter": "chapter", "book-section": "chapter", "book-part": "chapter", "reference-entry": "chapter",
	"dissertation": "thesis", "dataset": "dataset", "report": "report", "standard": "report",
	"proceedings": "proceedings", "other": "", "peer-review": "", "report-component": "report",
}

// item makes an item of a record; false if it is of no use as a source.
func (r record) item() (connector.Item, bool) {
	kind, known := kinds[r.Type]
	title := r.title()
	ids := map[string]string{}
	if !known || title == "" || !samework.Add(ids, samework.DOI, r.DOI) {
		return connector.Item{}, false
	}
	for _, isbn := range r.ISBN {
		// The ISBN of a chapter is that of the book, which is another work.
		if kind == "book" {
			samework.Add(ids, samework.ISBN, isbn)
		}
	}
	if kind == "preprint" && r.Subtype != "" && r.Subtype != "preprint" {
		kind = "post"
	}
	it := connector.Item{
		Title: title, URL: address(ids), Kind: kind,
		Authors: r.authors(), Published: r.published(), Container: scholarly.Title(first(r.Container)),
		Publisher: scholarly.Line(r.Publisher), Language: language(r.Language), License: r.license(),
		Text: abstract(r.Abstract), Citations: r.Cited, Identifiers: ids, Notices: r.notices(),
	}
	if it.Container == "" {
		it.Container = scholarly.Title(r.Group)
	}
	if it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	it.FullTexts = r.texts(it.License)
	r.addVersions(ids)
	return it, true
}

// address returns where people read the work. arXiv's DOIs are registered
// elsewhere, but a record may name one.
func address(ids map[string]string) string {
	if id := ids[samework.ArXiv]; id != "" && ids[samework.DOI] == "" {
		return "https://arxiv.org/abs/" + id
	}
	return scholarly.DOIAddress(ids[samework.DOI])
}

// title returns title and subtitle; "" if there is no title.
func (r record) title() string {
	title, sub := scholarly.Title(first(r.Title)), scholarly.Title(first(r.Subtitle))
	if title == "" || sub == "" || strings.Contains(title, sub) {
		return title
	}
	return title + ": " + sub
}

// authors returns the names of the authors, or of the editors of a book that has
// none.
func (r record) authors() []string {
	people := r.Authors
	if len(people) == 0 {
		people = r.Editors
	}
	var names []string
	for _, p := range people {
		name := scholarly.Title(p.Name)
		if name == "" {
			name = scholarly.Title(p.Given + " " + p.Family)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// published returns the earliest date that the record calls its publication.
func (r record) published() string {
	for _, d := range []date{r.Issued, r.Published, r.Posted} {
		if s := d.String(); s != "" {
			return s
		}
	}
	return ""
}

// String returns the date with the precision it has; "" if it has none.
func (d date) String() string {
	if len(d.Parts) == 0 {
		return ""
	}
	var parts [3]int
	for i, p := range d.Parts[0] {
		if p == nil || i > 2 {
			break
		}
		parts[i] = *p
	}
	return scholarly.Date(parts[0], parts[1], parts[2])
}

// license returns the address of the licence of the published version, or of any
// version, an open one before others.
func (r record) license() string {
	best := ""
	for _, l := range r.Licenses {
		switch {
		case best == "", isOpen(l.URL) && !isOpen(best), l.Version == "vor" && isOpen(l.URL) == isOpen(best):
			best = strings.TrimSpace(l.URL)
		}
	}
	return best
}

// isOpen reports whether a licence lets everybody read.
func isOpen(license string) bool { return strings.Contains(license, "creativecommons.org/") }

// texts returns the links to the full text of an open work. Others lead to a
// paywall, or want an agreement on text mining.
func (r record) texts(license string) []string {
	if !isOpen(license) {
		return nil
	}
	var texts []string
	for _, want := range []string{"text/xml", "application/xml", "text/html", "application/pdf", "unspecified"} {
		for _, l := range r.Links {
			u, err := url.Parse(l.URL)
			// Links for similarity checking are not for readers, hosts named api want a
			// key.
			if err != nil || l.Type != want || l.Application == "similarity-checking" || strings.HasPrefix(u.Hostname(), "api.") ||
				u.Scheme != "https" && u.Scheme != "http" || slices.Contains(texts, l.URL) {
				continue
			}
			texts = append(texts, l.URL)
		}
	}
	return texts
}

// addVersions adds the DOIs of what a preprint was published as, or of the
// preprint.
func (r record) addVersions(ids map[string]string) {
	for name, kind := range map[string]string{"is-preprint-of": samework.PublishedDOI, "has-preprint": samework.PreprintDOI} {
		for _, rel := range r.Relation[name] {
			if rel.Kind == "doi" {
				samework.Add(ids, kind, rel.ID)
			}
		}
	}
}

// noticeKinds are what the types of updates mean for the work that they are
// about. A new version or edition is no notice.
var noticeKinds = map[string]string{
	"retraction": connector.NoticeRetraction, "withdrawal": connector.NoticeRetraction, "removal": connector.NoticeRetraction,
	"correction": connector.NoticeCorrection, "corrigendum": connector.NoticeCorrection, "erratum": connector.NoticeCorrection,
	"addendum": connector.NoticeCorrection, "clarification": connector.NoticeCorrection,
	"partial_retraction":    connector.NoticeCorrection,
	"expression_of_concern": connector.NoticeConcern,
}

// marked matches the titles of works that are themselves retracted, as publishers
// rename them. "Retraction: …" and "Retraction notice to …" are notices.
var marked = regexp.MustCompile(`(?i)^\W*(?:retracted|withdrawn|removed)(?: article| paper| chapter)?\W*[:\]]`)

// notices returns what was published about this work. Updates that it makes to
// others are not about it.
func (r record) notices() []connector.Notice {
	var out []connector.Notice
	retracted := false
	for _, u := range r.UpdatedBy {
		kind := noticeKinds[strings.ReplaceAll(strings.ToLower(u.Type), "-", "_")]
		if kind == "" {
			continue
		}
		doi, _ := samework.Normalize(samework.DOI, u.DOI)
		// Publisher and Retraction Watch may both have registered the same.
		if !slices.ContainsFunc(out, func(n connector.Notice) bool { return n.Kind == kind && n.DOI == doi }) {
			out = append(out, connector.Notice{Kind: kind, DOI: doi, Date: u.Updated.String(), From: Name})
		}
		retracted = retracted || kind == connector.NoticeRetraction
	}
	if !retracted && len(r.UpdateTo) == 0 && marked.MatchString(first(r.Title)) {
		out = append(out, connector.Notice{Kind: connector.NoticeRetraction, From: Name})
	}
	return out
}

// abstract returns an abstract as text, without the heading that says so.
func abstract(jats string) string {
	text := scholarly.Paragraphs(jats)
	head, rest, ok := strings.Cut(text, "\n\n")
	if ok && (strings.EqualFold(head, "abstract") || strings.EqualFold(head, "summary")) {
		return rest
	}
	return text
}

// language returns the two letters of a language; records use longer tags, too.
func language(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
	if len(tag) != 2 {
		return ""
	}
	return tag
}

// first returns the first of a list, "" if there is none.
func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
