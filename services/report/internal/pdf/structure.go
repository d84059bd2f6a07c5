package pdf

import (
	"fmt"
	"strings"
)

// Element is a piece of the document's structure, such as a heading or a cell, by
// which programs read the document out. What pages draw belongs to elements.
type Element struct {
	kind string
	// alt says in words what is drawn; attributes are what else there is to say.
	alt, attributes string
	kids            []kid
	ref             ref
}

// kid is what an element holds: another element, a piece of a page's content, or an
// annotation.
type kid struct {
	child      *Element
	page       ref
	mark       int
	annotation ref
}

// structure is the structure of a file.
type structure struct {
	root *Element
	// pages are the elements that every page's content belongs to, links those of the
	// links, whose numbers follow those of the pages.
	pages [][]*Element
	links []*Element
	// linkRefs are the annotations of links, whose numbers are known at the end only.
	linkRefs []pendingLink
}

// Structure returns the element that holds all others.
func (f *File) Structure() *Element { return f.structure.root }

// Add adds an element of a kind, such as P, H1 or TD, inside another.
func (e *Element) Add(kind string) *Element {
	child := &Element{kind: kind}
	e.kids = append(e.kids, kid{child: child})
	return child
}

// Describe says in words what a picture shows.
func (e *Element) Describe(alt string) { e.alt = alt }

// Numbered says that a list is numbered.
func (e *Element) Numbered() { e.attributes = "<< /O /List /ListNumbering /Decimal >>" }

// Scope says what a heading of a table is of: of its column, or of its row.
func (e *Element) Scope(row bool) {
	scope := "Column"
	if row {
		scope = "Row"
	}
	e.attributes = "<< /O /Table /Scope /" + scope + " >>"
}

// writeStructure writes all elements and returns what holds them.
func (f *File) writeStructure() ref {
	o := f.objects
	s := &f.structure
	root := o.reserve()
	s.root.number(o)
	s.root.write(o, root)
	var parents strings.Builder
	for i, marked := range s.pages {
		refs := make([]string, 0, len(marked))
		for _, e := range marked {
			refs = append(refs, e.ref.String())
		}
		fmt.Fprintf(&parents, "%d [%s] ", i, strings.Join(refs, " "))
	}
	for i, link := range s.linkRefs {
		o.put(link.ref, fmt.Sprintf(link.body, len(s.pages)+i))
		fmt.Fprintf(&parents, "%d %s ", len(s.pages)+i, s.links[i].ref)
	}
	o.put(root, fmt.Sprintf("<< /Type /StructTreeRoot /K %s /ParentTree << /Nums [%s] >> /ParentTreeNextKey %d >>",
		s.root.ref, strings.TrimSpace(parents.String()), len(s.pages)+len(s.linkRefs)))
	return root
}

// number gives an element and those inside it their numbers.
func (e *Element) number(o *objects) {
	e.ref = o.reserve()
	for _, k := range e.kids {
		if k.child != nil {
			k.child.number(o)
		}
	}
}

// write writes an element and those inside it.
func (e *Element) write(o *objects, parent ref) {
	var b strings.Builder
	fmt.Fprintf(&b, "<< /S %s /P %s", name(e.kind), parent)
	if e.alt != "" {
		b.WriteString(" /Alt " + text(e.alt))
	}
	if e.attributes != "" {
		b.WriteString(" /A " + e.attributes)
	}
	b.WriteString(" /K [")
	for i, k := range e.kids {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case k.child != nil:
			b.WriteString(k.child.ref.String())
		case k.annotation != 0:
			fmt.Fprintf(&b, "<< /Type /OBJR /Obj %s >>", k.annotation)
		default:
			fmt.Fprintf(&b, "<< /Type /MCR /Pg %s /MCID %d >>", k.page, k.mark)
		}
	}
	b.WriteString("] >>")
	o.put(e.ref, b.String())
	for _, k := range e.kids {
		if k.child != nil {
			k.child.write(o, e.ref)
		}
	}
}
