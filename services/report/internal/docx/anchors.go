package docx

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// anchors are the places that links point to: bookmarks, by the anchors of the document.
type anchors struct {
	names map[string]string
	// findings are the anchors of findings by their numbers.
	findings map[int32]string
	// placed are the bookmarks that are written already; each is written once, even if
	// what it names stands in the document twice.
	placed map[string]bool
}

// entry is a line of the contents.
type entry struct {
	level    int
	bookmark string
	text     []*reportv1.Inline
}

// survey finds the places and the headings of a document before it is written: links
// point forward.
func survey(doc *reportv1.Document) (anchors, []entry) {
	s := &surveyor{anchors: anchors{names: map[string]string{}, findings: map[int32]string{}, placed: map[string]bool{}}, doc: doc, taken: map[string]bool{}}
	for _, section := range doc.GetSections() {
		if len(section.GetHeading()) > 0 {
			s.name(section.GetAnchor())
			s.heading(1, section.GetHeading())
		}
		s.blocks(section.GetBlocks())
	}
	return s.anchors, s.contents
}

// surveyor walks through a document.
type surveyor struct {
	anchors
	doc      *reportv1.Document
	contents []entry
	taken    map[string]bool
}

func (s *surveyor) blocks(blocks []*reportv1.Block) {
	for _, b := range blocks {
		switch k := b.GetKind().(type) {
		case *reportv1.Block_Heading:
			if level := headingLevel(k.Heading); level <= 2 {
				s.heading(level, k.Heading.GetText())
			}
		case *reportv1.Block_List:
			for _, item := range k.List.GetItems() {
				s.blocks(item.GetBlocks())
			}
		case *reportv1.Block_BlockQuote:
			s.blocks(k.BlockQuote.GetBlocks())
		case *reportv1.Block_Finding:
			s.name(k.Finding.GetAnchor())
			if number := k.Finding.GetFinding().GetNumber(); s.findings[number] == "" {
				s.findings[number] = k.Finding.GetAnchor()
			}
		case *reportv1.Block_Chart:
			s.name(k.Chart.GetAnchor())
		case *reportv1.Block_ReferenceList:
			for _, r := range s.doc.GetReferences() {
				s.name(r.GetAnchor())
			}
		}
	}
}

func (s *surveyor) heading(level int, text []*reportv1.Inline) {
	s.contents = append(s.contents, entry{level, headingBookmark(len(s.contents)), text})
}

// headingBookmark names a heading as Word itself does.
func headingBookmark(n int) string { return "_Toc" + itoa(500000001+n) }

// headingLevel returns the level that a heading has in Word, where the title is none.
func headingLevel(h *reportv1.Heading) int { return min(max(int(h.GetLevel())-1, 2), 5) }

// isBookmark reports whether Word takes a name for a bookmark.
func isBookmark(name string) bool {
	for i := range len(name) {
		letter := isAlphanumeric(name[i]) && name[i] > '9'
		if !letter && (i == 0 || name[i] != '_' && !isAlphanumeric(name[i])) {
			return false
		}
	}
	return name != "" && len(name) <= 40
}

// counted begins the names of bookmarks whose anchors make none.
const counted = "place__"

// name gives an anchor the name of its bookmark. An anchor that makes no name, or one that
// is taken, is counted instead; Word does not tell small letters from capitals.
func (s *surveyor) name(anchor string) {
	if anchor == "" || s.names[anchor] != "" {
		return
	}
	name := strings.ReplaceAll(anchor, "-", "_")
	lower := strings.ToLower(name)
	if !isBookmark(name) || s.taken[lower] || strings.HasPrefix(lower, counted) {
		name = counted + itoa(len(s.names))
	}
	s.taken[lower] = true
	s.names[anchor] = name
}

// bookmark marks a place that links point to.
func (w *writer) bookmark(anchor string) {
	if name := w.anchors.names[anchor]; name != "" && !w.anchors.placed[name] {
		w.anchors.placed[name] = true
		w.mark(name)
	}
}

// mark writes a bookmark of a point.
func (w *writer) mark(name string) {
	id := itoa(w.next())
	w.out.empty("w:bookmarkStart", "w:id", id, "w:name", name)
	w.out.empty("w:bookmarkEnd", "w:id", id)
}
