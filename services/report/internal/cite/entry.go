package cite

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// entry is a source that a document cites.
type entry struct {
	source *researchv1.Source
	work   *reportv1.Work
	// title, container and publisher are the work's as they are written: none says
	// what another, or the only author, says already.
	title, container, publisher string
	form                        form
	published                   date
	// letter tells works of the same authors and year apart, in styles that cite by
	// name; cited is what its marks say.
	letter, cited string
	families      []string // of the authors, as marks have them
	place         int      // in the list, from 0
	anchor        string
	findings      []int32
}

// form is how a work is referred to: several kinds are alike in that.
type form int

const (
	formPage       form = iota // stands by itself, on a site perhaps
	formPeriodical             // in a journal
	formNews                   // in a newspaper or a blog, which has days
	formPart                   // in a book, in proceedings, in an encyclopedia
	formBook                   // stands by itself, brought out by a publisher; a report, too
	formThesis                 // its publisher is a university
	formDataset                // its publisher is an archive
	formPreprint               // on a server, before any journal
)

// newEntry reads a source.
func newEntry(source *researchv1.Source) *entry {
	e := &entry{source: source, work: WorkOf(source)}
	e.title, e.published = unstopped(e.work.GetTitle()), parseDate(e.work.GetPublished())
	e.container, e.publisher = unstopped(e.work.GetContainer()), unstopped(e.work.GetPublisher())
	if strings.EqualFold(e.container, e.title) {
		e.container = ""
	}
	if strings.EqualFold(e.publisher, e.container) || e.isBy(e.publisher) {
		e.publisher = "" // a body that brings out its own works is named once, as an author
	}
	e.form = e.formOf()
	if e.isBy(e.container) && (e.form == formPage || e.form == formNews) {
		e.container, e.form = "", formPage // the site of a body that is its author
	}
	return e
}

// isBy reports whether a body is among the authors.
func (e *entry) isBy(body string) bool {
	return slices.ContainsFunc(e.work.GetAuthors(), func(name *reportv1.Name) bool {
		return name.GetGiven() == "" && strings.EqualFold(name.GetFamily(), body)
	})
}

// formOf says how a work is referred to. Without what it stands in, a part stands by
// itself.
func (e *entry) formOf() form {
	kind := e.work.GetKind()
	switch kind {
	// These are what they are wherever they are found.
	case kindBook, kindReport:
		return formBook
	case kindThesis:
		return formThesis
	case kindDataset:
		return formDataset
	case kindPreprint:
		return formPreprint
	}
	if e.container == "" {
		return formPage
	}
	switch kind {
	case kindArticle, kindReview:
		return formPeriodical
	case kindChapter, kindProceedings, kindEncyclopedia:
		return formPart
	case kindNews, kindPost:
		return formNews
	case "":
		if e.id("doi") != "" {
			return formPeriodical // what has a DOI and stands in something is mostly that
		}
	}
	return formPage
}

// id is one of the identifiers of a work.
func (e *entry) id(kind string) string { return strings.TrimSpace(e.work.GetIdentifiers()[kind]) }

// hasDay reports whether a kind of work comes out on a day, which is then said.
func (e *entry) hasDay() bool {
	return e.form == formNews || e.form == formPage || e.work.GetKind() == kindEncyclopedia
}

// doi returns where a work's DOI leads and the DOI itself; empty if it has none.
func (e *entry) doi() (href, doi string) {
	if doi = clean(e.id("doi")); doi == "" {
		return "", ""
	}
	if at := strings.Index(doi, "10."); at > 0 {
		doi = doi[at:] // it was given as an address
	}
	// What a URL cannot hold is escaped; the slashes, colons and brackets of DOIs stay.
	return "https://doi.org/" + strings.NewReplacer("%2F", "/", "%3A", ":", "%28", "(", "%29", ")", "+", "%20").Replace(url.QueryEscape(doi)), doi
}

// address returns where a work is read, and what is written for it: its DOI, its own
// address, or that at an archive. Href is empty where there is no way to follow it.
func (e *entry) address() (href, text string) {
	if href, doi := e.doi(); doi != "" {
		return href, "https://doi.org/" + doi
	}
	return e.page()
}

// page is address, but for the DOI.
func (e *entry) page() (href, text string) {
	own := clean(e.work.GetUrl())
	if isWeb(own) {
		return strings.ReplaceAll(own, " ", "%20"), own
	}
	// Where the source names no page, an archive that has it does.
	for _, archive := range []struct{ kind, prefix string }{
		{"arxiv", "https://arxiv.org/abs/"},
		{"pmcid", "https://pmc.ncbi.nlm.nih.gov/articles/"},
		{"pmid", "https://pubmed.ncbi.nlm.nih.gov/"},
	} {
		if id := clean(e.id(archive.kind)); id != "" {
			return archive.prefix + pathEscaped(id), archive.prefix + id
		}
	}
	if own != e.title {
		return "", own
	}
	return "", ""
}

// pathEscaped is a text as part of a URL's path; old names at arXiv have a slash.
func pathEscaped(text string) string { return strings.ReplaceAll(url.PathEscape(text), "%2F", "/") }

// file is the name of a file that is found nowhere else; empty if the title says it.
func (e *entry) file() string {
	if _, text := e.address(); text != "" || e.work.GetFileName() == e.title {
		return ""
	}
	return e.work.GetFileName()
}

// isWeb reports whether an address is one that a reader may follow. Other schemes are
// written as text: a source must not be able to plant a link that runs code.
func isWeb(address string) bool {
	lower := strings.ToLower(address)
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")
}

// unstopped is a text without the stop or comma that it ends in, which the styles set where
// they want one. The stop of an abbreviation and an ellipsis stay.
func unstopped(text string) string {
	if cut := strings.TrimRight(text, ",;: "); cut != "" {
		text = cut
	}
	cut, found := strings.CutSuffix(text, ".")
	word := cut[strings.LastIndexByte(cut, ' ')+1:]
	if !found || utf8.RuneCountInString(word) < 4 || strings.Contains(word, ".") || word == "Corp" {
		return text
	}
	return cut
}
