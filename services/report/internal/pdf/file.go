// Package pdf writes PDF 1.7 files: pages of text, lines and simple shapes, with the
// fonts, the links, the outline and the structure that make them readable for people
// and programs. It knows nothing of reports.
//
// The same calls write the same bytes. A File belongs to one goroutine.
package pdf

import (
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

// File is a PDF file in the making.
type File struct {
	objects   *objects
	tree      ref // of pages
	pages     []ref
	faces     map[*fonts.Font]*face
	order     []*face
	structure structure
	places    []placed
	outline   []Entry
}

// New begins a file.
func New() *File {
	f := &File{objects: newObjects(), faces: map[*fonts.Font]*face{}}
	f.tree = f.objects.reserve()
	f.structure.root = &Element{kind: "Document"}
	return f
}

// Bytes returns the file, of which every page must have been finished. It fails only
// if a font cannot be read.
func (f *File) Bytes(about About) ([]byte, error) {
	o := f.objects
	for _, used := range f.order {
		if err := f.writeFace(used); err != nil {
			return nil, fmt.Errorf("embed font %s: %w", used.from.Name, err)
		}
	}
	kids := make([]string, 0, len(f.pages))
	for _, page := range f.pages {
		kids = append(kids, page.String())
	}
	o.put(f.tree, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(kids), strings.Join(kids, " ")))
	var catalog strings.Builder
	fmt.Fprintf(&catalog, "<< /Type /Catalog /Pages %s /Metadata %s /Lang %s /MarkInfo << /Marked true >>", f.tree, f.metadata(about), text(about.Language))
	fmt.Fprintf(&catalog, " /StructTreeRoot %s /PageLabels << /Nums [0 << /S /D >>] >>", f.writeStructure())
	direction := "L2R"
	if about.RightToLeft {
		direction = "R2L"
	}
	fmt.Fprintf(&catalog, " /ViewerPreferences << /DisplayDocTitle true /Direction /%s >>", direction)
	if dests := f.destinations(); dests != 0 {
		fmt.Fprintf(&catalog, " /Names << /Dests %s >>", dests)
	}
	if outline := f.writeOutline(); outline != 0 {
		fmt.Fprintf(&catalog, " /Outlines %s /PageMode /UseOutlines", outline)
	}
	catalog.WriteString(" >>")
	root := o.add(catalog.String())
	return o.finish(root, f.info(about)), nil
}
