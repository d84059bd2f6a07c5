package docx

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// finding writes a claim, what was found about it, and the quotes it rests on.
func (w *writer) finding(b *reportv1.FindingBlock) {
	found := b.GetFinding()
	w.paragraph(paragraph{style: "Finding", rtl: w.rtlOf(found.GetClaim())}, func(f format) {
		w.bookmark(b.GetAnchor())
		if found.GetNumber() > 0 {
			w.run(itoa(int(found.GetNumber()))+"\u2002", f.as("Number"))
		}
		w.run(found.GetClaim(), f)
	})
	w.paragraph(paragraph{style: "FindingDetails", rtl: w.language.rtl}, func(f format) {
		v := verdictOf(found.GetSupport())
		// About a claim that nothing was found on there is no verdict.
		if len(found.GetQuotes()) == 0 && len(b.GetQuotes()) == 0 {
			v = verdict{"nothing found", "VerdictFair"}
		}
		w.run(strings.ToUpper(v.words[:1])+v.words[1:], f.as(v.style))
		w.citation(b.GetCitation(), f)
		for _, text := range []string{found.GetDate(), found.GetTally(), found.GetReason()} {
			if text != "" {
				w.run(" · ", f)
				w.run(text, f)
			}
		}
	})
	for _, q := range b.GetQuotes() {
		w.quote(q)
	}
}

// quote writes a quote and where it is from.
func (w *writer) quote(q *reportv1.Quote) {
	if !q.GetVerbatim() { // else it stands right above
		w.paragraph(paragraph{style: "Quote", keep: true, rtl: w.rtlOf(q.GetText())}, func(f format) {
			// White space in a source is as its file has it; it means nothing here.
			w.run(strings.Join(strings.Fields(q.GetText()), " "), f)
		})
	}
	w.paragraph(paragraph{style: "QuoteSource", rtl: w.rtlOf(q.GetText())}, func(f format) {
		w.run("— "+q.GetSourceTitle(), f)
		if q.GetVerbatim() {
			w.run(", ", f)
			w.run("word for word", f)
		}
		if q.GetPage() > 0 {
			w.run(", ", f)
			w.run("page "+itoa(int(q.GetPage())), f)
		}
		w.citation(q.GetCitation(), f)
		if note := readable.Note(q); note != "" {
			w.run(" · ", f)
			w.run(note, f.as(verdictOf(q.GetSupport()).style))
		}
	})
}

// timeline writes what happened when as dates beside events; events without a date follow
// as a list.
func (w *writer) timeline(t *reportv1.Timeline, at place) {
	var dated []fact
	var undated [][]*reportv1.Inline
	for _, e := range t.GetEvents() {
		if e.GetDate() == "" {
			undated = append(undated, e.GetText())
			continue
		}
		dated = append(dated, fact{name: e.GetDate(), value: e.GetText()})
	}
	w.factTable(dated)
	if len(undated) > 0 {
		if len(dated) > 0 {
			w.lineOf("Note", "Without a date:")
		}
		w.bullets(undated, at)
	}
}

// disagreement writes what two findings disagree on, and both.
func (w *writer) disagreement(d *reportv1.DisagreementBlock, at place) {
	w.paragraph(paragraph{style: "Disagreement", indent: at.indent, rtl: w.rtlOf(d.GetReason())}, func(f format) { w.run(d.GetReason(), f) })
	w.bullets([][]*reportv1.Inline{d.GetFirst(), d.GetSecond()}, at)
}

// facts writes names beside values.
func (w *writer) facts(f *reportv1.Facts) {
	facts := make([]fact, 0, len(f.GetFacts()))
	for _, one := range f.GetFacts() {
		facts = append(facts, fact{one.GetName(), []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: one.GetValue()}}}})
	}
	w.factTable(facts)
}
