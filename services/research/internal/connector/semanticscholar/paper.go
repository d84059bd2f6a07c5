package semanticscholar

import (
	"errors"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// errNoData is the cause when an answer has neither a total nor data.
var errNoData = errors.New("neither total nor data")

// refused returns the error of an answer that is one, with a status that is not.
func refused(message string) error {
	return &connector.Error{Problem: connector.Rejected, Message: "It does not take this query.", Cause: errors.New(message)}
}

// paper is what is read of a record. Every field may be null.
type paper struct {
	ID       string         `json:"paperId"`
	Title    string         `json:"title"`
	Abstract string         `json:"abstract"`
	Year     int            `json:"year"`
	Date     string         `json:"publicationDate"`
	URL      string         `json:"url"`
	Venue    string         `json:"venue"`
	Cited    int            `json:"citationCount"`
	Types    []string       `json:"publicationTypes"`
	IDs      map[string]any `json:"externalIds"`
	Authors  []struct {
		Name string `json:"name"`
	} `json:"authors"`
	Journal struct {
		Name string `json:"name"`
	} `json:"journal"`
	PDF struct {
		URL     string `json:"url"`
		Status  string `json:"status"`
		License string `json:"license"`
	} `json:"openAccessPdf"`
}

// item makes an item of a record; false if it has no title or no address.
func (p paper) item() (connector.Item, bool) {
	title := scholarly.Title(p.Title)
	it := connector.Item{
		Title: title, Text: scholarly.Line(p.Abstract), Citations: p.Cited, License: license(p.PDF.License),
		Container: scholarly.Line(p.Journal.Name), Published: scholarly.ParseDate(p.Date), Identifiers: p.identifiers(),
	}
	if it.Container == "" {
		it.Container = scholarly.Line(p.Venue)
	}
	if it.Published == "" {
		it.Published = scholarly.Date(p.Year, 0, 0)
	}
	for _, a := range p.Authors {
		if name := scholarly.Line(a.Name); name != "" {
			it.Authors = append(it.Authors, name)
		}
	}
	if it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	it.Kind = p.kind(it)
	it.URL = p.address(it.Identifiers)
	p.addTexts(&it)
	return it, title != "" && it.URL != ""
}

// identifiers returns all identifiers of the record.
func (p paper) identifiers() map[string]string {
	ids := map[string]string{}
	samework.Add(ids, samework.S2, p.ID)
	for _, e := range []struct{ name, kind string }{
		{"DOI", samework.DOI}, {"ArXiv", samework.ArXiv}, {"PubMed", samework.PMID}, {"PubMedCentral", samework.PMCID},
	} {
		// Most are strings, CorpusId is a number: a change of either is no reason to
		// lose the record.
		if s, ok := p.IDs[e.name].(string); ok {
			samework.Add(ids, e.kind, s)
		}
	}
	return ids
}

// kind returns what the paper is. The types name no preprints: one is what stands
// in arXiv and has no other DOI or place.
func (p paper) kind(it connector.Item) string {
	switch {
	case slices.Contains(p.Types, "Review"):
		return "review"
	case it.Identifiers[samework.ArXiv] != "" && it.Identifiers[samework.DOI] == "" && (it.Container == "" || isArXiv(it.Container)):
		return "preprint"
	case slices.Contains(p.Types, "Conference"):
		return "proceedings"
	case slices.Contains(p.Types, "Book"):
		return "book"
	case slices.Contains(p.Types, "BookSection"):
		return "chapter"
	case slices.Contains(p.Types, "Dataset"):
		return "dataset"
	case slices.Contains(p.Types, "News"):
		return "news"
	case isPreprintServer(it.Container):
		return "preprint"
	case slices.Contains(p.Types, "JournalArticle"):
		return "article"
	}
	return ""
}

// isArXiv reports whether a venue is arXiv.
func isArXiv(venue string) bool {
	return strings.EqualFold(venue, "arxiv") || strings.EqualFold(venue, "arxiv.org")
}

// isPreprintServer reports whether a venue is one of the large preprint servers.
func isPreprintServer(venue string) bool {
	return isArXiv(venue) || slices.Contains([]string{
		"biorxiv", "medrxiv", "chemrxiv", "research square", "ssrn electronic journal", "psyarxiv",
	}, strings.ToLower(venue))
}

// address returns where people read the paper: what is permanent first.
func (p paper) address(ids map[string]string) string {
	switch {
	case ids[samework.DOI] != "":
		return scholarly.DOIAddress(ids[samework.DOI])
	case ids[samework.ArXiv] != "":
		return "https://arxiv.org/abs/" + ids[samework.ArXiv]
	case strings.HasPrefix(p.URL, "https://"):
		return p.URL
	case ids[samework.S2] != "":
		return "https://www.semanticscholar.org/paper/" + ids[samework.S2]
	}
	return ""
}

// addTexts adds where the text is free. A closed paper may have an address all
// the same, which leads nowhere.
func (p paper) addTexts(it *connector.Item) {
	if !strings.EqualFold(p.PDF.Status, "CLOSED") && (strings.HasPrefix(p.PDF.URL, "https://") || strings.HasPrefix(p.PDF.URL, "http://")) {
		it.FullTexts = append(it.FullTexts, p.PDF.URL)
	}
	if id := it.Identifiers[samework.ArXiv]; id != "" {
		if pdf := "https://arxiv.org/pdf/" + id; !slices.Contains(it.FullTexts, pdf) {
			it.FullTexts = append(it.FullTexts, pdf)
		}
	}
	// The page of the index has no more than is here.
	it.NoFetch = it.Text != "" && len(it.FullTexts) == 0 && it.Identifiers[samework.DOI] == ""
}

// license returns the name of a licence as others write it: CCBY is cc-by.
func license(name string) string {
	name = strings.ToLower(scholarly.Line(name))
	if rest, ok := strings.CutPrefix(name, "cc"); ok && rest != "" && !strings.HasPrefix(rest, "-") && rest != "0" {
		var parts []string
		for len(rest) >= 2 {
			parts, rest = append(parts, rest[:2]), rest[2:]
		}
		return strings.Join(append([]string{"cc"}, parts...), "-")
	}
	return name
}
