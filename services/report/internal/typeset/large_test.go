package typeset_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// TestLargeReportsComeOutWhole makes what is larger than people make it.
func TestLargeReportsComeOutWhole(t *testing.T) {
	t.Parallel()
	words := func(n int, prefix string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s%d ", prefix, i)
		}
		return b.String()
	}
	cases := map[string]*reportv1.Document{
		"a table of 200 rows and 12 columns": document(wide(200, 12)),
		"a table of 40 columns":              document(wide(5, 40)),
		"a cell that is longer than a page":  document(tableOf([]string{"a", "b"}, []string{"x", words(3000, "cell")})),
		"a title of 400 characters":          {Title: strings.Repeat("Depth of lakes ", 27)[:400]},
		"a title of ten pages":               {Title: words(3000, "title")},
		"a report of 30,000 words":           document(paragraph(text(words(15000, "a"))), paragraph(text(words(15000, "b")))),
		"a word of 20,000 letters":           document(paragraph(text(strings.Repeat("abcdefghij", 2000)))),
		"500 references":                     referencesOf(500),
		"lists inside 40 lists":              document(nested(40)),
		"a code block of 400 lines":          document(&reportv1.Block{Kind: &reportv1.Block_CodeBlock{CodeBlock: &reportv1.CodeBlock{Text: strings.Repeat("for {\n\tselect {}\n}\n\n", 100)}}}),
		"nothing":                            {},
	}
	for name, doc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, layout := range []reportv1.Document_Layout{reportv1.Document_PAGES, reportv1.Document_SLIDES} {
				doc.Layout = layout
				pdf, err := typeset.Render(doc)
				require.NoError(t, err)
				sound(t, pdf)
				got := bare(pdftest.Read(t, pdf).Text())
				for _, want := range documenttest.Readable(doc) {
					require.Contains(t, got, bare(want))
				}
			}
		})
	}
}

// TestTextOfAMegabyteComesOut renders one paragraph of a million letters, and smaller
// ones that are harder.
func TestTextOfAMegabyteComesOut(t *testing.T) {
	t.Parallel()
	for name, text1 := range map[string]string{
		"words": strings.Repeat("lorem ipsum ", 1<<20/12), "one word": strings.Repeat("a", 1<<16), "no words": strings.Repeat("\x00", 1<<16),
		"marks on a letter": "a" + strings.Repeat("\u0301", 1<<14), "turns": strings.Repeat("\u202e", 1<<18),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pdf, err := typeset.Render(document(paragraph(text(text1))))
			require.NoError(t, err)
			got := pdftest.Read(t, pdf).Text()
			require.Contains(t, bare(got), bare(text1))
		})
	}
}

// TestTheSameDocumentIsTheSameFile renders at once what must not differ.
func TestTheSameDocumentIsTheSameFile(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	want, err := typeset.Render(doc)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			got, err := typeset.Render(doc)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
		})
	}
	all.Wait()
}

// document makes a document with one section.
func document(blocks ...*reportv1.Block) *reportv1.Document {
	return &reportv1.Document{Title: "Lakes", Language: "en", Sections: []*reportv1.Section{{
		Anchor: "section-1", Heading: []*reportv1.Inline{text("Depth")}, Blocks: blocks,
	}}}
}

// wide makes a table.
func wide(rows, columns int) *reportv1.Block {
	heads := make([]string, columns)
	for i := range heads {
		heads[i] = fmt.Sprintf("Column %d", i)
	}
	var cells [][]string
	for r := range rows {
		row := make([]string, columns)
		for c := range row {
			row[c] = fmt.Sprintf("row %d in column %d", r, c)
		}
		cells = append(cells, row)
	}
	return tableOf(heads, cells...)
}

func tableOf(heads []string, rows ...[]string) *reportv1.Block {
	table := &reportv1.Table{}
	for _, head := range heads {
		table.Columns = append(table.Columns, &reportv1.Table_Column{Heading: []*reportv1.Inline{text(head)}})
	}
	for _, row := range rows {
		r := &reportv1.Table_Row{}
		for i, cell := range row {
			r.Cells = append(r.Cells, &reportv1.Table_Cell{Text: []*reportv1.Inline{text(cell)}, Heading: i == 0})
		}
		table.Rows = append(table.Rows, r)
	}
	return &reportv1.Block{Kind: &reportv1.Block_Table{Table: table}}
}

// referencesOf makes a document that lists sources.
func referencesOf(n int) *reportv1.Document {
	doc := document(&reportv1.Block{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}})
	for i := range n {
		doc.References = append(doc.References, &reportv1.Reference{
			Anchor: fmt.Sprintf("source-%d", i), Label: fmt.Sprintf("[%d]", i), Text: []*reportv1.Inline{text(fmt.Sprintf("Source number %d.", i))},
		})
	}
	return doc
}

// nested makes lists inside each other.
func nested(depth int) *reportv1.Block {
	inner := paragraph(text(fmt.Sprintf("This is depth %d.", depth)))
	item := &reportv1.List_Item{Blocks: []*reportv1.Block{inner}}
	if depth > 1 {
		item.Blocks = append(item.Blocks, nested(depth-1))
	}
	return &reportv1.Block{Kind: &reportv1.Block_List{List: &reportv1.List{Items: []*reportv1.List_Item{item}}}}
}

// sound has a file checked by a program that is not ours, where it is installed.
func sound(t testing.TB, pdf []byte) {
	t.Helper()
	program, err := exec.LookPath("qpdf")
	if err != nil {
		t.Log("qpdf is not installed: nothing else checks the file")
		return
	}
	name := filepath.Join(t.TempDir(), "report.pdf")
	require.NoError(t, os.WriteFile(name, pdf, 0o600))
	out, err := exec.CommandContext(t.Context(), program, "--check", name).CombinedOutput()
	require.NoError(t, err, string(out))
}
