package docx

import (
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// blocks writes blocks one after the other.
func (w *writer) blocks(blocks []*reportv1.Block, at place) error {
	for _, b := range blocks {
		if err := w.block(b, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) block(b *reportv1.Block, at place) error {
	if h := b.GetHeading(); h != nil {
		w.heading(headingLevel(h), h.GetText(), "", at)
		return nil
	}
	// Whatever comes now is what the headings before it belong to; tables look at them.
	defer func() { w.kept = -1 }()
	switch k := b.GetKind().(type) {
	case *reportv1.Block_Paragraph:
		w.text(k.Paragraph, at)
	case *reportv1.Block_List:
		return w.list(k.List, at)
	case *reportv1.Block_BlockQuote:
		at.quoted = true
		return w.blocks(k.BlockQuote.GetBlocks(), at.in(w.layout.listStep()))
	case *reportv1.Block_CodeBlock:
		w.code(k.CodeBlock.GetText(), at)
	case *reportv1.Block_Table:
		w.table(k.Table)
	case *reportv1.Block_Rule:
		w.rule()
	case *reportv1.Block_Finding:
		w.finding(k.Finding)
	case *reportv1.Block_Timeline:
		w.timeline(k.Timeline, at)
	case *reportv1.Block_Disagreement:
		w.disagreement(k.Disagreement, at)
	case *reportv1.Block_Chart:
		return w.chart(k.Chart)
	case *reportv1.Block_ReferenceList:
		w.references()
	case *reportv1.Block_Facts:
		w.facts(k.Facts)
	}
	return nil
}

// text writes running text.
func (w *writer) text(p *reportv1.Paragraph, at place) {
	style := at.style("Normal")
	if p.GetStyle() == reportv1.Paragraph_NOTE {
		style = "Note"
	}
	w.paragraph(paragraph{style: style, indent: at.indent, rtl: w.rtlOf(textOf(p.GetText()))}, func(f format) { w.inlines(p.GetText(), f) })
}

// code writes text with its line breaks and tabs, from left to right as programs are.
func (w *writer) code(text string, at place) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	w.paragraph(paragraph{style: "Code", indent: at.indent}, func(f format) {
		for i, l := range lines {
			if i > 0 {
				w.single("w:br")
			}
			for j, field := range strings.Split(l, "\t") {
				if j > 0 {
					w.single("w:tab")
				}
				w.run(field, f)
			}
		}
	})
}

// single writes a run of one element.
func (w *writer) single(name string) {
	w.out.open("w:r")
	w.out.empty(name)
	w.out.close("w:r")
}

// rule writes a line across; on slides the next one begins.
func (w *writer) rule() {
	if w.layout.slides {
		w.pageBreak = true
		return
	}
	w.paragraph(paragraph{style: "HorizontalLine"}, func(format) {})
}
