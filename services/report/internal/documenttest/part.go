package documenttest

import (
	"strconv"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// prose returns what a template's own Markdown may hold.
func prose() []*reportv1.Block {
	quoted := &reportv1.Block{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: []*reportv1.Block{paragraph(text("Set off."))}}}}
	return []*reportv1.Block{
		paragraph(
			text("Plain, "), styled(reportv1.Span_STRONG, text("strong, "), styled(reportv1.Span_EMPHASIS, text("both"))), text(", "),
			styled(reportv1.Span_STRIKE, text("struck")), text(", "), &reportv1.Inline{Kind: &reportv1.Inline_Code{Code: "a < b"}}, text(", "),
			&reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: "https://example.org/?a=1&b=2", Title: "a title", Text: []*reportv1.Inline{text("a link")}}}},
			&reportv1.Inline{Kind: &reportv1.Inline_LineBreak{LineBreak: &reportv1.LineBreak{}}}, text("after a break."),
		),
		{Kind: &reportv1.Block_Heading{Heading: &reportv1.Heading{Level: 3, Text: []*reportv1.Inline{text("A heading inside")}}}},
		{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Style: reportv1.Paragraph_NOTE, Text: []*reportv1.Inline{text("Drawn from 2 works.")}}}},
		list(true, "First.", "Second."),
		quoted,
		{Kind: &reportv1.Block_CodeBlock{CodeBlock: &reportv1.CodeBlock{Text: "if a < b {\n\treturn\n}\n", Info: "go"}}},
		{Kind: &reportv1.Block_Rule{Rule: &reportv1.Rule{}}},
	}
}

func paragraph(parts ...*reportv1.Inline) *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: parts}}}
}

func list(ordered bool, items ...string) *reportv1.Block {
	l := &reportv1.List{Ordered: ordered, Start: 1, Tight: true}
	for _, item := range items {
		l.Items = append(l.Items, &reportv1.List_Item{Blocks: []*reportv1.Block{paragraph(text(item))}})
	}
	return &reportv1.Block{Kind: &reportv1.Block_List{List: l}}
}

func text(s string) *reportv1.Inline { return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}} }

func styled(style reportv1.Span_Style, parts ...*reportv1.Inline) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Style: style, Text: parts}}}
}

// citation marks references of the numbered style.
func citation(numbers ...int32) *reportv1.Inline {
	c := &reportv1.Citation{Opening: "[", Separator: ", ", Closing: "]"}
	for _, n := range numbers {
		c.Marks = append(c.Marks, &reportv1.Citation_Mark{
			Anchor: anchor("source", n), Label: label(n), SourceId: "s" + label(n), Quotes: []string{"Lake Baikal is 1,642 m deep."},
		})
	}
	return &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: c}}
}

func verdict() *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Verdict{Verdict: analysisv1.Support_PARTIAL}}
}

func number(n int32) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Finding{Finding: n}}
}

func anchor(what string, n int32) string { return what + "-" + label(n) }

func label(n int32) string { return strconv.Itoa(int(n)) }
