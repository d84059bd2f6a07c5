package openalex

import (
	"errors"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/connector/scholarly"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// maxWords bounds an abstract that is put together, in words: a record that
// repeats one word at a million places is no abstract.
const maxWords = 20_000

// errNoResults is the cause when an answer has no list of results.
var errNoResults = errors.New("no results")

// rejected returns the error of a query that it does not take.
func rejected(cause error) error {
	return &connector.Error{Problem: connector.Rejected, Message: "It does not take this query.", Cause: cause}
}

// work is what is read of a record. Every field may be null.
type work struct {
	ID          string           `json:"id"`
	IDs         map[string]any   `json:"ids"`
	DOI         string           `json:"doi"`
	Title       string           `json:"title"`
	DisplayName string           `json:"display_name"`
	Year        int              `json:"publication_year"`
	Date        string           `json:"publication_date"`
	Type        string           `json:"type"`
	Language    string           `json:"language"`
	Retracted   bool             `json:"is_retracted"`
	Authorships []authorship     `json:"authorships"`
	Primary     *location        `json:"primary_location"`
	BestOA      *location        `json:"best_oa_location"`
	Locations   []location       `json:"locations"`
	Access      *access          `json:"open_access"`
	Cited       int              `json:"cited_by_count"`
	Abstract    map[string][]int `json:"abstract_inverted_index"`
}

type authorship struct {
	Author struct {
		Name string `json:"display_name"`
	} `json:"author"`
	RawName string `json:"raw_author_name"`
}

type location struct {
	OA      bool    `json:"is_oa"`
	Landing string  `json:"landing_page_url"`
	PDF     string  `json:"pdf_url"`
	License string  `json:"license"`
	Version string  `json:"version"`
	Source  *source `json:"source"`
}

type source struct {
	Name string `json:"display_name"`
	Host string `json:"host_organization_name"`
	Type string `json:"type"`
}

type access struct {
	OA  bool   `json:"is_oa"`
	URL string `json:"oa_url"`
}

// kinds are what OpenAlex's types are here. What is not listed says nothing by
// itself; "paratext", covers and tables of contents, is left out.
var kinds = map[string]string{
	"article": "article", "journal-article": "article", "review": "review", "preprint": "preprint", "posted-content": "preprint",
	"book": "book", "monograph": "book", "book-chapter": "chapter", "reference-entry": "chapter",
	"proceedings-article": "proceedings", "conference-paper": "proceedings", "dissertation": "thesis", "dataset": "dataset",
	"report": "report", "standard": "report", "letter": "article", "editorial": "article", "erratum": "article",
	"retraction": "article",
}

// item makes an item of a record; false if it is of no use as a source.
func (w work) item() (connector.Item, bool) {
	title := scholarly.Title(w.Title)
	if title == "" {
		title = scholarly.Title(w.DisplayName)
	}
	if title == "" || w.Type == "paratext" {
		return connector.Item{}, false
	}
	it := connector.Item{
		Title: title, Kind: kinds[w.Type], Language: strings.ToLower(w.Language), Citations: w.Cited,
		Published: scholarly.ParseDate(w.Date), Text: w.abstract(), Authors: w.authors(), Identifiers: w.identifiers(),
	}
	if it.Published == "" {
		it.Published = scholarly.Date(w.Year, 0, 0)
	}
	if it.Text != "" {
		it.Extent = connector.ExtentAbstract
	}
	w.addPlaces(&it)
	it.URL = w.address(it.Identifiers)
	// A notice of retraction has a type of its own; is_retracted is of the work.
	if w.Retracted && w.Type != "retraction" {
		it.Notices = append(it.Notices, connector.Notice{Kind: connector.NoticeRetraction, From: Name})
	}
	return it, it.URL != ""
}

// authors returns the names of the authors, as indexed or else as printed.
func (w work) authors() []string {
	var names []string
	for _, a := range w.Authorships {
		name := scholarly.Line(a.Author.Name)
		if name == "" {
			name = scholarly.Line(a.RawName)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// identifiers returns all identifiers of the record. The arXiv identifier stands
// in no field of its own, only in the address of a location.
func (w work) identifiers() map[string]string {
	ids := map[string]string{}
	samework.Add(ids, samework.OpenAlex, w.ID)
	samework.Add(ids, samework.DOI, w.DOI)
	for name, kind := range map[string]string{"pmid": samework.PMID, "pmcid": samework.PMCID} {
		if s, ok := w.IDs[name].(string); ok {
			samework.Add(ids, kind, s)
		}
	}
	for _, l := range w.places() {
		for _, address := range []string{l.Landing, l.PDF} {
			if strings.Contains(address, "arxiv.org/") {
				samework.Add(ids, samework.ArXiv, address)
			}
		}
	}
	return ids
}

// places returns the locations that there are, the most important first.
func (w work) places() []location {
	var out []location
	for _, l := range []*location{w.Primary, w.BestOA} {
		if l != nil {
			out = append(out, *l)
		}
	}
	return append(out, w.Locations...)
}

// addPlaces adds where the work stands and where its text is free: what the
// index holds for the best copy first, a PDF before the page about it.
func (w work) addPlaces(it *connector.Item) {
	if w.Primary != nil {
		it.License = w.Primary.License
		if s := w.Primary.Source; s != nil {
			it.Container, it.Publisher = scholarly.Line(s.Name), scholarly.Line(s.Host)
		}
	}
	var open []location
	if w.BestOA != nil {
		open = append(open, *w.BestOA)
	}
	for _, l := range w.places() {
		if l.OA {
			open = append(open, l)
		}
	}
	for _, l := range open {
		if it.License == "" {
			it.License = l.License
		}
		addText(it, l.PDF)
	}
	if w.Access != nil && w.Access.OA {
		addText(it, w.Access.URL)
	}
	for _, l := range open {
		addText(it, l.Landing)
	}
}

// addText adds an address of the full text once, if it is one of the web.
func addText(it *connector.Item, address string) {
	isWeb := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if isWeb && !slices.Contains(it.FullTexts, address) {
		it.FullTexts = append(it.FullTexts, address)
	}
}

// address returns where people read the work; "" if nowhere is known.
func (w work) address(ids map[string]string) string {
	switch {
	case ids[samework.DOI] != "":
		return scholarly.DOIAddress(ids[samework.DOI])
	case w.Primary != nil && w.Primary.Landing != "":
		return w.Primary.Landing
	case ids[samework.OpenAlex] != "":
		return "https://openalex.org/" + ids[samework.OpenAlex]
	}
	return ""
}

// abstract puts the abstract together from the places of its words. Places may
// be missing, doubled, or beyond all reason: only their order counts.
func (w work) abstract() string {
	type place struct {
		at   int
		word string
	}
	var places []place
	for word, ats := range w.Abstract {
		if len(places)+len(ats) > maxWords {
			return ""
		}
		for _, at := range ats {
			places = append(places, place{at, word})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return strings.Compare(a.word, b.word)
	})
	words := make([]string, len(places))
	for i, p := range places {
		words[i] = p.word
	}
	text := strings.Join(words, " ")
	if strings.Contains(text, "</") {
		return scholarly.Paragraphs(text)
	}
	return scholarly.Line(text)
}
