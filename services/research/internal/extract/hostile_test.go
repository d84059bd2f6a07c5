package extract_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

// workbook makes a workbook of one sheet, written piece by piece.
func workbook(t *testing.T, sheet, strs func(io.Writer)) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, part := range []struct {
		name  string
		write func(io.Writer)
	}{
		{"[Content_Types].xml", text(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`)},
		{"xl/workbook.xml", text(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`)},
		{"xl/_rels/workbook.xml.rels", text(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + relation("rId1", "worksheet", "worksheets/sheet1.xml") + relation("rId2", "sharedStrings", "sharedStrings.xml") + `</Relationships>`)},
		{"xl/worksheets/sheet1.xml", sheet},
		{"xl/sharedStrings.xml", strs},
	} {
		f, err := w.Create(part.name)
		require.NoError(t, err)
		part.write(f)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// text returns what writes s.
func text(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }

// repeated returns what writes a head, n times a body, and an end.
func repeated(head, body string, n int, end string) func(io.Writer) {
	return func(w io.Writer) {
		_, _ = io.WriteString(w, head)
		block := strings.Repeat(body, 1000)
		for range n / 1000 {
			_, _ = io.WriteString(w, block)
		}
		_, _ = io.WriteString(w, end)
	}
}

// TestHostile reads files that are made to cost as much as they can, each in a
// child process that may have 448 MiB: none takes 20 seconds, and each ends with
// a text or with a reason.
func TestHostile(t *testing.T) {
	t.Parallel()
	if !sandbox.LimitsMemory {
		t.Skip("memory is not limited here")
	}
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	sheetHead, sheetEnd := `<worksheet `+main+`><sheetData>`, `</sheetData></worksheet>`
	strs := text(`<sst ` + main + `><si><t>x</t></si></sst>`)
	files := map[string][]byte{
		"rows.xlsx":    workbook(t, repeated(sheetHead, `<row><c t="s"><v>0</v></c></row>`, 3_000_000, sheetEnd), strs),
		"wide.xlsx":    workbook(t, repeated(sheetHead, `<row><c r="XFD1"><v>1</v></c></row>`, 200_000, sheetEnd), strs),
		"strings.xlsx": workbook(t, text(sheetHead+`<row><c t="s"><v>0</v></c></row>`+sheetEnd), repeated(`<sst `+main+`>`, `<si><t>abcdefgh</t></si>`, 4_000_000, `</sst>`)),
		"deep.docx":    word(t, strings.Repeat(`<w:tbl><w:tr><w:tc>`, 300_000)),
		"wide.docx":    word(t, `<w:tbl><w:tr>`+strings.Repeat(`<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>`, 500_000)+`</w:tr></w:tbl>`),
		"laughs.docx":  pack(t, map[string]string{"word/document.xml": `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;</d>`}),
		"attrs.odt":    odt(t, "", `<text:p `+strings.Repeat(`a="b" `, 2_000_000)+`>x</text:p>`, nil),
		"repeat.ods":   odt(t, "", strings.Repeat(`<table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"><text:p>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</text:p></table:table-cell></table:table-row></table:table>`, 100), nil),
		"deep.rtf":     []byte(`{\rtf1 ` + strings.Repeat(`{\b `, 5_000_000)),
		"notes.rtf":    []byte(`{\rtf1 ` + strings.Repeat(`{\footnote `, 4000) + strings.Repeat("a", 10<<20)),
		"deep.json":    []byte(strings.Repeat(`[`, 40<<20)),
		"flat.json":    []byte(`[` + strings.Repeat(`{"a":1},`, 5<<20) + `1]`),
		"quote.csv":    []byte(`"` + strings.Repeat("a,b\n", 10<<20)),
		"cells.csv":    []byte(strings.Repeat(strings.Repeat(",", 1<<20)+"\n", 40)),
		"list.md":      []byte(strings.Repeat("> ", 1<<20)),
		"brackets.md":  []byte(strings.Repeat("[", 1<<20)),
		"stars.md":     []byte(strings.Repeat("*a_", 1<<20)),
		"pages.pdf":    pdfFile("", make([][]string, 1999)...),
	}
	e := sandboxed(t, extract.Limits{})
	for name, data := range files {
		begun := time.Now()
		doc, err := e.Extract(t.Context(), extract.Input{Name: name, Data: data})
		spent := time.Since(begun)
		require.Less(t, spent, patience(), name)
		outcome := fmt.Sprintf("%d bytes of text", len(doc.Text))
		if err != nil {
			var own *extract.Error
			require.ErrorAs(t, err, &own, name)
			require.NotContains(t, own.Error(), "panicked", name)
			outcome = own.Reason + ": " + own.Message
		}
		t.Logf("%-13s %9d bytes %6.2f s  %s", name, len(data), spent.Seconds(), outcome)
	}
}
