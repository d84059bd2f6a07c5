// Package format knows the forms that a report can be exported in.
package format

import (
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/bibliography"
	"github.com/researcherpro/researcherpro/services/report/internal/docx"
	"github.com/researcherpro/researcherpro/services/report/internal/html"
	"github.com/researcherpro/researcherpro/services/report/internal/markdown"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// Format is a form that reports are exported in.
type Format struct {
	// Name is what requests call it, and the ending of the file's name.
	Name      string
	MediaType string
	// Render writes a document. The same document gives the same bytes.
	Render func(*reportv1.Document) ([]byte, error)
}

// all are the forms there are, the default first.
func all() []Format {
	return []Format{
		{"md", "text/markdown; charset=utf-8", markdown.Render},
		{"html", "text/html; charset=utf-8", html.Render},
		{"pdf", "application/pdf", typeset.Render},
		{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx.Render},
		{"json", "application/json", tree},
		{"bib", "application/x-bibtex; charset=utf-8", listed(bibliography.BibTeX)},
		{"ris", "application/x-research-info-systems; charset=utf-8", listed(bibliography.RIS)},
		{"csl", "application/vnd.citationstyles.csl+json", listed(bibliography.CSL)},
	}
}

// Names lists the formats, the default first.
func Names() []string {
	var names []string
	for _, f := range all() {
		names = append(names, f.Name)
	}
	return names
}

// Named returns a format; an unknown name is errs.InvalidArgument.
func Named(name string) (Format, error) {
	for _, f := range all() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, errs.Field("format", "names no format")
}

// tree writes the document itself, as the contract's Document.
func tree(doc *reportv1.Document) ([]byte, error) {
	compact, err := protojson.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return indented(compact)
}

// listed makes a format of what writes references.
func listed(write func([]*reportv1.Reference) []byte) func(*reportv1.Document) ([]byte, error) {
	return func(doc *reportv1.Document) ([]byte, error) { return write(doc.GetReferences()), nil }
}
