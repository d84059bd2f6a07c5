package docx

// tableStyles writes the looks of tables: that of data, with lines between rows and a
// head set off, and that of names with values, without lines.
func tableStyles(m *markup) {
	m.open("w:style", "w:type", "table", "w:default", "1", "w:styleId", "TableNormal")
	m.val("w:name", "Normal Table")
	m.open("w:tblPr")
	m.empty("w:tblInd", "w:w", "0", "w:type", "dxa")
	m.close("w:tblPr")
	m.close("w:style")

	m.open("w:style", "w:type", "table", "w:styleId", "ReportTable")
	m.val("w:name", "Report Table")
	m.val("w:basedOn", "TableNormal")
	m.open("w:tblPr")
	m.open("w:tblBorders")
	for _, edge := range []string{"w:top", "w:bottom"} {
		m.empty(edge, "w:val", "single", "w:sz", "8", "w:space", "0", "w:color", soft)
	}
	m.empty("w:insideH", "w:val", "single", "w:sz", "4", "w:space", "0", "w:color", rule)
	m.close("w:tblBorders")
	cellMargins(m, 90, 90)
	m.close("w:tblPr")
	m.open("w:tblStylePr", "w:type", "firstRow")
	m.open("w:tcPr")
	m.open("w:tcBorders")
	m.empty("w:bottom", "w:val", "single", "w:sz", "8", "w:space", "0", "w:color", soft)
	m.close("w:tcBorders")
	m.empty("w:shd", "w:val", "clear", "w:color", "auto", "w:fill", panel)
	m.close("w:tcPr")
	m.close("w:tblStylePr")
	m.close("w:style")

	m.open("w:style", "w:type", "table", "w:styleId", "FactTable")
	m.val("w:name", "Fact Table")
	m.val("w:basedOn", "TableNormal")
	m.open("w:tblPr")
	cellMargins(m, 0, 120)
	m.close("w:tblPr")
	m.close("w:style")
}

func cellMargins(m *markup, left, right int) {
	m.open("w:tblCellMar")
	m.empty("w:left", "w:w", itoa(left), "w:type", "dxa")
	m.empty("w:right", "w:w", itoa(right), "w:type", "dxa")
	m.close("w:tblCellMar")
}

// fontTable says what may stand in for fonts that a reader does not have.
func fontTable(l language) []byte {
	m := &markup{}
	m.declaration()
	m.open("w:fonts", "xmlns:w", wordNamespace)
	for _, f := range [][2]string{
		{serif, "roman"}, {sans, "swiss"}, {mono, "modern"}, {complexSerif, "roman"}, {complexSans, "swiss"}, {l.eastern, "swiss"},
	} {
		m.open("w:font", "w:name", f[0])
		m.val("w:family", f[1])
		m.close("w:font")
	}
	m.close("w:fonts")
	return m.Bytes()
}
