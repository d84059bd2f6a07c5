package docx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/docx"
)

// tableOf returns a table whose every cell says where it is.
func tableOf(rows, columns int) *reportv1.Block {
	table := &reportv1.Table{}
	for c := range columns {
		align := reportv1.Table_Align(c % 3)
		table.Columns = append(table.Columns, &reportv1.Table_Column{Heading: inline(fmt.Sprintf("Column %d", c+1)), Align: align})
	}
	for r := range rows {
		row := &reportv1.Table_Row{}
		for c := range columns {
			row.Cells = append(row.Cells, &reportv1.Table_Cell{Heading: c == 0, Text: inline(fmt.Sprintf("r%d c%d %s", r+1, c+1, strings.Repeat("more ", (r+c)%4)))})
		}
		table.Rows = append(table.Rows, row)
	}
	return &reportv1.Block{Kind: &reportv1.Block_Table{Table: table}}
}

// big returns a document of 30,000 words with 500 references, a table of 200 rows and 12
// columns, and a title of 400 characters.
func big() *reportv1.Document {
	doc := &reportv1.Document{Title: strings.TrimSpace(strings.Repeat("A title that does not end ", 16))[:400], Language: "en"}
	add := func(heading string, blocks ...*reportv1.Block) {
		anchor := fmt.Sprintf("section-%d", len(doc.GetSections())+1)
		doc.Sections = append(doc.Sections, &reportv1.Section{Anchor: anchor, Heading: inline(heading), Blocks: blocks})
	}
	for s := range 30 {
		var blocks []*reportv1.Block
		for p := range 10 {
			n := s*10 + p
			marks := &reportv1.Citation{Opening: "[", Closing: "]", Separator: ", "}
			for i := range 2 {
				number := (n*2+i)%500 + 1
				marks.Marks = append(marks.Marks, &reportv1.Citation_Mark{Anchor: fmt.Sprintf("source-%d", number), Label: fmt.Sprint(number)})
			}
			words := inline(fmt.Sprintf("Paragraph %d. ", n) + strings.TrimSpace(strings.Repeat("Words of a report. ", 25)))
			blocks = append(blocks, &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{
				Text: append(words, &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: marks}}),
			}}})
		}
		add(fmt.Sprintf("Section %d", s+1), blocks...)
	}
	add("A table", tableOf(200, 12))
	for n := range 500 {
		doc.References = append(doc.References, &reportv1.Reference{
			Anchor: fmt.Sprintf("source-%d", n+1), Label: fmt.Sprintf("[%d]", n+1), Text: inline(fmt.Sprintf("Author %d, Title %d, 2021.", n+1, n+1)),
			Work: &reportv1.Work{Url: fmt.Sprintf("https://example.org/%d", n+1)},
		})
	}
	add("Sources", &reportv1.Block{Kind: &reportv1.Block_ReferenceList{}})
	return doc
}

func TestABigReportIsWhole(t *testing.T) {
	t.Parallel()
	doc := big()
	f := render(t, doc)
	require.Len(t, f.of("Title")[0], 400)
	require.Greater(t, len(strings.Fields(strings.Join(f.paragraphs, " "))), 30000)
	require.Len(t, f.of("Normal"), 300)
	require.Len(t, f.of("Reference"), 500)
	require.Contains(t, f.of("Reference")[499], "[500]\tAuthor 500, Title 500, 2021. https://example.org/500")
	require.Len(t, f.links, 500)
	require.Equal(t, 1, f.count["tbl"])
	require.Equal(t, 201, f.count["tr"])
	require.Equal(t, 201*12, f.count["tc"])
	require.Equal(t, 1, f.count["tblHeader"])
	require.Len(t, f.of("TableText"), 200*11)
	require.Contains(t, f.of("TableText"), "r200 c12 "+strings.Repeat("more ", (199+11)%4))
}

func TestAWideTableStandsOnPagesInLandscapeWithItsHeading(t *testing.T) {
	t.Parallel()
	doc := &reportv1.Document{Title: "Title", Sections: []*reportv1.Section{
		{Blocks: []*reportv1.Block{text("Before.")}},
		{Heading: inline("Wide"), Blocks: []*reportv1.Block{tableOf(2, 9), text("After.")}},
		{Heading: inline("Narrow"), Blocks: []*reportv1.Block{tableOf(2, 3)}},
	}}
	body := string(render(t, doc).parts["word/document.xml"])
	order := []string{"Before.", `w:w="11906" w:h="16838"/>`, ">Wide<", "Column 9", `w:w="16838" w:h="11906" w:orient="landscape"`, "After.", ">Narrow<", `w:w="11906" w:h="16838"/>`}
	for _, what := range order {
		at := strings.Index(body, what)
		require.GreaterOrEqual(t, at, 0, "%s is not where it should be", what)
		body = body[at+len(what):]
	}
	require.Equal(t, 1, strings.Count(string(render(t, doc).parts["word/document.xml"]), "<w:titlePg/>"), "only the first page is a first page")
}

func TestATableOfMoreColumnsThanFitIsWrittenInSeveral(t *testing.T) {
	t.Parallel()
	f := render(t, documentOf(tableOf(3, 70)))
	require.Equal(t, 7, f.count["tbl"], "12 columns, and then 11 new ones in each")
	for c := 1; c <= 70; c++ {
		require.Contains(t, f.of("TableHeading"), fmt.Sprintf("Column %d", c))
	}
	for c := 2; c <= 70; c++ {
		require.Contains(t, f.of("TableText"), fmt.Sprintf("r3 c%d %s", c, strings.Repeat("more ", (2+c-1)%4)))
	}
}

func TestARowOfTooManyCellsKeepsThem(t *testing.T) {
	t.Parallel()
	block := tableOf(2, 2)
	block.GetTable().Rows[1].Cells = append(block.GetTable().GetRows()[1].GetCells(), &reportv1.Table_Cell{Text: inline("one more")})
	require.Contains(t, render(t, documentOf(block)).of("TableText"), "one more")
}

func BenchmarkRender(b *testing.B) {
	doc := big()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := docx.Render(doc); err != nil {
			b.Fatal(err)
		}
	}
}
