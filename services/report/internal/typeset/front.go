package typeset

import (
	"strconv"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// fewest is how many headings there are before they are listed.
const fewest = 4

// front sets what stands before the sections.
func (b *builder) front(root *pdf.Element) {
	f := b.body(root)
	if b.theme.slides {
		b.space(f, b.theme.upright.textHeight()*0.2)
	}
	title := f
	title.element, title.size, title.style = root.Add("H1"), b.scaled(headingSize(1)), fonts.Sans|fonts.Bold
	if len([]rune(b.doc.GetTitle())) > 150 {
		title.size *= 0.7
	}
	b.text(title, plain(b.doc.GetTitle(), title.look()), setting{leading: 1.22})
	b.add(f, &piece{gap: b.scaled(9), height: b.scaled(4), draw: func(p *painter, top float64) {
		p.rect(0, top, b.scaled(54), b.scaled(2.2), accent)
	}})
	if question := b.doc.GetQuestion(); question != b.doc.GetTitle() {
		asked := f
		asked.element, asked.size, asked.color = root.Add("P"), b.scaled(12.5), soft
		b.text(asked, plain(question, asked.look()), setting{gap: b.scaled(8), leading: 1.4})
	}
	if ended := b.doc.GetProvenance().GetEndTime(); ended.IsValid() && ended.GetSeconds() != 0 {
		when := f
		when.element, when.size, when.color, when.style = root.Add("P"), b.scaled(smallSize), soft, fonts.Sans
		b.text(when, plain("As of "+ended.AsTime().UTC().Format("2006-01-02"), when.look()), setting{gap: b.scaled(6)})
	}
	b.notice(f)
}

// notice sets what a reader must know before all else.
func (b *builder) notice(f frame) {
	if b.doc.GetNotice() == "" {
		return
	}
	pad, width := b.scaled(8), f.width
	inner := f.with(&decor{above: pad, below: pad, draw: func(p *painter, top, height float64) {
		p.rect(0, top, width, height, warm)
		p.rect(0, top, b.scaled(2.5), height, fair)
	}}).inner(b.scaled(12), f.element.Add("P"))
	inner.width -= b.scaled(10)
	b.text(inner, plain(b.doc.GetNotice(), inner.look()), setting{gap: b.scaled(14) + pad})
	b.space(f, pad)
}

// contents lists the headings with the pages they are on.
func (b *builder) contents(root *pdf.Element) {
	f := b.body(root.Add("TOC"))
	b.fresh = b.theme.slides
	head := f
	head.element = f.element.Add("Caption")
	head.size, head.style, head.color = b.scaled(12.5), fonts.Sans|fonts.Bold, accent
	b.text(head, plain("Contents", head.look()), setting{gap: b.scaled(26), leading: 1.3, keep: true})
	f.size = b.scaled(10)
	for i, e := range b.entries {
		indent := b.scaled(14) * float64(min(e.level, 4)-1)
		item := f.inner(indent, f.element.Add("TOCI").Add("Reference"))
		gap := b.scaled(1)
		if e.level == 1 {
			gap = b.scaled(3)
		} else {
			item.size, item.color = b.scaled(9.3), soft
		}
		l := item.look()
		l.link = &link{place: e.place, contents: shorten(e.title, 200)}
		b.contentsEntry(item, plain(shorten(e.title, 240), l), e.place, gap)
		// The last heading is not to be alone on a page.
		b.pieces[len(b.pieces)-1].keep = i == len(b.entries)-2
	}
	b.fresh = false
}

// contentsEntry sets one heading. On which page it is is known when it is drawn.
func (b *builder) contentsEntry(f frame, title *content, place string, gap float64) {
	room := f.width - b.scaled(34)
	lines := b.shaper.shape(title).lines(room)
	height := f.size * leading
	for i := range lines {
		l, last := &lines[i], i == len(lines)-1
		p := &piece{height: height, keep: !last, draw: func(on *painter, top float64) {
			r := box(f, top, height)
			r.width = room
			on.line(l, r)
			if last {
				on.leaders(f, l, top, place)
			}
		}}
		if i == 0 {
			p.gap = gap
		}
		b.add(f, p)
	}
}

// box returns the room of a line of a frame.
func box(f frame, top, height float64) room {
	return room{start: f.start, width: f.width, top: top, height: height, element: f.element}
}

// leaders draws the dots from a heading to its page's number, and that.
func (p *painter) leaders(f frame, l *textLine, top float64, place string) {
	height := f.size * leading
	digits := strconv.Itoa(p.numbers[place])
	number := p.words(digits, look{size: f.size, color: f.color, style: fonts.Sans, link: &link{place: place, contents: "page " + digits}})
	r := box(f, top, height)
	r.align = atEnd
	p.line(number, r)
	from, to := l.width+f.size*0.6, f.width-number.width-f.size*0.6
	// Where the text is written the other way it stands where the dots would be.
	if to-from < f.size || l.of.rtl != p.theme.rtl {
		return
	}
	y := top + height*0.68
	p.page.Mark(nil)
	for at := f.start + to; at > f.start+from; at -= f.size * 0.5 {
		p.page.Circle(p.x(at, 0), y, f.size*0.045, soft)
	}
}

// words returns a text as one line.
func (p *painter) words(s string, l look) *textLine {
	lines := p.shaper.shape(plain(s, l)).lines(1e6)
	if len(lines) == 0 {
		return &textLine{of: &shaped{}}
	}
	return &lines[0]
}

// fitted returns as much of a text as has room on one line.
func (p *painter) fitted(s string, l look, room float64) *textLine {
	const most, least = 120, 8
	for n := most; ; n = n * 4 / 5 {
		words := p.words(shorten(s, n), l)
		if words.width <= room || n < least {
			return words
		}
	}
}
