package docx

import reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"

// mostNumber is the largest number that Word gives an item.
const mostNumber = 32767

// items is a list that is being written.
type items struct {
	id    int
	style string
	// from is the first number where Word cannot count: numbers are then text.
	from int
}

// list writes a list. The first paragraph of an item carries its marker; what follows
// stands under its text.
func (w *writer) list(l *reportv1.List, at place) error {
	level := min(at.level, levels-1)
	of := items{id: bulletList, style: "ListBullet"}
	if l.GetOrdered() {
		of.style = "ListNumber"
		start := int(l.GetStart())
		if start < 0 || start+len(l.GetItems()) > mostNumber {
			of.id, of.from = 0, start
		} else {
			of.id = w.numbering.number(level, start)
		}
	}
	step := w.layout.listStep()
	inner := at.in(step)
	inner.level++
	for i, item := range l.GetItems() {
		p := paragraph{style: of.style, list: of.id, level: level, indent: inner.indent, hanging: step, tight: l.GetTight()}
		blocks := item.GetBlocks()
		var text []*reportv1.Inline
		if len(blocks) > 0 && blocks[0].GetParagraph() != nil {
			text, blocks = blocks[0].GetParagraph().GetText(), blocks[1:]
		}
		p.rtl = w.rtlOf(textOf(text))
		w.paragraph(p, func(f format) {
			if of.id == 0 {
				w.run(itoa(of.from+i)+". ", f)
			}
			w.inlines(text, f)
		})
		if err := w.blocks(blocks, inner); err != nil {
			return err
		}
	}
	return nil
}

// bullets writes a plain list.
func (w *writer) bullets(texts [][]*reportv1.Inline, at place) {
	step := w.layout.listStep()
	for _, text := range texts {
		w.paragraph(paragraph{
			style: "ListBullet", list: bulletList, level: min(at.level, levels-1), indent: at.in(step).indent, hanging: step,
			rtl: w.rtlOf(textOf(text)),
		}, func(f format) { w.inlines(text, f) })
	}
}
