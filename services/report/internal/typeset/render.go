// Package typeset lays documents out on pages and writes them as PDF.
//
// All text comes out whole. What ends lines becomes a space, control characters and
// what is no Unicode text become U+FFFD, and characters that no font has are drawn as a
// box with their number, while the text of the file has them. Headings that are
// repeated, in the contents and over pages, are shortened there. Right-to-left
// languages mirror the page. Thai is broken between characters where words are not
// told apart.
package typeset

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/go-text/typesetting/language"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// renderer is what all documents share: the fonts, and what was found out about them.
type renderer struct {
	shapers sync.Pool
	// turns bounds how many documents are laid out at once. Laying out is nothing but
	// work for a processor: more at once would take memory and be no faster.
	turns chan struct{}
}

var shared = sync.OnceValue(func() *renderer {
	set := fonts.New()
	return &renderer{
		shapers: sync.Pool{New: func() any { return newShaper(set) }},
		turns:   make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
})

// Render writes a document as PDF. The same document gives the same bytes. It is safe
// for concurrent use.
func Render(doc *reportv1.Document) ([]byte, error) {
	r := shared()
	r.turns <- struct{}{}
	defer func() { <-r.turns }()
	s, _ := r.shapers.Get().(*shaper)
	defer r.shapers.Put(s)
	return render(doc, s)
}

func render(doc *reportv1.Document, s *shaper) ([]byte, error) {
	b := &builder{doc: doc, theme: themeOf(doc), shaper: s, known: places(doc)}
	s.language, s.rtl, s.err = language.NewLanguage(doc.GetLanguage()), b.theme.rtl, nil
	file := pdf.New()
	front, body := file.Structure().Add("Part"), file.Structure().Add("Part")
	for _, section := range doc.GetSections() {
		b.section(body, section)
	}
	sections := b.pieces
	b.pieces, b.marker, b.waiting, b.title, b.fresh = nil, nil, nil, nil, false
	b.front(front)
	if len(b.entries) >= fewest && height(sections) > 1.5*b.theme.upright.textHeight() {
		b.contents(front)
	}
	f := flow{theme: b.theme}
	f.run(append(b.pieces, sections...))
	b.draw(file, f.sheets)
	// Fonts fail when they are first needed.
	if s.err != nil {
		return nil, fmt.Errorf("lay out document: %w", s.err)
	}
	return file.Bytes(b.about())
}

func height(pieces []*piece) float64 {
	total := 0.0
	for _, p := range pieces {
		total += p.gap + p.height
	}
	return total
}

// draw draws the pages.
func (b *builder) draw(file *pdf.File, sheets []*sheet) {
	numbers := map[string]int{}
	for i, s := range sheets {
		for _, at := range s.pieces {
			for _, place := range at.piece.places {
				if _, known := numbers[place]; !known {
					numbers[place] = i + 1
				}
			}
		}
	}
	for i, s := range sheets {
		p := &painter{
			page: file.Page(s.paper.width, s.paper.height), paper: s.paper, theme: b.theme,
			numbers: numbers, shaper: b.shaper,
		}
		b.runningHead(p, s, i+1, len(sheets))
		for j, at := range s.pieces {
			for _, place := range at.piece.places {
				p.page.Place(place, at.top-4)
			}
			at.draw(p)
			// What is drawn is not needed any more; large documents have much of it.
			s.pieces[j] = set{}
		}
		p.page.Finish()
	}
	var outline []pdf.Entry
	for _, e := range b.entries {
		outline = append(outline, pdf.Entry{Level: e.level, Title: shorten(e.title, 240), Place: e.place})
	}
	file.Outline(outline)
}

// runningHead draws the title over a page and its number below; the first page is the
// title itself.
func (b *builder) runningHead(p *painter, s *sheet, number, count int) {
	width := s.paper.textWidth()
	l := look{size: 8 * min(b.theme.scale, 1.5), color: soft, style: fonts.Sans}
	foot := room{width: width, top: s.paper.height - s.paper.inset, height: l.size, align: atMiddle}
	p.line(p.words(fmt.Sprintf("page %d of %d", number, count), l), foot)
	if number == 1 {
		return
	}
	head := room{width: width, top: s.paper.inset - l.size, height: l.size}
	title := p.fitted(strings.TrimSpace(b.doc.GetTitle()), l, width*0.6)
	p.line(title, head)
	if s.title != "" {
		head.align = atEnd
		section := p.fitted(s.title, l, width*0.34)
		// Writing of two directions would meet on one side.
		if section.of.rtl == title.of.rtl {
			p.line(section, head)
		}
	}
	p.rule(0, s.paper.inset+l.size*0.6, width, 0.4, line)
}

// about says what the file says about itself.
func (b *builder) about() pdf.About {
	about := pdf.About{
		Title: shorten(oneLine(b.doc.GetTitle()), 500), Subject: shorten(oneLine(b.doc.GetQuestion()), 500), Language: b.doc.GetLanguage(),
		RightToLeft: b.theme.rtl, Creator: "Researcher Pro",
	}
	if ended := b.doc.GetProvenance().GetEndTime(); ended.IsValid() && ended.GetSeconds() != 0 {
		about.Created = ended.AsTime()
	}
	return about
}

// oneLine returns a text as it is drawn.
func oneLine(s string) string {
	return string(plain(s, look{}).runes)
}
