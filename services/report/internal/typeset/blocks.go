package typeset

import (
	"strconv"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// deepestIndent is how many lists and quotations inside each other are set off; what
// is deeper stands where they stand, for else no room would be left for it.
const deepestIndent = 6

// blocks sets blocks one below the other.
func (b *builder) blocks(f frame, blocks []*reportv1.Block) {
	for _, block := range blocks {
		b.block(f, block)
	}
}

func (b *builder) block(f frame, block *reportv1.Block) {
	switch k := block.GetKind().(type) {
	case *reportv1.Block_Paragraph:
		b.paragraph(f, k.Paragraph)
	case *reportv1.Block_Heading:
		b.heading(f, k.Heading)
	case *reportv1.Block_List:
		b.list(f, k.List)
	case *reportv1.Block_BlockQuote:
		b.quotation(f, k.BlockQuote)
	case *reportv1.Block_CodeBlock:
		b.code(f, k.CodeBlock)
	case *reportv1.Block_Rule:
		b.rule(f)
	case *reportv1.Block_Table:
		b.table(f, k.Table)
	case *reportv1.Block_Finding:
		b.finding(f, k.Finding)
	case *reportv1.Block_Timeline:
		b.timeline(f, k.Timeline)
	case *reportv1.Block_Disagreement:
		b.disagreement(f, k.Disagreement)
	case *reportv1.Block_Chart:
		b.chart(f, k.Chart)
	case *reportv1.Block_ReferenceList:
		b.references(f)
	case *reportv1.Block_Facts:
		b.facts(f, k.Facts)
	}
}

// running sets running text, of which every line break begins a line.
func (b *builder) running(f frame, parts []*reportv1.Inline, s setting) {
	gap := s.gap
	for _, c := range b.inline(parts, f.look()) {
		if c.blank() {
			continue
		}
		s.gap = gap
		b.text(f, c, s)
		gap = 0
	}
}

func (b *builder) paragraph(f frame, p *reportv1.Paragraph) {
	f.element = f.element.Add("P")
	if p.GetStyle() == reportv1.Paragraph_NOTE {
		f.size, f.color, f.style = f.size*noteSize/bodySize, soft, f.style|fonts.Italic
	}
	b.running(f, p.GetText(), setting{gap: f.gap})
}

// section sets a part of the document with its heading.
func (b *builder) section(root *pdf.Element, s *reportv1.Section) {
	f := b.body(root.Add("Sect"))
	if s.GetAnchor() != "" {
		b.waiting = append(b.waiting, s.GetAnchor())
	}
	title := b.words(s.GetHeading())
	b.fresh = b.theme.slides
	if title != "" {
		b.title = &title
		b.entries = append(b.entries, entry{level: 1, title: title, place: s.GetAnchor()})
		head := f
		head.element = f.element.Add("H2")
		head.size, head.style, head.color = b.scaled(headingSize(2)), fonts.Sans|fonts.Bold, accent
		b.running(head, s.GetHeading(), setting{gap: b.scaled(24), leading: 1.25, keep: true})
		b.space(f, b.scaled(2))
		b.pieces[len(b.pieces)-1].keep = true
	}
	b.blocks(f, s.GetBlocks())
	// A section without anything still begins its slide and is where links lead.
	if len(b.waiting) > 0 {
		b.space(f, 1)
	}
	b.fresh = false
}

func (b *builder) heading(f frame, h *reportv1.Heading) {
	level := int(min(max(h.GetLevel(), 3), 6))
	title := b.words(h.GetText())
	if title == "" {
		return
	}
	place := "heading-" + strconv.Itoa(len(b.entries)+1)
	b.waiting = append(b.waiting, place)
	b.known[place] = true
	b.entries = append(b.entries, entry{level: level - 1, title: title, place: place})
	f.element = f.element.Add("H" + strconv.Itoa(level))
	f.size, f.style, f.color = b.scaled(headingSize(level)), fonts.Sans|fonts.Bold, ink
	b.running(f, h.GetText(), setting{gap: b.scaled(15), leading: 1.3, keep: true})
}

func (b *builder) list(f frame, l *reportv1.List) {
	element := f.element.Add("L")
	if l.GetOrdered() {
		element.Numbered()
	}
	f.depth++
	indent := b.scaled(18)
	last := int(l.GetStart()) + len(l.GetItems()) - 1
	if l.GetOrdered() {
		indent = max(indent, b.scaled(8+6.2*float64(len(strconv.Itoa(last)))))
	}
	if f.depth > deepestIndent {
		indent = 0
	}
	for i, item := range l.GetItems() {
		label := "•"
		if l.GetOrdered() {
			label = strconv.Itoa(int(l.GetStart())+i) + "."
		}
		li := element.Add("LI")
		marked := li.Add("Lbl")
		inner := f.inner(indent, li.Add("LBody"))
		before := len(b.pieces)
		b.mark(f, marked, label, indent)
		if l.GetTight() {
			inner.gap = b.scaled(2.5)
		}
		b.blocks(inner, item.GetBlocks())
		if b.marker != nil { // the item is empty
			b.space(f, f.size*leading)
		}
		if i == 0 || !l.GetTight() {
			b.pieces[before].gap = f.gap
		}
	}
}

// mark draws a label beside the next piece, at the start of the frame.
func (b *builder) mark(f frame, element *pdf.Element, label string, width float64) {
	lines := b.shaper.shape(plain(label, look{size: f.size, color: soft, style: f.style | fonts.Sans})).lines(1e6)
	if len(lines) == 0 {
		return
	}
	outer := b.marker
	b.marker = func(on *painter, top float64) {
		if outer != nil {
			outer(on, top)
		}
		on.line(&lines[0], room{
			start: f.start, width: width - b.scaled(5), top: top, height: f.size * leading, align: atEnd, element: element,
		})
	}
}

// bar returns a frame inside this one with a bar beside it.
func (b *builder) bar(f frame, kind string, c pdf.Color) frame {
	start := f.start
	f = f.with(&decor{draw: func(p *painter, top, height float64) {
		p.rect(start, top, b.scaled(2), height, c)
	}})
	f.depth++
	indent := b.scaled(12)
	if f.depth > deepestIndent {
		indent = 0
	}
	return f.inner(indent, f.element.Add(kind))
}

func (b *builder) quotation(f frame, q *reportv1.BlockQuote) {
	inner := b.bar(f, "BlockQuote", line)
	inner.color = soft
	b.blocks(inner, q.GetBlocks())
}

// code sets text as it stands. Tabs are four spaces; lines that are too long go on in
// the next.
func (b *builder) code(f frame, c *reportv1.CodeBlock) {
	pad, start, width := b.scaled(7), f.start, f.width
	f = f.with(&decor{above: pad, below: pad, draw: func(p *painter, top, height float64) {
		p.rect(start, top, width, height, wash)
	}})
	f = f.inner(pad, f.element.Add("P").Add("Code"))
	f.width -= pad
	f.size, f.style = b.scaled(9), fonts.Mono
	gap := f.gap + pad
	for _, text := range strings.Split(strings.TrimSuffix(c.GetText(), "\n"), "\n") {
		text = strings.ReplaceAll(strings.TrimSuffix(text, "\r"), "\t", "    ")
		if strings.TrimSpace(text) == "" {
			b.add(f, &piece{gap: gap, height: f.size * 1.35, draw: func(*painter, float64) {}})
		} else {
			b.text(f, plain(text, f.look()), setting{gap: gap, leading: 1.35})
		}
		gap = 0
	}
	f.behind = f.behind[:len(f.behind)-1]
	b.space(f, pad)
}

// rule sets a line across; on slides the next slide begins.
func (b *builder) rule(f frame) {
	if b.theme.slides {
		b.fresh = true
		return
	}
	b.add(f, &piece{gap: b.scaled(12), height: b.scaled(8), draw: func(p *painter, top float64) {
		p.rule(f.start+f.width*0.35, top, f.width*0.3, 0.75, line)
	}})
}
