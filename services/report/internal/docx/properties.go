package docx

import (
	"time"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

const program = "Researcher Pro"

// core says what the document is: what file managers and search show.
func core(doc *reportv1.Document) []byte {
	m := &markup{}
	m.declaration()
	m.open("cp:coreProperties",
		"xmlns:cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
		"xmlns:dc", "http://purl.org/dc/elements/1.1/", "xmlns:dcterms", "http://purl.org/dc/terms/",
		"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
	m.element("dc:title", line(doc.GetTitle()))
	m.element("dc:subject", line(doc.GetQuestion()))
	m.element("dc:creator", program)
	if tag := languageOf(doc.GetLanguage()).tag; tag != "" {
		m.element("dc:language", tag)
	}
	if end := doc.GetProvenance().GetEndTime(); end.IsValid() {
		at := end.AsTime().UTC().Truncate(time.Second).Format(time.RFC3339)
		m.element("dcterms:created", at, "xsi:type", "dcterms:W3CDTF")
		m.element("dcterms:modified", at, "xsi:type", "dcterms:W3CDTF")
	}
	m.close("cp:coreProperties")
	return m.Bytes()
}

// app says what wrote it.
func app() []byte {
	m := &markup{}
	m.declaration()
	m.open("Properties", "xmlns", "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties")
	m.element("Application", program)
	m.close("Properties")
	return m.Bytes()
}

// settings says how the document is to be treated: as Word of today does, not as the
// old ones whose layout differs.
func settings(l language) []byte {
	m := &markup{}
	m.declaration()
	m.open("w:settings", "xmlns:w", wordNamespace)
	m.empty("w:zoom", "w:percent", "100")
	m.val("w:defaultTabStop", "720")
	m.val("w:characterSpacingControl", "doNotCompress")
	m.open("w:compat")
	for _, s := range [][2]string{
		{"compatibilityMode", "15"}, {"overrideTableStyleFontSizeAndJustification", "1"}, {"enableOpenTypeFeatures", "1"}, {"doNotFlipMirrorIndents", "1"},
	} {
		m.empty("w:compatSetting", "w:name", s[0], "w:uri", "http://schemas.microsoft.com/office/word", "w:val", s[1])
	}
	m.close("w:compat")
	m.empty("w:themeFontLang", l.attributes()...)
	m.val("w:decimalSymbol", ".")
	m.val("w:listSeparator", ",")
	m.close("w:settings")
	return m.Bytes()
}
