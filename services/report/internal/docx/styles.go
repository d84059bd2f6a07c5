package docx

import "cmp"

// The colours of text and of what is behind it.
const (
	ink, soft, rule, panel = "1C1B19", "5D5A53", "D8D2C4", "F5F2EA"
	accent                 = "1F4E8C"
	good, fair, poor       = "1F6B43", "7A5200", "9B2C20"
	fairPanel              = "FAEFD6"
)

// The fonts: such as come with Word, and such as other programs have a likeness of.
const (
	serif, sans, mono = "Cambria", "Calibri", "Consolas"
	// complexSerif and complexSans are for scripts such as Arabic and Hebrew.
	complexSerif, complexSans = "Times New Roman", "Arial"
)

// style is a named look of paragraphs, or of text if character is set. Sizes are in
// points, distances in twips, as they are on upright pages.
type style struct {
	id, name, based, next string
	character             bool

	sans, mono, bold, italic, underline bool
	size                                float64
	color                               string

	before, after           int
	indent, hanging, right  int
	spread                  int // the height of lines, in 240ths
	keep, together          bool
	outline                 int // 1 is the highest; 0 is none
	centred                 bool
	bar, shade, under, over string // the colours of a bar before it, of what is behind it, of lines
}

// paragraphStyles are the looks of paragraphs.
func paragraphStyles() []style {
	return []style{
		{id: "Normal", name: "Normal", after: 140, spread: 276},
		{id: "Title", name: "Title", based: "Normal", next: "Subtitle", sans: true, bold: true, size: 26, after: 160, spread: 252, keep: true},
		{id: "Eyebrow", name: "Eyebrow", based: "Normal", next: "Title", sans: true, size: 9.5, color: soft, after: 80, keep: true},
		{id: "Subtitle", name: "Subtitle", based: "Normal", next: "Normal", italic: true, size: 13, color: soft, after: 280},
		{id: "Notice", name: "Notice", based: "Normal", size: 10.5, bar: fair, shade: fairPanel, before: 120, after: 280, indent: 160, right: 160},
		{id: "Heading1", name: "heading 1", based: "Normal", next: "Normal", sans: true, bold: true, size: 17, before: 440, after: 140, spread: 252, keep: true, outline: 1},
		{id: "Heading2", name: "heading 2", based: "Normal", next: "Normal", sans: true, bold: true, size: 14, before: 320, after: 100, spread: 252, keep: true, outline: 2},
		{id: "Heading3", name: "heading 3", based: "Normal", next: "Normal", sans: true, bold: true, size: 12, before: 260, after: 80, spread: 252, keep: true, outline: 3},
		{id: "Heading4", name: "heading 4", based: "Normal", next: "Normal", sans: true, bold: true, size: 11, color: soft, before: 220, after: 60, keep: true, outline: 4},
		{id: "Heading5", name: "heading 5", based: "Normal", next: "Normal", sans: true, italic: true, size: 11, color: soft, before: 200, after: 60, keep: true, outline: 5},
		{id: "Finding", name: "Finding", based: "Normal", next: "FindingDetails", bold: true, size: 11.5, before: 280, after: 60, keep: true, together: true, outline: 3},
		{id: "FindingDetails", name: "Finding Details", based: "Normal", sans: true, size: 9.5, color: soft, after: 100, keep: true},
		{id: "Quote", name: "Quote", based: "Normal", bar: rule, indent: 360, before: 60, after: 20, size: 10.5},
		{id: "BlockText", name: "Block Text", based: "Normal", bar: rule, indent: 360, after: 140},
		{id: "QuoteSource", name: "Quote Source", based: "Normal", sans: true, size: 9, color: soft, bar: rule, indent: 360, after: 140},
		{id: "Disagreement", name: "Disagreement", based: "Normal", sans: true, bold: true, size: 10.5, before: 200, after: 80, keep: true},
		{id: "Note", name: "Note", based: "Normal", italic: true, size: 10, color: soft, after: 120},
		{id: "Caption", name: "caption", based: "Normal", sans: true, bold: true, size: 10, before: 240, after: 80, keep: true},
		{id: "Figure", name: "Figure", based: "Normal", after: 240, spread: 240, centred: true},
		{id: "ListBullet", name: "List Bullet", based: "Normal", after: 100},
		{id: "ListNumber", name: "List Number", based: "Normal", after: 100},
		{id: "ListContinue", name: "List Continue", based: "Normal", after: 100},
		{id: "Code", name: "Code", based: "Normal", mono: true, size: 9, shade: panel, spread: 250, before: 60, after: 180, indent: 120, right: 120},
		{id: "HorizontalLine", name: "Horizontal Line", based: "Normal", under: rule, size: 4, after: 240, spread: 240},
		{id: "TableText", name: "Table Text", based: "Normal", sans: true, size: 9.5, before: 40, after: 40, spread: 252},
		{id: "TableHeading", name: "Table Heading", based: "TableText", bold: true, size: 9.5, before: 40, after: 40, spread: 252},
		{id: "Spacer", name: "Spacer", based: "Normal", size: 4, after: 120, spread: 240},
		{id: "Reference", name: "Bibliography", based: "Normal", size: 10.5, after: 30, indent: 620, hanging: 620, together: true},
		{id: "ReferenceDetails", name: "Reference Details", based: "Normal", sans: true, size: 8.5, color: soft, after: 160, indent: 620, spread: 252},
		{id: "Header", name: "header", based: "Normal", sans: true, size: 8.5, color: soft, under: rule, spread: 240},
		{id: "Footer", name: "footer", based: "Normal", sans: true, size: 8.5, color: soft, spread: 240, centred: true},
		{id: "TOCHeading", name: "TOC Heading", based: "Normal", next: "Normal", sans: true, bold: true, size: 10, color: soft, before: 120, after: 100, keep: true, over: rule},
		{id: "TOC1", name: "toc 1", based: "Normal", next: "Normal", sans: true, size: 10.5, after: 50, spread: 252},
		{id: "TOC2", name: "toc 2", based: "Normal", next: "Normal", sans: true, size: 9.5, color: soft, after: 40, indent: 280, spread: 252},
	}
}

