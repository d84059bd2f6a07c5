package extract_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

func TestDump(t *testing.T) {
	f := os.Getenv("DUMP")
	if f == "" {
		t.Skip()
	}
	data, _ := os.ReadFile(f)
	doc, err := reader(t, extract.Limits{}).Extract(t.Context(), extract.Input{Name: f, Data: data})
	fmt.Println(err, "\nTITLE", doc.Title, "\nAUTHORS", doc.Authors, doc.Published, doc.License, doc.Identifiers, doc.Language, len(doc.Headings))
	for _, h := range doc.Headings {
		fmt.Println("#", h.Level, doc.Text[h.Start:h.End])
	}
	fmt.Println("-----\n" + doc.Text)
}
