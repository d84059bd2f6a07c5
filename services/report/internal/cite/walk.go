package cite

import (
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// visitor is told of what stands in a document, in reading order.
type visitor struct {
	// citation is called for each group of marks that is shown.
	citation func(*reportv1.Citation)
	// finding is called for each finding that is shown, before its marks.
	finding func(*reportv1.FindingBlock)
}

// document visits the sections of a document. The references are left out: they are what
// is made of what is found here.
func (v visitor) document(doc *reportv1.Document) {
	for _, section := range doc.GetSections() {
		v.inlines(section.GetHeading())
		v.blocks(section.GetBlocks())
	}
}

// blocks visits blocks in their order; lists and quotations hold further ones.
func (v visitor) blocks(blocks []*reportv1.Block) {
	for _, block := range blocks {
		v.block(block)
	}
}

// block visits one block. Those that are not named hold no running text: code, rules,
// charts, facts, and the list of references.
func (v visitor) block(block *reportv1.Block) {
	switch kind := block.GetKind().(type) {
	case *reportv1.Block_Paragraph:
		v.inlines(kind.Paragraph.GetText())
	case *reportv1.Block_Heading:
		v.inlines(kind.Heading.GetText())
	case *reportv1.Block_List:
		for _, item := range kind.List.GetItems() {
			v.blocks(item.GetBlocks())
		}
	case *reportv1.Block_BlockQuote:
		v.blocks(kind.BlockQuote.GetBlocks())
	case *reportv1.Block_Table:
		v.table(kind.Table)
	case *reportv1.Block_Finding:
		v.findingBlock(kind.Finding)
	case *reportv1.Block_Timeline:
		for _, event := range kind.Timeline.GetEvents() {
			v.inlines(event.GetText())
		}
	case *reportv1.Block_Disagreement:
		v.inlines(kind.Disagreement.GetFirst())
		v.inlines(kind.Disagreement.GetSecond())
	}
}

// table visits a table row by row, as it is read.
func (v visitor) table(table *reportv1.Table) {
	for _, column := range table.GetColumns() {
		v.inlines(column.GetHeading())
	}
	for _, row := range table.GetRows() {
		for _, cell := range row.GetCells() {
			v.inlines(cell.GetText())
		}
	}
}

// findingBlock visits the quotes that are shown only: the finding itself holds all of
// them, for templates.
func (v visitor) findingBlock(block *reportv1.FindingBlock) {
	if v.finding != nil {
		v.finding(block)
	}
	v.marks(block.GetCitation())
	for _, quote := range block.GetQuotes() {
		v.marks(quote.GetCitation())
	}
}

// inlines visits running text; a citation may stand inside emphasis or a link.
func (v visitor) inlines(inlines []*reportv1.Inline) {
	for _, inline := range inlines {
		switch kind := inline.GetKind().(type) {
		case *reportv1.Inline_Span:
			v.inlines(kind.Span.GetText())
		case *reportv1.Inline_Citation:
			v.marks(kind.Citation)
		}
	}
}

// marks leaves out a citation of nothing, which stands for no source.
func (v visitor) marks(citation *reportv1.Citation) {
	if len(citation.GetMarks()) > 0 {
		v.citation(citation)
	}
}
