package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The library of a test: what four files of four kinds say on one subject.
const (
	question = "How does a heat pump work in cold weather?"

	markdownFile = `# Heat pumps in winter

A heat pump moves heat from the cold air outside into the house. In cold weather the efficiency of
a heat pump falls, because the air outside holds **less** heat.

## Defrosting

Below five degrees, ice forms on the outdoor coil of a heat pump. In cold weather a heat pump therefore
works in reverse for some minutes, and thaws its coil.
`
	textFile = "Heat pumps and the grid\n\nA heat pump in cold weather uses more electricity than on a mild day. " +
		"Tests in 2021 found that a heat pump still delivered two units of heat for each unit of electricity at minus ten degrees — “enough”.\n"

	htmlFile = `<!DOCTYPE html><html><head><title>Sizing</title><script>alert("no text")</script></head><body>
<h1>Sizing a heat pump</h1><p>A heat pump that is sized for the coldest night works at part load in the rest of the winter.
In cold weather a small electric heater helps a heat pump &amp; keeps the rooms warm.</p></body></html>`
)

// pdfLines are the lines of the PDF file.
var pdfLines = []string{
	"Heat pumps of the cold north", "",
	"In cold weather a heat pump with two stages works better", "than a heat pump with one stage.",
}

// pdfFile makes a PDF file of one page, after ISO 32000-1, annex H.3.
func pdfFile(lines ...string) []byte {
	var page strings.Builder
	page.WriteString("BT /F1 12 Tf 72 720 Td 16 TL\n")
	for _, line := range lines {
		fmt.Fprintf(&page, "(%s) Tj T*\n", line)
	}
	page.WriteString("ET")
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 1/Kids[4 0 R]>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 5 0 R>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", page.Len(), page.String()),
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes()
}

// zipBomb makes a small DOCX file whose text is size bytes when unpacked.
func zipBomb(t *testing.T, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for name, content := range map[string]io.Reader{
		"[Content_Types].xml": strings.NewReader(`<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`),
		"word/document.xml": io.LimitReader(endless{}, size),
	} {
		part, err := archive.Create(name)
		require.NoError(t, err)
		_, err = io.Copy(part, content)
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.Less(t, int64(out.Len()), size/100, "it has to be a bomb")
	return out.Bytes()
}

// endless is a reader of one letter without end.
type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