// characterStyles are the looks of text.
func characterStyles() []style {
	return []style{
		{id: "Hyperlink", name: "Hyperlink", color: accent, underline: true},
		// Marks of references are links, too, but a page full of lines is hard to read.
		{id: "Mark", name: "Mark", color: accent},
		{id: "CodeText", name: "Code Text", mono: true, size: 9.5},
		{id: "VerdictGood", name: "Verdict Good", sans: true, bold: true, color: good},
		{id: "VerdictFair", name: "Verdict Fair", sans: true, bold: true, color: fair},
		{id: "VerdictPoor", name: "Verdict Poor", sans: true, bold: true, color: poor},
		{id: "Warning", name: "Warning", sans: true, bold: true, color: poor},
		{id: "Number", name: "Number", sans: true, color: soft},
	}
}

// styles writes the styles of a document.
func styles(l layout, lang language) []byte {
	m := &markup{}
	m.declaration()
	m.open("w:styles", "xmlns:w", wordNamespace)
	m.open("w:docDefaults")
	m.open("w:rPrDefault")
	m.open("w:rPr")
	fonts(m, serif, complexSerif, lang.eastern)
	m.val("w:color", ink)
	m.val("w:sz", l.halfPoints(11))
	m.val("w:szCs", l.halfPoints(12))
	m.empty("w:lang", lang.attributes()...)
	m.close("w:rPr")
	m.close("w:rPrDefault")
	m.empty("w:pPrDefault")
	m.close("w:docDefaults")
	for _, s := range paragraphStyles() {
		s.xml(m, l, lang)
	}
	m.open("w:style", "w:type", "character", "w:default", "1", "w:styleId", "DefaultParagraphFont")
	m.val("w:name", "Default Paragraph Font")
	m.close("w:style")
	for _, s := range characterStyles() {
		s.character, s.based = true, "DefaultParagraphFont"
		s.xml(m, l, lang)
	}
	tableStyles(m)
	m.close("w:styles")
	return m.Bytes()
}

