package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// TestExtract_OutsideIsNamed reads files that take something from outside.
func TestExtract_OutsideIsNamed(t *testing.T) {
	t.Parallel()
	rels := func(kind, target string) map[string]string {
		return map[string]string{"_rels/settings.xml.rels": `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` +
			kind + `" Target="` + target + `" TargetMode="External"/></Relationships>`}
	}
	tests := map[string]struct {
		parts map[string]string
		want  string
	}{
		"a template on the web":           {rels("attachedTemplate", "https://a.example/t.dotx"), "text\n\nTaken from outside the file:\nattachedTemplate: https://a.example/t.dotx"},
		"a linked document":               {rels("subDocument", "chapter.docx"), "text\n\nTaken from outside the file:\nsubDocument: chapter.docx"},
		"the template of this computer":   {rels("attachedTemplate", "file:///C:/Normal.dotm"), "text"},
		"links to follow are no contents": {rels("hyperlink", "https://a.example"), "text"},
		"damaged references are none":     {map[string]string{"_rels/settings.xml.rels": "<Relationships"}, "text"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.docx", wordWith(t, para("text"), tc.parts))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
		})
	}
}

// TestExtract_XLSXOutside reads a workbook with a cell that another program fills.
func TestExtract_XLSXOutside(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	require.NoError(t, book.SetSheetRow("Sheet1", "A1", &[]any{"rate", 7}))
	book.Pkg.Store("xl/externalLinks/externalLink1.xml", []byte(`<externalLink xmlns="x"><ddeLink ddeService="rates" ddeTopic="daily  EUR"/></externalLink>`))
	buf, err := book.WriteToBuffer()
	require.NoError(t, err)
	doc, err := read(t, "a.xlsx", buf.Bytes())
	require.NoError(t, err)
	require.Equal(t, "Sheet1\n\n| rate | 7 |\n\nTaken from outside the file:\nddeLink: rates|daily EUR", doc.Text)
}

// TestExtract_XLSXWordsBeforeThePoint reads numbers whose formats hold words.
func TestExtract_XLSXWordsBeforeThePoint(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	for cell, format := range map[string]string{"A1": `0\ "marks and"\ .00\ "pence"`, "B1": `0.0\ "m"`} {
		style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
		require.NoError(t, err)
		require.NoError(t, book.SetCellStyle("Sheet1", cell, cell, style))
	}
	require.NoError(t, book.SetSheetRow("Sheet1", "A1", &[]any{7.25, 7.25}))
	buf, err := book.WriteToBuffer()
	require.NoError(t, err)
	doc, err := read(t, "a.xlsx", buf.Bytes())
	require.NoError(t, err)
	require.Contains(t, doc.Text, "| 7 marks and .25 pence | 7.3 m |")
}

// TestExtract_PDFChanged reads a file that was changed after it was written: its
// last version counts, and not what a picture says of itself.
func TestExtract_PDFChanged(t *testing.T) {
	t.Parallel()
	packet := func(format, title string) string {
		return `<x:xmpmeta xmlns:x="x"><rdf:RDF xmlns:rdf="r" xmlns:dc="d"><rdf:Description><dc:format>` + format + `</dc:format><dc:title>` + title + `</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>`
	}
	tests := map[string]struct{ xmp, want string }{
		"the last version":       {packet("application/pdf", "Draft one") + packet("application/pdf", "Final one"), "Final one"},
		"not a picture after it": {packet("application/pdf", "Final one") + packet("image/jpeg", "My dog"), "Final one"},
		"nor one before it":      {packet("image/jpeg", "My dog") + packet("application/pdf", "Final one"), "Final one"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := readDrawn(t, pdfParts{xmp: tc.xmp}, drawn("F1", 11, 72, 700, "The text."))
			require.Equal(t, tc.want, doc.Title)
		})
	}
}

// TestExtract_FrontMatterDates reads dates as people write them.
func TestExtract_FrontMatterDates(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{"2021-05-17": "2021-05-17", "May 17, 2021": "2021-05-17", "1850": "1850", "05/06/2021": "", "yesterday": ""} {
		doc, err := read(t, "a.md", []byte("---\ntitle: Of bridges\ndate: "+written+"\ndoi: https://doi.org/10.1000/X\n---\ntext"))
		require.NoError(t, err)
		require.Equal(t, extract.Document{Title: "Of bridges", Published: want, Identifiers: map[string]string{"doi": "10.1000/x"}, Text: "text", MediaType: "text/markdown"}, doc, written)
	}
}
