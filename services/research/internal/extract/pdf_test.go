package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// pdfFile makes a PDF file whose pages hold the given lines.
func pdfFile(title string, pages ...[]string) []byte {
	contents := make([]string, len(pages))
	for i, lines := range pages {
		var s strings.Builder
		s.WriteString("BT /F1 11 Tf 72 760 Td 14 TL\n")
		for _, line := range lines {
			fmt.Fprintf(&s, "(%s) Tj T*\n", strings.NewReplacer("(", `\(`, ")", `\)`).Replace(line))
		}
		s.WriteString("ET")
		contents[i] = s.String()
	}
	return pdfDrawn(pdfParts{info: "/Title(" + title + ")"}, contents...)
}

// pdfParts are what a PDF file has beside the text of its pages.
type pdfParts struct {
	info    string   // of the information dictionary
	catalog string   // further entries of the catalog
	page    string   // further entries of each page
	objects []string // numbered from 5 on behind the pages: see pdfDrawn
	xmp     string
}

// pdfDrawn makes a PDF file out of pages' contents, with Helvetica as /F1 and its
// bold as /F2. The further objects come before the pages: the first is 5 0 R.
func pdfDrawn(parts pdfParts, contents ...string) []byte {
	first := 5 + len(parts.objects)
	var kids, pages []string
	for i, content := range contents {
		kids = append(kids, fmt.Sprintf("%d 0 R", first+2*i))
		pages = append(pages,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>/Contents %d 0 R%s>>", first+2*i+1, parts.page),
			fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content))
	}
	objects := append([]string{
		"<</Type/Catalog/Pages 2 0 R" + parts.catalog + ">>",
		fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(contents), strings.Join(kids, " ")),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>",
	}, append(parts.objects, pages...)...)
	objects = append(objects, "<<"+parts.info+">>")
	if parts.xmp != "" {
		objects = append(objects[:len(objects)-1], fmt.Sprintf("<</Type/Metadata/Length %d>>\nstream\n%s\nendstream", len(parts.xmp), parts.xmp), objects[len(objects)-1])
	}

	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, object := range objects {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, len(objects), xref)
	return out.Bytes()
}

func TestExtract_PDF(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		title string
		pages [][]string
		want  string
	}{
		"wrapped lines are joined": {"", [][]string{{
			"The committee found that the bridge had been built", "of poor steel, and it said so in the plainest words.",
		}}, "The committee found that the bridge had been built of poor steel, and it said so in the plainest words."},
		"parted words are joined": {"", [][]string{{
			"The committee found that the bridge had been con-", "structed of poor steel by the well-known and well-", "known builder of many other bridges in that region.",
		}}, "The committee found that the bridge had been constructed of poor steel by the well-known and well-known builder of many other bridges in that region."},
		"a short line ends a paragraph": {"", [][]string{{
			"The committee found that the bridge had been built", "of poor steel.", "Nobody had expected that it would say so this early.",
		}}, "The committee found that the bridge had been built of poor steel.\n\nNobody had expected that it would say so this early."},
		"headings stand alone": {"", [][]string{{
			"Abstract", "The committee found that the bridge had been built", "of poor steel and wood.", "2.1 Methods used", "Nobody had expected that it would say so this early.",
		}}, "Abstract\n\nThe committee found that the bridge had been built of poor steel and wood.\n\n2.1 Methods used\n\nNobody had expected that it would say so this early."},
		"list items stand alone": {"", [][]string{{
			"The bridge was built of the following materials here:", "1. steel of poor quality, as has now been found out", "2. wood",
		}}, "The bridge was built of the following materials here:\n\n1. steel of poor quality, as has now been found out\n\n2. wood"},
		"a sentence goes on on the next page": {"", [][]string{
			{"The committee found that the bridge had been built"}, {"of poor steel, and it said so in the plainest words."},
		}, "The committee found that the bridge had been built of poor steel, and it said so in the plainest words."},
		"headers and footers go": {"", [][]string{
			{"Journal of Bridges 1", "The first page says this.", "Page 1"},
			{"Journal of Bridges 2", "The second page says that.", "Page 2"},
			{"Journal of Bridges 3", "The third page says nothing.", "Page 3"},
		}, "The first page says this.\n\nThe second page says that.\n\nThe third page says nothing."},
	}
	e := reader(t, extract.Limits{})
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := e.Extract(t.Context(), extract.Input{Name: "bridge.pdf", Data: pdfFile(tc.title, tc.pages...)})
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			require.Equal(t, "application/pdf", doc.MediaType)
			require.Len(t, doc.Pages, len(tc.pages))
			checkDocument(t, doc)
		})
	}
}

func TestExtract_PDFPagesAndTitle(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.pdf", pdfFile("Of bridges", []string{"The first page is here."}, nil, []string{"The third page is here."}))
	require.NoError(t, err)
	require.Equal(t, "Of bridges", doc.Title)
	var pages []string
	for _, p := range doc.Pages {
		pages = append(pages, doc.Text[p.Start:p.End])
	}
	require.Equal(t, "The first page is here.", pages[0])
	require.Empty(t, pages[1])
	require.Contains(t, pages[2], "The third page is here.")

	doc, err = read(t, "bridges.pdf", pdfFile("Microsoft Word - b.doc", []string{"Text."}))
	require.NoError(t, err)
	require.Equal(t, "bridges", doc.Title, "a program's file name is no title")
}

func TestExtract_PDFLimits(t *testing.T) {
	t.Parallel()
	limits := extract.DefaultLimits()
	limits.Pages = 2
	e := reader(t, limits)
	line := []string{"Text."}
	_, err := e.Extract(t.Context(), extract.Input{Data: pdfFile("", line, line, line)})
	require.Contains(t, requireReason(t, err, extract.TooLarge).Message, "3 pages; at most 2")

	_, err = e.Extract(t.Context(), extract.Input{Data: pdfFile("", nil)})
	require.Contains(t, requireReason(t, err, extract.Empty).Message, "scanned")
}

func TestExtract_PDFIsInterruptedAndTheEngineGoesOn(t *testing.T) {
	t.Parallel()
	e := reader(t, extract.Limits{})
	_, err := e.Extract(t.Context(), extract.Input{Data: pdfFile("", []string{"Warm."})})
	require.NoError(t, err)

	long := make([][]string, 1500)
	for i := range long {
		for range 50 {
			long[i] = append(long[i], "A line of a page that nobody will ever read to its end.")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = e.Extract(ctx, extract.Input{Data: pdfFile("", long...)})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	var own *extract.Error
	require.NotErrorAs(t, err, &own, "the caller's time was over, not the file's")

	doc, err := e.Extract(t.Context(), extract.Input{Data: pdfFile("", []string{"Still alive."})})
	require.NoError(t, err)
	require.Equal(t, "Still alive.", doc.Text)
}
