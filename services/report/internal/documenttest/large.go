package documenttest

import (
	"fmt"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Large returns a document with a title of 400 characters, a table of 200 rows and 12
// columns, 30,000 words, 500 references and text from right to left.
func Large() *reportv1.Document {
	const columns, rows, findings, references = 12, 200, 500, 500
	doc := &reportv1.Document{
		Title: strings.TrimSpace(strings.Repeat("depth ", 70)[:400]), Question: "כמה עמוק האגם?", Language: "en",
		Sections: []*reportv1.Section{
			section("section-1", "Side by side", reportv1.Section_COMPARISON, wide(columns, rows)),
			section("section-2", "عمق البحيرات", reportv1.Section_FINDINGS),
			section("section-3", "Sources", reportv1.Section_REFERENCES, &reportv1.Block{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}}),
		},
	}
	for n := int32(1); n <= findings; n++ {
		words := fmt.Sprintf("Word %d of the text", n) + strings.Repeat(" and on it goes", 14)
		block := finding(n, analysisv1.Support_SUPPORTED)
		block.GetFinding().Finding.Claim = fmt.Sprintf("تبلغ البحيرة %d مترا عمقا.", n)
		doc.Sections[1].Blocks = append(doc.Sections[1].Blocks, block, paragraph(text(words), citation(n, n%references+1)))
	}
	for n := int32(1); n <= references; n++ {
		doc.References = append(doc.References, reference(n, fmt.Sprintf("Source number %d", n), fmt.Sprintf("https://example.org/%d", n)))
	}
	return doc
}

// wide returns a table in which each cell is told apart from all others.
func wide(columns, rows int) *reportv1.Block {
	table := &reportv1.Table{}
	for c := range columns {
		table.Columns = append(table.Columns, &reportv1.Table_Column{Heading: []*reportv1.Inline{text(fmt.Sprintf("column %d", c+1))}})
	}
	for r := range rows {
		row := &reportv1.Table_Row{}
		for c := range columns {
			row.Cells = append(row.Cells, &reportv1.Table_Cell{Heading: c == 0, Text: []*reportv1.Inline{text(fmt.Sprintf("cell %d of row %d", c+1, r+1))}})
		}
		table.Rows = append(table.Rows, row)
	}
	return &reportv1.Block{Kind: &reportv1.Block_Table{Table: table}}
}
