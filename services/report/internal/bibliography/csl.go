package bibliography

import (
	"bytes"
	"encoding/json"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// item is a work in CSL-JSON, in the words of csl-data.json of the schema of CSL 1.0.2:
// nothing else may be in it, and nothing may be null.
type item struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Title     string    `json:"title,omitempty"`
	Author    []cslName `json:"author,omitempty"`
	Issued    *cslDate  `json:"issued,omitempty"`
	Accessed  *cslDate  `json:"accessed,omitempty"`
	Container string    `json:"container-title,omitempty"`
	Publisher string    `json:"publisher,omitempty"`
	Genre     string    `json:"genre,omitempty"`
	Number    string    `json:"number,omitempty"`
	DOI       string    `json:"DOI,omitempty"`
	ISBN      string    `json:"ISBN,omitempty"`
	PMID      string    `json:"PMID,omitempty"`
	PMCID     string    `json:"PMCID,omitempty"`
	URL       string    `json:"URL,omitempty"`
	Language  string    `json:"language,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// cslName is a person, with the particles in the family name, or a body, literally.
type cslName struct {
	Family  string `json:"family,omitempty"`
	Given   string `json:"given,omitempty"`
	Suffix  string `json:"suffix,omitempty"`
	Literal string `json:"literal,omitempty"`
}

// cslDate is a date as one list of year, month and day.
type cslDate struct {
	Parts [][]int `json:"date-parts"`
}

// CSL writes references as CSL-JSON, an array of items.
func CSL(refs []*reportv1.Reference) []byte {
	items := make([]item, 0, len(refs))
	for i, key := range keys(refs) {
		items = append(items, cslItem(key, refs[i]))
	}
	var b bytes.Buffer
	// It is no part of a page: `&` and `<` stay readable.
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(items); err != nil {
		return []byte("[]\n") // strings and numbers cannot fail to encode
	}
	return b.Bytes()
}

func cslItem(key string, ref *reportv1.Reference) item {
	work := ref.GetWork()
	out := item{
		ID: key, Type: cslType(work), Title: line(work.GetTitle()), Container: line(work.GetContainer()), Publisher: line(work.GetPublisher()),
		Issued: cslDateOf(work.GetPublished()), DOI: id(work, "doi"), ISBN: id(work, "isbn"), PMID: id(work, "pmid"), PMCID: id(work, "pmcid"),
		URL: address(work), Language: line(work.GetLanguage()),
	}
	if out.URL != "" {
		out.Accessed = cslDateOf(work.GetAccessed())
	}
	// CSL has no variable for numbers at arXiv; its styles print the number as it is.
	if arxiv := id(work, "arxiv"); arxiv != "" {
		out.Number = "arXiv:" + arxiv
	}
	switch work.GetKind() {
	case "preprint":
		out.Genre = "preprint"
	case "thesis":
		out.Genre = "thesis"
	}
	for _, name := range work.GetAuthors() {
		if isPerson(name) {
			out.Author = append(out.Author, cslName{Family: line(name.GetFamily()), Given: line(name.GetGiven()), Suffix: line(name.GetSuffix())})
		} else if literal := line(name.GetFamily()); literal != "" {
			out.Author = append(out.Author, cslName{Literal: literal})
		}
	}
	said := notes(ref)
	if file := line(work.GetFileName()); file != "" && file != out.Title {
		said = append(said, "File: "+file)
	}
	out.Note = strings.Join(said, ". ")
	return out
}

// cslType is the type of a work in CSL.
func cslType(work *reportv1.Work) string {
	known := map[string]string{
		"article": "article-journal", "review": "article-journal", "preprint": "article", "book": "book", "chapter": "chapter",
		"proceedings": "paper-conference", "thesis": "thesis", "dataset": "dataset", "report": "report", "encyclopedia": "entry-encyclopedia",
		"news": "article-newspaper", "page": "webpage", "post": "post-weblog",
	}[work.GetKind()]
	switch {
	case known != "":
		return known
	case work.GetContainer() != "" && id(work, "doi") != "":
		return "article-journal"
	case address(work) != "":
		return "webpage"
	}
	return "document"
}

// cslDateOf is a date in parts; nil if it is not known.
func cslDateOf(date string) *cslDate {
	if parts := dateParts(date); len(parts) > 0 {
		return &cslDate{Parts: [][]int{parts}}
	}
	return nil
}
