package html

import (
	"fmt"
	"html/template"
	"strings"

	"golang.org/x/text/language"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// page is what templates know about the document beside the piece that they write. It
// belongs to one rendering, because it keeps count of what was written.
type page struct {
	Doc *reportv1.Document

	language string
	// sources are the references by their source, anchors the places that are in the
	// document: links lead nowhere else.
	sources map[string]*reportv1.Reference
	anchors map[string]bool
	// fragment is set where blocks are written without a page around them.
	fragment bool

	written map[string]bool
	tips    int
	level   int
}

// node is a piece of a document, with the page that it is on.
type node struct {
	Page *page
	It   any
}

// at puts a piece on a page.
func at(p *page, it any) node { return node{p, it} }

func newPage(doc *reportv1.Document) *page {
	p := &page{
		Doc: doc, language: language.English.String(), level: 1,
		sources: map[string]*reportv1.Reference{}, anchors: map[string]bool{}, written: map[string]bool{"report": true},
	}
	if tag, ok := known(doc.GetLanguage()); ok {
		p.language = tag.String()
	}
	for _, r := range doc.GetReferences() {
		p.sources[r.GetWork().GetId()] = r
	}
	for _, section := range doc.GetSections() {
		p.find(section.GetBlocks())
	}
	return p
}

// find notes what links can lead to in blocks.
func (p *page) find(blocks []*reportv1.Block) {
	for _, block := range blocks {
		switch kind := block.GetKind().(type) {
		case *reportv1.Block_Finding:
			p.anchors[kind.Finding.GetAnchor()] = true
		case *reportv1.Block_ReferenceList:
			for _, r := range p.Doc.GetReferences() {
				p.anchors[r.GetAnchor()] = true
			}
		case *reportv1.Block_BlockQuote:
			p.find(kind.BlockQuote.GetBlocks())
		case *reportv1.Block_List:
			for _, item := range kind.List.GetItems() {
				p.find(item.GetBlocks())
			}
		}
	}
}

// ID returns an anchor where it is written for the first time, and nothing where what it
// names stands in the document once more: an id names one place.
func (p *page) ID(anchor string) string {
	if anchor == "" || p.written[anchor] {
		return ""
	}
	p.written[anchor] = true
	return anchor
}

// Unique returns an id that no other place has, that begins with prefix.
func (p *page) Unique(prefix string) string {
	for {
		p.tips++
		if id := p.ID(fmt.Sprintf("%s-%d", prefix, p.tips)); id != "" && !p.anchors[id] {
			return id
		}
	}
}

// Has reports whether there is a place with an anchor.
func (p *page) Has(anchor string) bool { return p.anchors[anchor] }

// Finding returns the anchor of a finding if it is in the document.
func (p *page) Finding(number int32) string {
	if anchor := fmt.Sprintf("finding-%d", number); p.anchors[anchor] {
		return anchor
	}
	return ""
}

// heading is a heading as it is written: text, or a finding's claim with its number.
type heading struct {
	Page  *page
	Level int
	ID    string
	Text  []*reportv1.Inline
	Claim *reportv1.Finding
}

// Titled is a heading of text. Headings go down one level at a time, whatever a template
// left out; blocks by themselves keep theirs.
func (p *page) Titled(level int32, id string, text []*reportv1.Inline) heading {
	h := heading{Page: p, Level: min(max(int(level), 1), 6), ID: id, Text: text}
	if !p.fragment {
		h.Level = min(max(h.Level, 2), p.level+1)
		p.level = h.Level
	}
	return h
}

// Claimed is a finding's heading, one level below the heading that it stands under.
func (p *page) Claimed(f *reportv1.Finding) heading {
	return heading{Page: p, Level: p.level + 1, Claim: f}
}

// Verdict returns the verdict that a piece of text is, nil if it is something else: one
// that is not known must not be taken for none.
func (p *page) Verdict(part *reportv1.Inline) *reportv1.Inline_Verdict {
	verdict, _ := part.GetKind().(*reportv1.Inline_Verdict)
	return verdict
}

// entry is a line of the contents.
type entry struct{ Anchor, Heading string }

// Contents lists the sections that have a heading.
func (p *page) Contents() []entry {
	var entries []entry
	for _, section := range p.Doc.GetSections() {
		if heading := headless(section.GetHeading()); heading != "" {
			entries = append(entries, entry{section.GetAnchor(), heading})
		}
	}
	return entries
}

// Role is the class of a section, which its look follows.
func (p *page) Role(section *reportv1.Section) string {
	if section.GetRole() == reportv1.Section_ROLE_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(section.GetRole().String())
}

// Fragment reports whether blocks are written without a page around them.
func (p *page) Fragment() bool { return p.fragment }

// Slides reports whether the document is shown as slides.
func (p *page) Slides() bool { return p.Doc.GetLayout() == reportv1.Document_SLIDES }

// Cards cuts a section's blocks into what stands on one slide; pages are not cut. Only the
// first may hold nothing, below its section's heading.
func (p *page) Cards(blocks []*reportv1.Block) [][]*reportv1.Block {
	cards := [][]*reportv1.Block{nil}
	begin := false
	for _, block := range blocks {
		if p.Slides() && block.GetRule() != nil {
			begin = true
			continue
		}
		if begin {
			cards, begin = append(cards, nil), false
		}
		cards[len(cards)-1] = append(cards[len(cards)-1], block)
	}
	return cards
}

// Source returns the reference of a source, nil if it is not cited.
func (p *page) Source(id string) *reportv1.Reference { return p.sources[id] }

// Style returns the page's style.
func (p *page) Style() (template.CSS, error) {
	files := []string{"page", "content", "print"}
	if p.Slides() {
		files = append(files, "slides")
	}
	var style strings.Builder
	for _, name := range files {
		css, err := assets.ReadFile("assets/" + name + ".css")
		if err != nil {
			return "", fmt.Errorf("read the page's style: %w", err)
		}
		style.Write(css)
	}
	return template.CSS(style.String()), nil //nolint:gosec // our own files, built in
}
