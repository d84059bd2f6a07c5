package docx

import reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"

// paragraph says how a paragraph stands where that does not follow from its style.
type paragraph struct {
	style string
	// list is the list that it is an item of, 0 if of none.
	list, level int
	// indent is how far it is moved in, and hanging how much less its first line is.
	indent, hanging int
	// before is how far it is from what stands above, beyond what its style says.
	before int
	align  string
	keep   bool
	// tight says that there is no space to neighbours of the same style.
	tight bool
	rtl   bool
}

// place is where blocks are: how far moved in, in how many lists, in a quotation or not.
type place struct {
	indent, level int
	quoted        bool
}

// in returns the place that is a step further in. Text that is nested deeply stays where
// it can be read.
func (p place) in(step int) place {
	p.indent = min(p.indent+step, levels*step)
	return p
}

// style returns the style of text, which is another one in a quotation.
func (p place) style(name string) string {
	if p.quoted && name == "Normal" {
		return "BlockText"
	}
	return name
}

// paragraph writes a paragraph; write writes what is in it.
func (w *writer) paragraph(p paragraph, write func(f format)) {
	m := w.out
	m.open("w:p")
	m.open("w:pPr")
	m.val("w:pStyle", p.style)
	flag(m, "w:keepNext", p.keep)
	flag(m, "w:pageBreakBefore", w.pageBreak)
	w.pageBreak = false
	if p.list > 0 {
		m.open("w:numPr")
		m.val("w:ilvl", itoa(p.level))
		m.val("w:numId", itoa(p.list))
		m.close("w:numPr")
	}
	flag(m, "w:bidi", p.rtl)
	if p.before > 0 {
		m.empty("w:spacing", "w:before", itoa(p.before))
	}
	if p.indent > 0 || p.list > 0 {
		m.empty("w:ind", "w:left", itoa(p.indent), "w:hanging", itoa(p.hanging))
	}
	flag(m, "w:contextualSpacing", p.tight)
	if p.align != "" {
		m.val("w:jc", p.align)
	}
	m.close("w:pPr")
	w.spaced = true
	write(format{rtl: p.rtl})
	m.close("w:p")
}

// lineOf writes a paragraph of one text.
func (w *writer) lineOf(style, text string) {
	w.paragraph(paragraph{style: style, rtl: w.language.rtl}, func(f format) { w.run(text, f) })
}

// rtlOf returns the direction of a paragraph that may be in another language than the
// document is: a quote, a reference, what a template says.
func (w *writer) rtlOf(text string) bool { return w.language.rtl != w.language.against(text) }

// textOf returns the text of inlines, as far as a paragraph's direction hangs on it.
func textOf(parts []*reportv1.Inline) string {
	var out []byte
	for _, p := range parts {
		switch k := p.GetKind().(type) {
		case *reportv1.Inline_Text:
			out = append(out, k.Text...)
		case *reportv1.Inline_Span:
			out = append(out, textOf(k.Span.GetText())...)
		case *reportv1.Inline_Code:
			out = append(out, k.Code...)
		}
	}
	return string(out)
}
