package prose

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	strike "github.com/yuin/goldmark/extension/ast"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// inlines returns the running text in a node.
func (r *reader) inlines(parent ast.Node) []*reportv1.Inline {
	if r.depth++; r.depth > MaxDepth {
		r.guard.refuse(parent.Pos(), "styles are nested deeper", MaxDepth)
	}
	defer func() { r.depth-- }()
	var out []*reportv1.Inline
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		r.guard.check(n.Pos())
		out = append(out, r.inline(n)...)
	}
	return merged(out)
}

// inline returns the running text that a node is.
func (r *reader) inline(n ast.Node) []*reportv1.Inline {
	switch n := n.(type) {
	case *ast.Text:
		return r.text(n)
	case *ast.String:
		return []*reportv1.Inline{plain(asIs(string(n.Value)))}
	case *ast.CodeSpan:
		return r.codeSpan(n)
	case *ast.Emphasis:
		style := reportv1.Span_EMPHASIS
		if n.Level == 2 {
			style = reportv1.Span_STRONG
		}
		return styled(&reportv1.Span{Style: style, Text: r.inlines(n)})
	case *strike.Strikethrough:
		return styled(&reportv1.Span{Style: reportv1.Span_STRIKE, Text: r.inlines(n)})
	case *ast.Link:
		return r.link(n)
	case *ast.AutoLink:
		return r.autoLink(n)
	case *ast.Image:
		return []*reportv1.Inline{plain(Plain(r.inlines(n)))}
	}
	return nil
}

// text returns plain text with the values in it.
func (r *reader) text(n *ast.Text) []*reportv1.Inline {
	raw, resolve := string(n.Segment.Value(r.source)), unescaped
	if n.IsRaw() {
		resolve = asIs
	}
	var out []*reportv1.Inline
	for _, p := range r.pieces(raw) {
		if p.value < 0 {
			out = append(out, plain(resolve(p.text)))
		} else {
			out = append(out, r.fill.Values[p.value]...)
		}
	}
	switch {
	case n.HardLineBreak():
		out = append(out, &reportv1.Inline{Kind: &reportv1.Inline_LineBreak{LineBreak: &reportv1.LineBreak{}}})
	case n.SoftLineBreak():
		out = append(out, plain("\n"))
	}
	return out
}

// codeSpan returns text in a fixed width.
func (r *reader) codeSpan(n *ast.CodeSpan) []*reportv1.Inline {
	var raw strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			raw.Write(t.Segment.Value(r.source))
		}
	}
	code := r.plain(strings.ReplaceAll(raw.String(), "\n", " "), asIs)
	if code == "" {
		return nil
	}
	return []*reportv1.Inline{{Kind: &reportv1.Inline_Code{Code: code}}}
}

// link returns a link, or its text if it leads nowhere. Marks inside of it would be
// links in a link: values give their text alone.
func (r *reader) link(n *ast.Link) []*reportv1.Inline {
	inside := WithoutMarks(r.inlines(n))
	href := r.destination(string(n.Destination), unescaped)
	if href == "" {
		return inside
	}
	return styled(&reportv1.Span{Href: href, Title: r.plain(string(n.Title), unescaped), Text: inside})
}

// autoLink returns an address in angle brackets as a link.
func (r *reader) autoLink(n *ast.AutoLink) []*reportv1.Inline {
	label := r.plain(string(n.Label(r.source)), asIs)
	raw := string(n.URL(r.source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(raw), "mailto:") {
		raw = "mailto:" + raw
	}
	href := r.destination(raw, asIs)
	if href == "" {
		return []*reportv1.Inline{plain(label)}
	}
	return styled(&reportv1.Span{Href: href, Text: []*reportv1.Inline{plain(label)}})
}

// styled returns text in a style, or nothing if there is none.
func styled(span *reportv1.Span) []*reportv1.Inline {
	if len(span.GetText()) == 0 {
		return nil
	}
	return []*reportv1.Inline{{Kind: &reportv1.Inline_Span{Span: span}}}
}

// plain is plain text.
func plain(s string) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}}
}

// merged returns running text with plain text after plain text as one, and without
// any that is empty.
func merged(in []*reportv1.Inline) []*reportv1.Inline {
	var out []*reportv1.Inline
	var run []string
	flush := func() {
		if joined := strings.Join(run, ""); joined != "" {
			out = append(out, plain(joined))
		}
		run = run[:0]
	}
	for _, i := range in {
		if piece, ok := i.GetKind().(*reportv1.Inline_Text); ok {
			run = append(run, piece.Text)
			continue
		}
		flush()
		out = append(out, i)
	}
	flush()
	return out
}

// Plain returns the text of running text without its styles and marks.
func Plain(in []*reportv1.Inline) string {
	var out strings.Builder
	for _, i := range in {
		switch k := i.GetKind().(type) {
		case *reportv1.Inline_Text:
			out.WriteString(k.Text)
		case *reportv1.Inline_Code:
			out.WriteString(k.Code)
		case *reportv1.Inline_Span:
			out.WriteString(Plain(k.Span.GetText()))
		case *reportv1.Inline_LineBreak:
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// WithoutMarks returns running text without citations, numbers of findings and links,
// as it stands where links cannot.
func WithoutMarks(in []*reportv1.Inline) []*reportv1.Inline {
	var out []*reportv1.Inline
	for _, i := range in {
		switch k := i.GetKind().(type) {
		case *reportv1.Inline_Citation, *reportv1.Inline_Finding:
		case *reportv1.Inline_Span:
			inside := WithoutMarks(k.Span.GetText())
			if k.Span.GetHref() != "" {
				out = append(out, inside...)
			} else {
				out = append(out, styled(&reportv1.Span{Style: k.Span.GetStyle(), Text: inside})...)
			}
		default:
			out = append(out, i)
		}
	}
	return merged(out)
}

// blank reports whether running text shows nothing.
func blank(in []*reportv1.Inline) bool {
	for _, i := range in {
		switch k := i.GetKind().(type) {
		case *reportv1.Inline_Text:
			if strings.Trim(k.Text, " \t\n") != "" {
				return false
			}
		case *reportv1.Inline_LineBreak:
		case *reportv1.Inline_Span:
			if !blank(k.Span.GetText()) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// number reads the number of a placeholder, -1 if it is none.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}
