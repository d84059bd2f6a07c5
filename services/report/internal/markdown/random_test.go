package markdown_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/markdown"
)

// nasty are texts that mean something to Markdown, alone or beside each other.
var nasty = []string{
	"a", "b c", " ", "*", "**", "_", "__", "~", "~~", "`", "``", "[", "]", "(", ")", "!", "\\", "<", ">", "b>", "&", "amp;", "#", "# ", "-", "- ", "1. ", "+ ", "=", "---", "|", ":", "//x",
	"http:", "www", ".x.org", "@b.org", "x@b.org", "$", "[x]", "[^1]", "[a]: b", "\"", "'", "é", "。", "“", "\n", "  ", "\t# x", "> q", "| a | b |", "| --- | --- |", "https://x.org/a_b", "<!--", "```", "~~~", "    code", "\\*", "|\\|",
}

// inlines generates running text.
func inlines(depth int) *rapid.Generator[[]*reportv1.Inline] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *reportv1.Inline {
		words := rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(nasty), 1, 3).Draw(t, "words"), "")
		})
		which := rapid.IntRange(0, 9).Draw(t, "which")
		switch {
		case which == 0:
			// Goldmark looks for addresses of mail in code, too.
			code := strings.ReplaceAll(words.Draw(t, "code"), "@", "")
			return &reportv1.Inline{Kind: &reportv1.Inline_Code{Code: code}}
		case which == 1:
			return &reportv1.Inline{Kind: &reportv1.Inline_LineBreak{LineBreak: &reportv1.LineBreak{}}}
		case which < 6 && depth > 0:
			span := &reportv1.Span{Style: reportv1.Span_Style(rapid.IntRange(0, 3).Draw(t, "style")), Text: inlines(depth-1).Draw(t, "text")}
			span.Href = rapid.SampledFrom([]string{"", "", "", ours, "javascript:alert(1)"}).Draw(t, "href")
			if span.Href != "" {
				span.Title = words.Draw(t, "title")
			}
			return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: span}}
		}
		return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: words.Draw(t, "plain")}}
	}), 0, 5)
}

// ours is where the links of random texts lead.
const ours = "https://example.org/a_(b)?c=1&copy;=2"

// TestRandomText checks that running text reads back as it is, whatever stands beside
// what, in a paragraph, a heading, an item and a cell.
func TestRandomText(t *testing.T) {
	t.Parallel()
	readers := readers()
	rapid.Check(t, func(r *rapid.T) {
		parts := inlines(3).Draw(r, "text")
		text := &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: parts}}}
		for where, block := range map[string]*reportv1.Block{
			"p":   text,
			"h3":  {Kind: &reportv1.Block_Heading{Heading: &reportv1.Heading{Level: 3, Text: parts}}},
			"li":  {Kind: &reportv1.Block_List{List: &reportv1.List{Tight: true, Items: []*reportv1.List_Item{{Blocks: []*reportv1.Block{text}}}}}},
			"td":  {Kind: &reportv1.Block_Table{Table: &reportv1.Table{Columns: []*reportv1.Table_Column{{}}, Rows: []*reportv1.Table_Row{{Cells: []*reportv1.Table_Cell{{Text: parts}}}}}}},
			"del": {Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: []*reportv1.Block{text}}}},
		} {
			out, err := markdown.Render(&reportv1.Document{Title: "T", Sections: []*reportv1.Section{{Blocks: []*reportv1.Block{block}}}})
			require.NoError(r, err)
			for name, reader := range readers {
				if name == "CommonMark" && strings.ContainsAny(string(out), "~") {
					continue
				}
				root := read(t, reader, string(out))
				require.Equal(r, "T"+said(parts), textOf(root), "%s in %s: %q", name, where, out)
				for _, element := range elements(root) {
					require.NotContains(r, element, "src")
					if _, href, found := strings.Cut(element, "href="); found {
						require.Equal(r, ours, href, "%s: %q", where, out)
					}
				}
			}
		}
	})
}

// blocks generates blocks of a template's own text.
func blocks(depth int) *rapid.Generator[[]*reportv1.Block] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *reportv1.Block {
		text := inlines(1)
		switch which := rapid.IntRange(0, 8).Draw(t, "which"); {
		case which == 0:
			return &reportv1.Block{Kind: &reportv1.Block_Rule{Rule: &reportv1.Rule{}}}
		case which == 1:
			code := strings.Join(rapid.SliceOf(rapid.SampledFrom(nasty)).Draw(t, "code"), "")
			return &reportv1.Block{Kind: &reportv1.Block_CodeBlock{CodeBlock: &reportv1.CodeBlock{Text: code, Info: rapid.SampledFrom([]string{"", "go", "~`*", "a b"}).Draw(t, "info")}}}
		case which == 2:
			return &reportv1.Block{Kind: &reportv1.Block_Heading{Heading: &reportv1.Heading{Level: rapid.Int32Range(0, 9).Draw(t, "level"), Text: text.Draw(t, "heading")}}}
		case which < 5 && depth > 0:
			list := &reportv1.List{Ordered: rapid.Bool().Draw(t, "ordered"), Start: rapid.Int32().Draw(t, "start"), Tight: rapid.Bool().Draw(t, "tight")}
			for range rapid.IntRange(1, 3).Draw(t, "items") {
				item := blocks(depth-1).Draw(t, "item")
				if said(item[0].GetParagraph().GetText()) == "" { // readers do not agree on items that begin with nothing
					item[0] = &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: "a"}}}}}}
				}
				list.Items = append(list.Items, &reportv1.List_Item{Blocks: item})
			}
			return &reportv1.Block{Kind: &reportv1.Block_List{List: list}}
		case which == 5 && depth > 0:
			return &reportv1.Block{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: blocks(depth-1).Draw(t, "quoted")}}}
		}
		return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: text.Draw(t, "text")}}}
	}), 1, 4)
}

// contained returns what a reader reads of blocks, and counts the lists.
func contained(blocks []*reportv1.Block, lists *int) string {
	var out strings.Builder
	for _, block := range blocks {
		out.WriteString(said(block.GetParagraph().GetText()) + said(block.GetHeading().GetText()) + dense(block.GetCodeBlock().GetText()))
		out.WriteString(contained(block.GetBlockQuote().GetBlocks(), lists))
		if block.GetList() != nil {
			*lists++
		}
		for _, item := range block.GetList().GetItems() {
			out.WriteString(contained(item.GetBlocks(), lists))
		}
	}
	return out.String()
}

// TestRandomBlocks checks that blocks in each other read back as text and as lists.
func TestRandomBlocks(t *testing.T) {
	t.Parallel()
	reader := readers()["GitHub"]
	rapid.Check(t, func(r *rapid.T) {
		tree := blocks(3).Draw(r, "blocks")
		out, err := markdown.Render(&reportv1.Document{Title: "T", Sections: []*reportv1.Section{{Blocks: tree}}})
		require.NoError(r, err)
		var lists, found int
		want := "T" + contained(tree, &lists)
		root := read(t, reader, string(out))
		require.Equal(r, want, textOf(root), "%q", out)
		for n := range root.Descendants() {
			if n.Data == "ul" || n.Data == "ol" {
				found++
			}
		}
		require.Equal(r, lists, found, "%q", out)
	})
}
