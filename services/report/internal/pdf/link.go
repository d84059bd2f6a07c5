package pdf

import (
	"fmt"
	"slices"
	"strings"
)

// Link is where a piece of a page leads.
type Link struct {
	// X, Y, Width and Height are where it is.
	X, Y, Width, Height float64
	// URL is an address elsewhere, Place a place of this file; one of them is set.
	URL, Place string
	// Contents says in words where it leads.
	Contents string
}

// placed is a place that links lead to.
type placed struct {
	name string
	page ref
	top  float64
}

// pendingLink is a link whose body wants its number in the structure.
type pendingLink struct {
	ref  ref
	body string
}

// Link makes a piece of the page a link that belongs to an element of the structure.
func (p *Page) Link(l Link, e *Element) {
	o := p.file.objects
	r := o.reserve()
	target := "/Dest " + text(l.Place)
	if l.URL != "" {
		target = "/A << /S /URI /URI " + text(address(l.URL)) + " >>"
	}
	contents := ""
	if l.Contents != "" {
		// The body is a format, of which a per cent sign is a part.
		contents = " /Contents " + strings.ReplaceAll(text(l.Contents), "%", "%%")
	}
	body := fmt.Sprintf("<< /Type /Annot /Subtype /Link /Rect %s /Border [0 0 0] /F 4 %s%s /StructParent ",
		numbers(l.X, p.Height-l.Y-l.Height, l.X+l.Width, p.Height-l.Y), strings.ReplaceAll(target, "%", "%%"), contents)
	s := &p.file.structure
	s.linkRefs = append(s.linkRefs, pendingLink{ref: r, body: body + "%d >>"})
	s.links = append(s.links, e)
	p.links = append(p.links, r.String())
	e.kids = append(e.kids, kid{annotation: r})
}

// address writes an address in ASCII, as the format asks for.
func address(url string) string {
	var b strings.Builder
	for i := range len(url) {
		if c := url[i]; c > ' ' && c <= '~' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Place gives a place of the page a name that links lead to.
func (p *Page) Place(name string, y float64) {
	p.file.places = append(p.file.places, placed{name: name, page: p.ref, top: p.Height - y})
}

// destinations writes the places that links lead to. Readers look names up by halving,
// so they are sorted; of several with one name the first stays.
func (f *File) destinations() ref {
	if len(f.places) == 0 {
		return 0
	}
	sorted := slices.Clone(f.places)
	slices.SortStableFunc(sorted, func(a, b placed) int { return strings.Compare(text(a.name), text(b.name)) })
	sorted = slices.CompactFunc(sorted, func(a, b placed) bool { return a.name == b.name })
	var b strings.Builder
	b.WriteString("<< /Names [")
	for _, p := range sorted {
		fmt.Fprintf(&b, "%s [%s /XYZ null %snull] ", text(p.name), p.page, number(nil, p.top))
	}
	b.WriteString("] >>")
	return f.objects.add(b.String())
}
