package typeset

import (
	"fmt"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// finding sets a finding: its number and verdict, what is claimed, what there is to
// say about it, and its quotes.
func (b *builder) finding(f frame, block *reportv1.FindingBlock) {
	f.element = f.element.Add("Sect")
	found := block.GetFinding()
	before := len(b.pieces)
	if block.GetAnchor() != "" {
		b.waiting = append(b.waiting, block.GetAnchor())
	}
	b.findingLabel(f, block)
	claim := f
	claim.element, claim.size, claim.style = f.element.Add("P"), f.size*1.06, fonts.Bold
	text := plain(found.GetClaim(), claim.look())
	w := inliner{builder: b, contents: []*content{text}}
	w.citation(block.GetCitation(), claim.look())
	b.text(claim, text, setting{gap: b.scaled(2), leading: 1.38, keep: true})
	about := strings.TrimSpace(found.GetTally() + " " + found.GetReason())
	note := f
	note.size, note.color, note.style = f.size*noteSize/bodySize, soft, fonts.Italic
	if about != "" {
		note.element = f.element.Add("P")
		b.text(note, plain(about, note.look()), setting{gap: b.scaled(3), keep: len(block.GetQuotes()) > 0})
	}
	if n := len(b.pieces); n > 0 && about == "" && len(block.GetQuotes()) == 0 {
		b.pieces[n-1].keep = false
	}
	for _, quote := range block.GetQuotes() {
		b.quote(f, quote)
	}
	b.space(f, b.scaled(4))
	b.together(b.pieces[before : len(b.pieces)-1])
}

// together keeps what makes one thing on one slide, if it has room there. Pages are
// read on from one to the next.
func (b *builder) together(pieces []*piece) {
	if !b.theme.slides || height(pieces) > b.theme.upright.textHeight() {
		return
	}
	for _, p := range pieces {
		p.keep = true
	}
}

// findingLabel sets what stands over a finding.
func (b *builder) findingLabel(f frame, block *reportv1.FindingBlock) {
	found := block.GetFinding()
	what := "Finding"
	if block.GetGiven() {
		what = "Claim"
	}
	f.size, f.style, f.color = b.scaled(smallSize), fonts.Sans|fonts.Bold, soft
	f.element = f.element.Add(fmt.Sprintf("H%d", 3))
	c := plain(fmt.Sprintf("%s %d", what, found.GetNumber()), f.look())
	if found.GetDate() != "" {
		c.add(" · "+found.GetDate(), f.look())
	}
	verdict := verdictOf(found.GetSupport())
	// About a claim that nothing was found on there is no verdict.
	if block.GetGiven() && len(found.GetQuotes()) == 0 && len(block.GetQuotes()) == 0 {
		verdict.words, verdict.color = "nothing found", soft
	}
	c.add(" · ", f.look())
	l := f.look()
	l.color = verdict.color
	c.add(verdict.words, l)
	b.text(f, c, setting{gap: f.gap + b.scaled(5), leading: 1.3, keep: true})
}

// quote sets a quote with where it is from.
func (b *builder) quote(f frame, q *reportv1.Quote) {
	c := good
	if q.GetSupport() != analysisv1.Support_SUPPORTED {
		c = verdictOf(q.GetSupport()).color
	}
	f.gap = b.scaled(5)
	inner := b.bar(f, "BlockQuote", c)
	inner.size = f.size * noteSize / bodySize
	gap := f.gap
	if !q.GetVerbatim() { // else it stands right above
		quoted := inner
		quoted.element = inner.element.Add("P")
		b.text(quoted, plain("“"+q.GetText()+"”", quoted.look()), setting{gap: f.gap, keep: true})
		gap = b.scaled(1)
	}
	source := inner
	source.element, source.size, source.style, source.color = inner.element.Add("P"), b.scaled(smallSize), fonts.Sans, soft
	line := plain(q.GetSourceTitle(), source.look())
	w := inliner{builder: b, contents: []*content{line}}
	if q.GetVerbatim() {
		line.add(", ", source.look())
		w.apart("word for word", source.look())
	}
	if q.GetPage() > 0 {
		line.add(", ", source.look())
		w.apart(fmt.Sprintf("page %d", q.GetPage()), source.look())
	}
	if note := readable.Note(q); note != "" {
		l := source.look()
		l.color = verdictOf(q.GetSupport()).color
		line.space(l)
		w.apart("("+note+")", l)
	}
	w.citation(q.GetCitation(), source.look())
	b.text(source, line, setting{gap: gap})
}

// disagreement sets two findings side by side that disagree, and on what.
func (b *builder) disagreement(f frame, d *reportv1.DisagreementBlock) {
	f.element = f.element.Add("Div")
	pad, start, width := b.scaled(8), f.start, f.width
	inner := f.with(&decor{above: pad, below: pad, draw: func(p *painter, top, height float64) {
		p.rect(start, top, width, height, wash)
		p.rect(start, top, b.scaled(2), height, poor)
	}}).inner(b.scaled(12), f.element)
	inner.width -= b.scaled(8)
	gap := f.gap + pad + b.scaled(3)
	if d.GetReason() != "" {
		reason := inner
		reason.element, reason.style = f.element.Add("P"), fonts.Bold
		label := reason.look()
		label.style, label.color = fonts.Sans|fonts.Bold, poor
		c := plain("Sources disagree: ", label)
		c.add(d.GetReason(), reason.look())
		b.text(reason, c, setting{gap: gap, keep: true})
		gap = b.scaled(4)
	}
	between := b.scaled(14)
	half := (inner.width - between) / 2
	side := func(n int, parts []*reportv1.Inline) column {
		return column{
			start: inner.start + float64(n)*(half+between), width: half,
			contents: b.inline(parts, inner.look()), element: f.element.Add("P"),
		}
	}
	b.row(inner, row{columns: []column{side(0, d.GetFirst()), side(1, d.GetSecond())}, gap: gap})
	b.space(f, pad+b.scaled(3))
}

// facts sets names with values.
func (b *builder) facts(f frame, facts *reportv1.Facts) {
	element := f.element.Add("L")
	names := min(b.scaled(130), f.width*0.35)
	f.size = f.size * noteSize / bodySize
	for i, fact := range facts.GetFacts() {
		item := element.Add("LI")
		name := f.look()
		name.style, name.color = fonts.Sans|fonts.Bold, soft
		name.size = f.size * 0.94
		gap := b.scaled(1)
		if i == 0 {
			gap = f.gap
		}
		b.row(f, row{gap: gap, above: b.scaled(2), below: b.scaled(2), columns: []column{
			{start: f.start, width: names - b.scaled(10), contents: []*content{plain(fact.GetName(), name)}, element: item.Add("Lbl")},
			{start: f.start + names, width: f.width - names, contents: []*content{plain(fact.GetValue(), f.look())}, element: item.Add("LBody")},
		}, under: func(p *painter, top, height float64, _, last bool) {
			if last {
				p.rule(f.start, top+height, f.width, 0.4, line)
			}
		}})
	}
}

// timeline sets what happened when beside a line with a point for each.
func (b *builder) timeline(f frame, t *reportv1.Timeline) {
	element := f.element.Add("L")
	dates, points := min(b.scaled(92), f.width*0.28), b.scaled(22)
	for i, event := range t.GetEvents() {
		item := element.Add("LI")
		date := f.look()
		date.style, date.size, date.color = fonts.Sans|fonts.Bold, f.size*0.9, accent
		words := event.GetDate()
		if words == "" {
			words, date.color = "date not known", soft
		}
		gap := 0.0
		if i == 0 {
			gap = f.gap
		}
		b.row(f, row{gap: gap, above: b.scaled(3), below: b.scaled(4), columns: []column{
			{start: f.start, width: dates, contents: []*content{plain(words, date)}, align: atEnd, element: item.Add("Lbl")},
			{start: f.start + dates + points, width: f.width - dates - points, contents: b.inline(event.GetText(), f.look()), element: item.Add("LBody")},
		}, under: func(p *painter, top, height float64, first, _ bool) {
			b.point(p, f.start+dates, top, height, first)
		}})
	}
}

// point draws the line of a timeline beside an event, with a point where it begins.
func (b *builder) point(p *painter, start, top, height float64, first bool) {
	at, size := start+b.scaled(10), b.scaled(3)
	p.rect(at-b.scaled(0.5), top, b.scaled(1), height, line)
	if first {
		p.page.Circle(p.x(at, 0), top+b.scaled(3)+b.scaled(bodySize)*leading/2, size, accent)
	}
}
