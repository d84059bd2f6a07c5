package bibliography_test

import (
	"fmt"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// kinds are every kind of source there is.
func kinds() []string {
	return []string{
		"article", "preprint", "review", "book", "chapter", "proceedings", "thesis", "dataset", "report", "encyclopedia", "news", "page", "post", "document", "",
	}
}

// reference is one with every field.
func reference(id, kind, title string, authors ...*reportv1.Name) *reportv1.Reference {
	return &reportv1.Reference{Work: &reportv1.Work{
		Id: id, Kind: kind, Title: title, Authors: authors, Published: "2021-05-17", Container: "Journal of Lakes", Publisher: "Lake Press",
		Url: "https://example.org/a_b?x=1&y=%20", Language: "en", Accessed: "2026-01-02",
		Identifiers: map[string]string{"doi": "10.1000/a_b(c)1", "arxiv": "1706.03762", "pmid": "123", "pmcid": "PMC123", "isbn": "9780262081597"},
	}}
}

func person(given, family string) *reportv1.Name { return &reportv1.Name{Given: given, Family: family} }

func body(name string) *reportv1.Name { return &reportv1.Name{Family: name} }

// many returns references of every kind, numbered in their titles.
func many(n int) []*reportv1.Reference {
	var out []*reportv1.Reference
	for i := range n {
		kind := kinds()[i%len(kinds())]
		out = append(out, reference(fmt.Sprintf("id-%04d", i), kind, fmt.Sprintf("Title %d of DNA & RNA", i), person("Marie", "Curie"), body("World Health Organization")))
	}
	return out
}
