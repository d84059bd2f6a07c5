package typeset

import (
	"fmt"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// inline reads running text. A line break ends a paragraph and begins another, for the
// direction of writing is found for each; most text is one.
func (b *builder) inline(parts []*reportv1.Inline, l look) []*content {
	w := &inliner{builder: b, contents: []*content{new(content)}}
	w.all(parts, l)
	return w.contents
}

// flat reads running text as one paragraph, whose line breaks are spaces.
func (b *builder) flat(parts []*reportv1.Inline, l look) *content {
	whole := new(content)
	for i, c := range b.inline(parts, l) {
		if i > 0 {
			whole.add(" ", l)
		}
		for j, s := range c.spans {
			from := 0
			if j > 0 {
				from = c.spans[j-1].end
			}
			whole.runes = append(whole.runes, c.runes[from:s.end]...)
			whole.end(s.look)
		}
	}
	return whole
}

// words returns running text without its looks.
func (b *builder) words(parts []*reportv1.Inline) string {
	return strings.Join(strings.Fields(string(b.flat(parts, look{}).runes)), " ")
}

// inliner reads running text.
type inliner struct {
	builder  *builder
	contents []*content
}

func (w *inliner) current() *content { return w.contents[len(w.contents)-1] }

func (w *inliner) all(parts []*reportv1.Inline, l look) {
	for _, part := range parts {
		w.one(part, l)
	}
}

func (w *inliner) one(part *reportv1.Inline, l look) {
	switch k := part.GetKind().(type) {
	case *reportv1.Inline_Text:
		w.current().add(k.Text, l)
	case *reportv1.Inline_Span:
		w.span(k.Span, l)
	case *reportv1.Inline_Code:
		l.style |= fonts.Mono
		l.size, l.code = l.size*0.9, true
		w.current().add(k.Code, l)
	case *reportv1.Inline_LineBreak:
		w.contents = append(w.contents, new(content))
	case *reportv1.Inline_Citation:
		w.citation(k.Citation, l)
	case *reportv1.Inline_Verdict:
		v := verdictOf(k.Verdict)
		w.current().space(l)
		l.style, l.color = l.style&^fonts.Mono|fonts.Italic, v.color
		w.apart("("+v.words+")", l)
	case *reportv1.Inline_Finding:
		w.current().space(l)
		place := fmt.Sprintf("finding-%d", k.Finding)
		if w.builder.known[place] {
			l = linked(l, &link{place: place, contents: fmt.Sprintf("Finding %d", k.Finding)})
		}
		w.apart(fmt.Sprintf("(finding %d)", k.Finding), l)
	}
}

// apart adds words of ours to a text that may be written the other way: so that they
// keep their own direction, and their brackets with them.
func (w *inliner) apart(s string, l look) {
	if w.builder.theme.rtl {
		s = "\u2068" + s + "\u2069"
	}
	w.current().add(s, l)
}

// span reads text in a style, or a link. A link inside a link leads where the outer
// one does.
func (w *inliner) span(s *reportv1.Span, l look) {
	switch s.GetStyle() {
	case reportv1.Span_EMPHASIS:
		// Emphasis inside emphasis stands out by being upright.
		l.style ^= fonts.Italic
	case reportv1.Span_STRONG:
		l.style |= fonts.Bold
	case reportv1.Span_STRIKE:
		l.strike = true
	default:
	}
	if href := s.GetHref(); l.link == nil && safe(href) {
		contents := s.GetTitle()
		if contents == "" {
			contents = href
		}
		l = linked(l, &link{url: href, contents: shorten(contents, 500)})
	}
	w.all(s.GetText(), l)
}

// linked returns a look with a link. Links are only coloured: underlines in print are
// in the way, and the text says what they are.
func linked(l look, to *link) look {
	l.link, l.color = to, accent
	return l
}

// safe reports whether an address may be a link: nothing may run. What an address must
// not hold is encoded when it is written.
func safe(href string) bool {
	scheme, rest, found := strings.Cut(href, ":")
	if !found || rest == "" {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

// citation reads marks, each of which leads to its reference and says what is quoted.
func (w *inliner) citation(c *reportv1.Citation, l look) {
	if len(c.GetMarks()) == 0 {
		return
	}
	w.current().space(l)
	l.style &^= fonts.Bold | fonts.Italic
	w.current().add(c.GetOpening(), l)
	for i, mark := range c.GetMarks() {
		if i > 0 {
			w.current().add(c.GetSeparator(), l)
		}
		contents := "Source " + mark.GetLabel()
		if quotes := mark.GetQuotes(); len(quotes) > 0 {
			contents = "“" + strings.Join(quotes, "”\n“") + "”"
		}
		w.current().add(mark.GetLabel(), linked(l, &link{place: mark.GetAnchor(), contents: shorten(contents, 500)}))
	}
	w.current().add(c.GetClosing(), l)
}

// verdict is how readers are told what a check found.
type verdict struct {
	words string
	color pdf.Color
}

// verdictOf returns how a verdict is shown.
func verdictOf(s analysisv1.Support) verdict {
	color := soft
	switch s {
	case analysisv1.Support_SUPPORTED:
		color = good
	case analysisv1.Support_PARTIAL:
		color = fair
	case analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED:
		color = poor
	}
	return verdict{readable.Verdict(s), color}
}