// xml writes one style. The order of elements is that of the schema.
func (s style) xml(m *markup, l layout, lang language) {
	kind := "paragraph"
	if s.character {
		kind = "character"
	}
	attributes := []string{"w:type", kind, "w:styleId", s.id}
	if s.based == "" {
		attributes = append(attributes, "w:default", "1")
	}
	m.open("w:style", attributes...)
	m.val("w:name", s.name)
	for _, other := range [][2]string{{"w:basedOn", s.based}, {"w:next", s.next}} {
		if other[1] != "" {
			m.val(other[0], other[1])
		}
	}
	m.empty("w:qFormat")
	if !s.character {
		s.paragraph(m, l, lang)
	}
	s.text(m, l, lang)
	m.close("w:style")
}

// paragraph writes how a paragraph stands.
func (s style) paragraph(m *markup, l layout, lang language) {
	m.open("w:pPr")
	flag(m, "w:keepNext", s.keep)
	flag(m, "w:keepLines", s.together)
	m.empty("w:widowControl")
	s.borders(m, lang)
	if s.shade != "" {
		m.empty("w:shd", "w:val", "clear", "w:color", "auto", "w:fill", s.shade)
	}
	if l.slides && s.outline == 1 {
		s.before = 0 // it is the first on its page
	}
	spacing := []string{"w:before", l.space(s.before), "w:after", l.space(s.after)}
	if s.spread > 0 {
		spacing = append(spacing, "w:line", itoa(s.spread), "w:lineRule", "auto")
	}
	m.empty("w:spacing", spacing...)
	if s.indent > 0 {
		m.empty("w:ind", "w:left", l.space(s.indent), "w:right", l.space(s.right), "w:hanging", l.space(s.hanging))
	}
	if s.centred {
		m.val("w:jc", "center")
	}
	if s.outline > 0 {
		m.val("w:outlineLvl", itoa(s.outline-1))
	}
	m.close("w:pPr")
}

// borders writes lines around a paragraph. The bar stands where lines of text begin.
func (s style) borders(m *markup, lang language) {
	type border struct{ name, color, size, space string }
	top, bottom := border{"w:top", s.over, "4", "8"}, border{"w:bottom", s.under, "4", "4"}
	left, right := border{"w:left", s.bar, "18", "8"}, border{"w:right", "", "18", "8"}
	if s.shade != "" {
		// What is behind the text reaches as far as the borders do.
		top, bottom = border{"w:top", s.shade, "4", "5"}, border{"w:bottom", s.shade, "4", "5"}
		left.color, right.color = cmp.Or(s.bar, s.shade), s.shade
	}
	if lang.rtl {
		left.color, right.color = right.color, left.color
	}
	if top.color+bottom.color+left.color+right.color == "" {
		return
	}
	m.open("w:pBdr")
	for _, b := range []border{top, left, bottom, right} {
		if b.color != "" {
			m.empty(b.name, "w:val", "single", "w:sz", b.size, "w:space", b.space, "w:color", b.color)
		}
	}
	m.close("w:pBdr")
}

// text writes what type is like. Scripts such as Arabic are set a point larger: their
// letters are smaller in the same size. They are not slanted, nor are those of East Asia:
// that is nothing they know.
func (s style) text(m *markup, l layout, lang language) {
	m.open("w:rPr")
	switch {
	case s.mono:
		fonts(m, mono, "Courier New", lang.eastern)
	case s.sans:
		fonts(m, sans, complexSans, lang.eastern)
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"w:b", s.bold}, {"w:bCs", s.bold}, {"w:i", s.italic && !lang.cjk}} {
		flag(m, f.name, f.on)
	}
	if s.color != "" {
		m.val("w:color", s.color)
	}
	if s.size > 0 {
		m.val("w:sz", l.halfPoints(s.size))
		m.val("w:szCs", l.halfPoints(s.size+1))
	}
	if s.underline {
		m.val("w:u", "single")
	}
	m.close("w:rPr")
}

func flag(m *markup, name string, on bool) {
	if on {
		m.empty(name)
	}
}

func fonts(m *markup, latin, complexScript, eastern string) {
	m.empty("w:rFonts", "w:ascii", latin, "w:hAnsi", latin, "w:eastAsia", eastern, "w:cs", complexScript)
}
