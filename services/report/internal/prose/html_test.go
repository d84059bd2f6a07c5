package prose

import (
	"fmt"
	"html"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// asHTML writes blocks as the specification of CommonMark writes its examples.
func asHTML(blocks []*reportv1.Block, tight bool) string {
	var out strings.Builder
	for i, b := range blocks {
		switch k := b.GetKind().(type) {
		case *reportv1.Block_Paragraph:
			text := inlineHTML(k.Paragraph.GetText())
			if !tight {
				text = "<p>" + text + "</p>\n"
			} else if i < len(blocks)-1 {
				text += "\n"
			}
			out.WriteString(text)
		case *reportv1.Block_Heading:
			fmt.Fprintf(&out, "<h%d>%s</h%[1]d>\n", k.Heading.GetLevel(), inlineHTML(k.Heading.GetText()))
		case *reportv1.Block_Rule:
			out.WriteString("<hr />\n")
		case *reportv1.Block_BlockQuote:
			out.WriteString("<blockquote>\n" + asHTML(k.BlockQuote.GetBlocks(), false) + "</blockquote>\n")
		case *reportv1.Block_CodeBlock:
			class := ""
			if language, _, _ := strings.Cut(k.CodeBlock.GetInfo(), " "); language != "" {
				class = ` class="language-` + escaped(language) + `"`
			}
			out.WriteString("<pre><code" + class + ">" + escaped(k.CodeBlock.GetText()) + "</code></pre>\n")
		case *reportv1.Block_List:
			out.WriteString(listHTML(k.List))
		}
	}
	return out.String()
}

func listHTML(list *reportv1.List) string {
	open, end := "<ul>", "</ul>"
	if list.GetOrdered() {
		open, end = "<ol>", "</ol>"
		if list.GetStart() != 1 {
			open = fmt.Sprintf(`<ol start="%d">`, list.GetStart())
		}
	}
	out := open + "\n"
	for _, item := range list.GetItems() {
		blocks := item.GetBlocks()
		if len(blocks) > 0 && (!list.GetTight() || blocks[0].GetParagraph() == nil) {
			out += "<li>\n"
		} else {
			out += "<li>"
		}
		out += asHTML(blocks, list.GetTight()) + "</li>\n"
	}
	return out + end + "\n"
}

func inlineHTML(in []*reportv1.Inline) string {
	var out strings.Builder
	for _, i := range in {
		switch k := i.GetKind().(type) {
		case *reportv1.Inline_Text:
			out.WriteString(escaped(k.Text))
		case *reportv1.Inline_Code:
			out.WriteString("<code>" + escaped(k.Code) + "</code>")
		case *reportv1.Inline_LineBreak:
			out.WriteString("<br />\n")
		case *reportv1.Inline_Span:
			out.WriteString(spanHTML(k.Span))
		}
	}
	return out.String()
}

func spanHTML(span *reportv1.Span) string {
	text := inlineHTML(span.GetText())
	switch span.GetStyle() {
	case reportv1.Span_EMPHASIS:
		return "<em>" + text + "</em>"
	case reportv1.Span_STRONG:
		return "<strong>" + text + "</strong>"
	case reportv1.Span_STRIKE:
		return "<del>" + text + "</del>"
	case reportv1.Span_STYLE_UNSPECIFIED:
	}
	title := ""
	if span.GetTitle() != "" {
		title = ` title="` + escaped(span.GetTitle()) + `"`
	}
	return `<a href="` + escaped(span.GetHref()) + `"` + title + ">" + text + "</a>"
}

// escaped escapes as the specification does, which leaves apostrophes.
func escaped(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(s), "&#39;", "'"), "&#34;", "&quot;")
}
