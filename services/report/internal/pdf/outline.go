package pdf

import (
	"fmt"
	"strings"
)

// Entry is an entry of the outline that readers show beside the pages.
type Entry struct {
	// Level is 1 for the highest.
	Level int
	Title string
	// Place is the name of the place that it leads to.
	Place string
}

// Outline sets the outline.
func (f *File) Outline(entries []Entry) { f.outline = entries }

// node is an entry with those below it.
type node struct {
	Entry
	ref   ref
	below []*node
}

// writeOutline writes the outline.
func (f *File) writeOutline() ref {
	if len(f.outline) == 0 {
		return 0
	}
	root := &node{ref: f.objects.reserve()}
	path := []*node{root}
	for _, entry := range f.outline {
		// An entry stands below the last one of a higher level, whichever that is.
		for len(path) > 1 && path[len(path)-1].Level >= entry.Level {
			path = path[:len(path)-1]
		}
		n := &node{Entry: entry, ref: f.objects.reserve()}
		above := path[len(path)-1]
		above.below = append(above.below, n)
		path = append(path, n)
	}
	f.objects.put(root.ref, fmt.Sprintf("<< /Type /Outlines /First %s /Last %s /Count %d >>",
		root.below[0].ref, root.below[len(root.below)-1].ref, len(root.below)))
	f.writeEntries(root)
	return root.ref
}

// writeEntries writes what is below an entry, which is shown closed below the first
// level.
func (f *File) writeEntries(above *node) {
	for i, n := range above.below {
		var b strings.Builder
		fmt.Fprintf(&b, "<< /Title %s /Parent %s /Dest %s", text(n.Title), above.ref, text(n.Place))
		if i > 0 {
			fmt.Fprintf(&b, " /Prev %s", above.below[i-1].ref)
		}
		if i < len(above.below)-1 {
			fmt.Fprintf(&b, " /Next %s", above.below[i+1].ref)
		}
		if len(n.below) > 0 {
			fmt.Fprintf(&b, " /First %s /Last %s /Count -%d", n.below[0].ref, n.below[len(n.below)-1].ref, len(n.below))
		}
		b.WriteString(" >>")
		f.objects.put(n.ref, b.String())
		f.writeEntries(n)
	}
}
