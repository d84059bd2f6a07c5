// Package html writes documents as HTML: one self-contained file, without script and
// without a request to anywhere, readable on paper, in the dark and on a phone.
//
// All text is escaped by html/template. What is not UTF-8, and control characters that
// HTML cannot hold, become U+FFFD; directions that a text turns and does not turn back
// end with it.
package html

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

//go:embed assets
var assets embed.FS

// templates are the page and its pieces. They are built in, so that parsing them fails
// only in a program that no test has seen.
var templates = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"at":       at,
	"verdict":  readable.Verdict,
	"outcome":  readable.Outcome,
	"note":     readable.Note,
	"about":    readable.About,
	"grade":    grade,
	"missing":  missing,
	"href":     href,
	"address":  readable.Address,
	"headless": headless,
	"values":   values,
	"running":  running,
	"long":     long,
	"day":      day,
	"pieces":   pieces,
	"language": codeLanguage,
}).ParseFS(assets, "assets/*.html"))

// Render writes a document as one HTML file. It is safe for concurrent use.
func Render(doc *reportv1.Document) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, "page.html", newPage(clean(doc))); err != nil {
		return nil, fmt.Errorf("render document as HTML: %w", err)
	}
	return out.Bytes(), nil
}

// Blocks writes blocks as a piece of HTML by themselves. What CommonMark knows is
// written as its specification expects it; headings keep their level.
func Blocks(blocks []*reportv1.Block) (string, error) {
	doc := clean(&reportv1.Document{Sections: []*reportv1.Section{{Blocks: blocks}}})
	p := newPage(doc)
	p.fragment = true
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, "blocks", at(p, doc.GetSections()[0].GetBlocks())); err != nil {
		return "", fmt.Errorf("render blocks as HTML: %w", err)
	}
	return out.String(), nil
}

// clean copies a document so that no text of it breaks the page or turns its direction.
func clean(doc *reportv1.Document) *reportv1.Document {
	return readable.Document(doc, func(text string) string { return readable.Closed(readable.Text(text)) })
}
