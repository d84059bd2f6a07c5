package docx

import (
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

const (
	// wideColumns are as many columns as take landscape pages.
	wideColumns = 7
	// mostColumns are as many as fit there. A table of more is written in several, each
	// with the first column; Word itself takes no more than 63.
	mostColumns = 12
)

// table writes a table of data. Its head is repeated on every page.
func (w *writer) table(t *reportv1.Table) {
	count := len(t.GetColumns())
	for _, r := range t.GetRows() {
		count = max(count, len(r.GetCells()))
	}
	if count == 0 {
		return
	}
	shape := w.layout.page
	if count >= wideColumns && shape.turned() != shape {
		shape = shape.turned()
		w.turn(w.kept, w.layout.page)
	}
	for from := 0; from == 0 || from < count; {
		to := min(from+mostColumns, count)
		columns := span(from, to)
		if from > 0 {
			to = min(from+mostColumns-1, count)
			columns = append([]int{0}, span(from, to)...)
		}
		w.grid(t, columns, shape)
		from = to
	}
	if shape != w.layout.page {
		w.turn(-1, shape)
	}
}

func span(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

// turn ends the pages of one format, before what stands at a place or, if that is
// negative, here.
func (w *writer) turn(at int, p page) {
	end := w.separately(func() {
		m := w.out
		m.open("w:p")
		m.open("w:pPr")
		m.val("w:pStyle", "Spacer")
		w.sectionProperties(m, p)
		m.close("w:pPr")
		m.close("w:p")
	})
	w.turned = true
	if at < 0 {
		w.out.Write(end)
		return
	}
	rest := append([]byte(nil), w.out.Bytes()[at:]...)
	w.out.Truncate(at)
	w.out.Write(end)
	w.out.Write(rest)
}

// grid writes some columns of a table.
func (w *writer) grid(t *reportv1.Table, columns []int, p page) {
	look := rowLook{columns: columns, widths: widths(t, columns, p.text())}
	w.startTable("ReportTable", look.widths)
	if len(columns) >= wideColumns {
		look.size = w.layout.halfPoints(8)
	}
	head, headed := &reportv1.Table_Row{}, false
	for i := range len(t.GetColumns()) {
		text := t.GetColumns()[i].GetHeading()
		head.Cells = append(head.Cells, &reportv1.Table_Cell{Text: text, Heading: true})
		headed = headed || len(text) > 0
	}
	if headed {
		look.head = true
		w.row(t, head, look)
		look.head = false
	}
	for _, r := range t.GetRows() {
		w.row(t, r, look)
	}
	w.endTable()
}

// rowLook says which columns of a row are written, and what they look like.
type rowLook struct {
	columns, widths []int
	head            bool
	size            string
}

// row writes some cells of a row.
func (w *writer) row(t *reportv1.Table, r *reportv1.Table_Row, look rowLook) {
	const short = 400 // characters; a longer row may break over pages
	m := w.out
	m.open("w:tr")
	m.open("w:trPr")
	length := 0
	for _, c := range r.GetCells() {
		length = max(length, len(textOf(c.GetText())))
	}
	flag(m, "w:cantSplit", length <= short)
	flag(m, "w:tblHeader", look.head && length <= short)
	m.close("w:trPr")
	for at, i := range look.columns {
		cell := &reportv1.Table_Cell{}
		if i < len(r.GetCells()) {
			cell = r.GetCells()[i]
		}
		style, align := "TableText", ""
		if cell.GetHeading() {
			style = "TableHeading"
		}
		if i < len(t.GetColumns()) {
			align = map[reportv1.Table_Align]string{reportv1.Table_CENTER: "center", reportv1.Table_END: "end"}[t.GetColumns()[i].GetAlign()]
		}
		w.cell(look.widths[at], paragraph{style: style, align: align, keep: look.head, rtl: w.language.rtl}, func(f format) {
			f.halfPoints = look.size
			w.inlines(cell.GetText(), f)
		})
	}
	m.close("w:tr")
}

// cell writes a cell of one paragraph.
func (w *writer) cell(width int, p paragraph, write func(f format)) {
	w.out.open("w:tc")
	w.out.open("w:tcPr")
	w.out.empty("w:tcW", "w:w", itoa(width), "w:type", "dxa")
	w.out.close("w:tcPr")
	w.paragraph(p, write)
	w.out.close("w:tc")
}

// startTable begins a table with columns of these widths. On a new page it begins after
// an empty paragraph: a table cannot begin one by itself.
func (w *writer) startTable(style string, widths []int) {
	if w.pageBreak {
		w.paragraph(paragraph{style: "Spacer"}, func(format) {})
	}
	total := 0
	for _, width := range widths {
		total += width
	}
	m := w.out
	m.open("w:tbl")
	m.open("w:tblPr")
	m.val("w:tblStyle", style)
	flag(m, "w:bidiVisual", w.language.rtl)
	m.empty("w:tblW", "w:w", itoa(total), "w:type", "dxa")
	m.empty("w:tblLayout", "w:type", "fixed")
	m.empty("w:tblLook", "w:val", "0420", "w:firstRow", "1", "w:lastRow", "0", "w:firstColumn", "0", "w:lastColumn", "0", "w:noHBand", "0", "w:noVBand", "1")
	m.close("w:tblPr")
	m.open("w:tblGrid")
	for _, width := range widths {
		m.empty("w:gridCol", "w:w", itoa(width))
	}
	m.close("w:tblGrid")
}

// endTable ends a table. What follows keeps a distance, and is not joined to it if it is
// a table, too.
func (w *writer) endTable() {
	w.out.close("w:tbl")
	w.paragraph(paragraph{style: "Spacer"}, func(format) {})
}

// widths shares the width of a table among columns after how much stands in them.
func widths(t *reportv1.Table, columns []int, total int) []int {
	const least = 6
	weights := make([]int, len(columns))
	sum := 0
	for at, i := range columns {
		weight := least
		if i < len(t.GetColumns()) {
			weight = max(weight, weightOf(t.GetColumns()[i].GetHeading()))
		}
		for _, r := range t.GetRows() {
			if i < len(r.GetCells()) {
				weight = max(weight, weightOf(r.GetCells()[i].GetText()))
			}
		}
		weights[at] = weight
		sum += weight
	}
	out := make([]int, len(columns))
	for at, weight := range weights {
		out[at] = total * weight / sum
	}
	return out
}

// weightOf returns how wide a text would have its column. Up to a few words it should
// stand on one line; what is longer needs more room, but by far not as much more.
func weightOf(text []*reportv1.Inline) int {
	const line, most = 18, 60
	length := utf8.RuneCountInString(textOf(text)) + 4*(len(text)-1)
	if length > line {
		length = line + (length-line)/4
	}
	return min(length, most)
}
