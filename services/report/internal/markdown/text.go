package markdown

import (
	"fmt"
	"regexp"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// prose writes running text as Markdown.
type prose struct {
	out line
	// words are text that is not written yet: pieces that stand side by side are one.
	words string
	// breaks says whether there may be line breaks; headings and cells are one line.
	breaks bool
	// link is set inside a link, and styles are those that the text is in.
	link   bool
	styles map[reportv1.Span_Style]bool
}

// delimiter is what stands around text in a style. A style inside another has a sign of
// its own, because readers do not agree on long runs of one.
func delimiter(style reportv1.Span_Style, nested bool) string {
	sign := map[bool]string{false: "*", true: "_"}[nested]
	switch style {
	case reportv1.Span_EMPHASIS:
		return sign
	case reportv1.Span_STRONG:
		return sign + sign
	case reportv1.Span_STRIKE:
		return "~~"
	default:
		return ""
	}
}

// paragraph writes running text that may have line breaks.
func paragraph(parts ...*reportv1.Inline) string {
	p := &prose{breaks: true}
	p.write(parts)
	return p.lines()
}

// oneLine writes running text as one line.
func oneLine(parts ...*reportv1.Inline) string {
	p := &prose{}
	p.write(parts)
	return p.lines()
}

// lines finishes the text, so that none of its lines begins a block.
func (p *prose) lines() string {
	p.flush()
	lines := strings.Split(p.out.String(), "\n")
	// A break with nothing after it would be a backslash.
	for last := len(lines) - 1; last > 0 && strings.TrimSpace(lines[last]) == ""; last-- {
		lines = lines[:last]
		lines[last-1] = strings.TrimSuffix(lines[last-1], `\`)
	}
	for i, line := range lines {
		line = escapeStart(strings.TrimSpace(line))
		// Not every reader counts the backslashes before a break.
		if before, found := strings.CutSuffix(line, `\\\`); found && i < len(lines)-1 {
			line = before + `&#92;\`
		}
		lines[i] = line
	}
	out := strings.Join(lines, "\n")
	if definition.MatchString(out) {
		return `\` + out
	}
	return out
}

// flush writes the words that are held back.
func (p *prose) flush() {
	if p.words != "" {
		p.out.add(token{raw: plain(p.words), label: p.link})
		p.words = ""
	}
}

// mark writes markup.
func (p *prose) mark(raw string) {
	p.flush()
	p.out.add(token{raw: raw, kind: markup})
}

// write writes running text.
func (p *prose) write(parts []*reportv1.Inline) {
	for _, part := range parts {
		switch kind := part.GetKind().(type) {
		case *reportv1.Inline_Text:
			p.words += kind.Text
		case *reportv1.Inline_Span:
			p.span(kind.Span)
		case *reportv1.Inline_Code:
			p.code(kind.Code)
		case *reportv1.Inline_LineBreak:
			p.lineBreak()
		case *reportv1.Inline_Citation:
			p.words += citation(kind.Citation)
		case *reportv1.Inline_Verdict:
			p.styled(reportv1.Span_EMPHASIS, []*reportv1.Inline{words("(" + readable.Verdict(kind.Verdict) + ")")})
		case *reportv1.Inline_Finding:
			p.words += fmt.Sprintf("(finding %d)", kind.Finding)
		}
	}
}

// code writes text in a fixed width, in which white space is as plain as elsewhere.
func (p *prose) code(words string) {
	if words = strings.Join(strings.Fields(words), " "); words != "" {
		p.flush()
		p.out.add(token{raw: words, kind: code})
	}
}

// lineBreak writes a line break unless it would be the first thing.
func (p *prose) lineBreak() {
	if !p.breaks {
		p.words += " "
		return
	}
	p.words = strings.TrimRight(p.words, " ")
	if p.words != "" || !p.out.blank() {
		p.mark("\\\n")
	}
}

// longest is the most bytes that a link's text may have: some readers count them as those
// of a label. The address of a longer one stands after it.
const longest = 900

// span writes text in a style, or a link; there is no link inside a link.
func (p *prose) span(s *reportv1.Span) {
	if p.link || !readable.Leads(s.GetHref()) {
		p.styled(s.GetStyle(), s.GetText())
		return
	}
	if content := s.GetText(); len(content) == 1 && content[0].GetText() == s.GetHref() && s.GetTitle() == "" && direct.MatchString(s.GetHref()) {
		p.mark("<" + s.GetHref() + ">")
		return
	}
	inner := p.inner()
	inner.link = true
	inner.styled(s.GetStyle(), s.GetText())
	inner.flush()
	before, after := inner.out.trim()
	if inner.out.blank() {
		p.words += " "
		return
	}
	if len(inner.out.String()) > longest {
		p.styled(s.GetStyle(), s.GetText())
		if direct.MatchString(s.GetHref()) {
			p.words += " "
			p.mark("<" + s.GetHref() + ">")
		}
		return
	}
	p.words += before
	p.mark("[")
	p.out.add(inner.out...)
	p.mark("](" + destination(s.GetHref()) + linkTitle(s.GetTitle()) + ")")
	p.words += after
}

// styled writes text in a style.
func (p *prose) styled(style reportv1.Span_Style, parts []*reportv1.Inline) {
	sign := delimiter(style, p.styles[reportv1.Span_EMPHASIS] || p.styles[reportv1.Span_STRONG])
	if sign == "" || p.styles[style] {
		p.write(parts)
		return
	}
	inner := p.inner()
	inner.styles[style] = true
	inner.write(parts)
	inner.flush()
	p.flush()
	p.out.surround(sign, inner.out)
}

// inner returns what writes text inside of p's.
func (p *prose) inner() *prose {
	styles := map[reportv1.Span_Style]bool{}
	for style := range p.styles {
		styles[style] = true
	}
	return &prose{breaks: p.breaks, link: p.link, styles: styles}
}

// words is plain text as a tree has it.
func words(text string) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: text}}
}

// strong is text in strong emphasis as a tree has it.
func strong(parts ...*reportv1.Inline) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Style: reportv1.Span_STRONG, Text: parts}}}
}

// emphatic is text in emphasis as a tree has it.
func emphatic(parts ...*reportv1.Inline) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Style: reportv1.Span_EMPHASIS, Text: parts}}}
}

// citation writes marks as they are read, such as "[1, 2]". They are text: CommonMark has
// no places inside a document that they could lead to.
func citation(c *reportv1.Citation) string {
	labels := make([]string, 0, len(c.GetMarks()))
	for _, mark := range c.GetMarks() {
		labels = append(labels, mark.GetLabel())
	}
	return c.GetOpening() + strings.Join(labels, c.GetSeparator()) + c.GetClosing()
}

// codeSpan writes text in a fixed width between more backticks than are in it.
func codeSpan(words string) string {
	fence := "`"
	for strings.Contains(words, fence) {
		fence += "`"
	}
	if strings.HasPrefix(words, "`") || strings.HasSuffix(words, "`") {
		words = " " + words + " "
	}
	return fence + words + fence
}

var (
	// direct is an address that can stand between angle brackets as it is, and is found
	// by those who look for addresses in Markdown.
	direct = regexp.MustCompile(`^https?://[^\s<>\\]+$`)
	// unsafe are characters that an address between parentheses cannot hold.
	unsafe = regexp.MustCompile(`[()<>\\]`)
	// entity is what would be read as another character.
	entity = regexp.MustCompile(`&([A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);`)
)

// destination writes the address of a link, which readable.Leads holds to be one.
func destination(href string) string {
	href = unsafe.ReplaceAllString(href, `\$0`)
	return entity.ReplaceAllString(href, "&amp;$1;")
}

// linkTitle writes the title of a link with the space before it.
func linkTitle(title string) string {
	if title = strings.TrimSpace(plain(title)); title == "" {
		return ""
	}
	return ` "` + strings.ReplaceAll(escape(title), `"`, `\"`) + `"`
}
