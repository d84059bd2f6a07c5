package prose

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	table "github.com/yuin/goldmark/extension/ast"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// reader makes blocks of what the reader of Markdown understood.
type reader struct {
	source []byte
	fill   Fill
	follow func(string) string
	guard  *guard
	depth  int // of styles
}

// blocks returns the blocks in a node.
func (r *reader) blocks(parent ast.Node) []*reportv1.Block {
	var out []*reportv1.Block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		r.guard.check(n.Pos())
		if place, ok := r.place(n); ok {
			out = append(out, place...)
		} else if b := r.block(n); b != nil {
			out = append(out, b)
		}
	}
	return out
}

// place returns the blocks that a paragraph is the place of.
func (r *reader) place(n ast.Node) ([]*reportv1.Block, bool) {
	if n.Kind() != ast.KindParagraph || n.Lines().Len() != 1 {
		return nil, false
	}
	line := n.Lines().At(0)
	raw := strings.TrimSpace(string(line.Value(r.source)))
	for _, end := range []string{placeStart, placeEnd} {
		if strings.Count(raw, end) != 1 {
			return nil, false
		}
	}
	if !strings.HasPrefix(raw, placeStart) || !strings.HasSuffix(raw, placeEnd) {
		return nil, false
	}
	i := number(strings.TrimSuffix(strings.TrimPrefix(raw, placeStart), placeEnd))
	if i < 0 || i >= len(r.fill.Places) {
		return nil, true
	}
	return r.fill.Places[i], true
}

// block makes a block, or nothing of what holds nothing.
func (r *reader) block(n ast.Node) *reportv1.Block {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		return paragraph(r.inlines(n))
	case *ast.Heading:
		return &reportv1.Block{Kind: &reportv1.Block_Heading{Heading: &reportv1.Heading{Level: int32(n.Level), Text: r.inlines(n)}}}
	case *ast.ThematicBreak:
		return &reportv1.Block{Kind: &reportv1.Block_Rule{Rule: &reportv1.Rule{}}}
	case *ast.Blockquote:
		return &reportv1.Block{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: r.blocks(n)}}}
	case *ast.CodeBlock:
		return r.code(n, "")
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = r.plain(string(n.Info.Segment.Value(r.source)), unescaped)
		}
		return r.code(n, info)
	case *ast.List:
		return r.list(n)
	case *table.Table:
		return r.table(n)
	}
	return nil // a definition of a link, which shows nothing
}

// paragraph makes a paragraph of text, or nothing of none.
func paragraph(text []*reportv1.Inline) *reportv1.Block {
	if blank(text) {
		return nil
	}
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: text}}}
}

// code makes a block of code.
func (r *reader) code(n ast.Node, info string) *reportv1.Block {
	raw := string(n.Lines().Value(r.source))
	return &reportv1.Block{Kind: &reportv1.Block_CodeBlock{CodeBlock: &reportv1.CodeBlock{Text: r.plain(raw, asIs), Info: info}}}
}

// list makes a list.
func (r *reader) list(n *ast.List) *reportv1.Block {
	out := &reportv1.List{Ordered: n.IsOrdered(), Tight: n.IsTight}
	if out.GetOrdered() {
		out.Start = int32(n.Start)
	}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		out.Items = append(out.Items, &reportv1.List_Item{Blocks: r.blocks(item)})
	}
	return &reportv1.Block{Kind: &reportv1.Block_List{List: out}}
}

// table makes a table. A row has as many cells as there are columns.
func (r *reader) table(n *table.Table) *reportv1.Block {
	out := &reportv1.Table{}
	for _, align := range n.Alignments {
		column := &reportv1.Table_Column{}
		switch align {
		case table.AlignCenter:
			column.Align = reportv1.Table_CENTER
		case table.AlignRight:
			column.Align = reportv1.Table_END
		case table.AlignLeft, table.AlignNone:
		}
		out.Columns = append(out.Columns, column)
	}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == table.KindTableHeader {
			for i, cell := 0, row.FirstChild(); cell != nil && i < len(out.GetColumns()); i, cell = i+1, cell.NextSibling() {
				out.Columns[i].Heading = r.inlines(cell)
			}
			continue
		}
		cells := make([]*reportv1.Table_Cell, 0, len(out.GetColumns()))
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, &reportv1.Table_Cell{Text: r.inlines(cell)})
		}
		out.Rows = append(out.Rows, &reportv1.Table_Row{Cells: cells})
	}
	return &reportv1.Block{Kind: &reportv1.Block_Table{Table: out}}
}
