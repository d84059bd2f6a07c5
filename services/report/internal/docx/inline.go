package docx

import (
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// format is what text in a paragraph looks like.
type format struct {
	bold, italic, strike bool
	// style is a style of characters; empty if it is that of the paragraph.
	style string
	// halfPoints is a size other than the style's; empty if there is none.
	halfPoints string
	// linked says that it is part of a link; links are not nested.
	linked bool
	// rtl is the direction of the paragraph.
	rtl bool
}

// as returns the format in a style of characters, but for links, which stay as they are.
func (f format) as(style string) format {
	if !f.linked {
		f.style = style
	}
	return f
}

// run writes text of one format.
func (w *writer) run(text string, f format) {
	if text = line(text); text == "" {
		return
	}
	if !f.linked && f.style != "CodeText" {
		text = enclosed(text, f.rtl)
	}
	w.spaced = strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\u00a0")
	for _, p := range pieces(text, f.rtl) {
		w.out.open("w:r")
		w.look(f, p.rtl)
		w.out.element("w:t", p.text, "xml:space", "preserve")
		w.out.close("w:r")
	}
}

// look writes the properties of a run.
func (w *writer) look(f format, rtl bool) {
	if f == (format{rtl: f.rtl, linked: f.linked}) && !rtl && !w.language.cjk {
		return
	}
	m := w.out
	m.open("w:rPr")
	if f.style != "" {
		m.val("w:rStyle", f.style)
	}
	if w.language.cjk {
		// Quotation marks and the like are as wide as the letters around them.
		m.empty("w:rFonts", "w:hint", "eastAsia")
	}
	flag(m, "w:b", f.bold)
	flag(m, "w:bCs", f.bold)
	flag(m, "w:i", f.italic)
	flag(m, "w:iCs", f.italic)
	flag(m, "w:strike", f.strike)
	if f.halfPoints != "" {
		m.val("w:sz", f.halfPoints)
		m.val("w:szCs", f.halfPoints)
	}
	flag(m, "w:rtl", rtl)
	m.close("w:rPr")
}

// inlines writes running text.
func (w *writer) inlines(parts []*reportv1.Inline, f format) {
	for _, p := range parts {
		switch k := p.GetKind().(type) {
		case *reportv1.Inline_Text:
			w.run(k.Text, f)
		case *reportv1.Inline_Span:
			w.span(k.Span, f)
		case *reportv1.Inline_Code:
			w.run(k.Code, f.as("CodeText"))
		case *reportv1.Inline_LineBreak:
			w.out.open("w:r")
			w.out.empty("w:br")
			w.out.close("w:r")
			w.spaced = true
		case *reportv1.Inline_Citation:
			w.citation(k.Citation, f)
		case *reportv1.Inline_Verdict:
			v := verdictOf(k.Verdict)
			w.run(w.gap()+"("+v.words+")", f.as(v.style))
		case *reportv1.Inline_Finding:
			w.run(w.gap(), f)
			w.findingLink(k.Finding, f)
		}
	}
}

// span writes text in a style or a link.
func (w *writer) span(s *reportv1.Span, f format) {
	switch s.GetStyle() {
	case reportv1.Span_EMPHASIS:
		f.italic = true
	case reportv1.Span_STRONG:
		f.bold = true
	case reportv1.Span_STRIKE:
		f.strike = true
	case reportv1.Span_STYLE_UNSPECIFIED:
	}
	target, ok := address(s.GetHref())
	if f.linked || !ok {
		w.inlines(s.GetText(), f)
		return
	}
	attributes := []string{"r:id", w.relations.link(target), "w:history", "1"}
	if s.GetTitle() != "" {
		attributes = append(attributes, "w:tooltip", shortened(line(s.GetTitle()), mostTooltip))
	}
	w.hyperlink(attributes, f.as("Hyperlink"), func(f format) { w.inlines(s.GetText(), f) })
}

// citation writes the marks of references, each a link to it; pointing at a mark shows
// the quotes that it stands for.
func (w *writer) citation(c *reportv1.Citation, f format) {
	if len(c.GetMarks()) == 0 {
		return
	}
	w.run(w.gap()+c.GetOpening(), f)
	for i, mark := range c.GetMarks() {
		if i > 0 {
			w.run(c.GetSeparator(), f)
		}
		w.internal(mark.GetAnchor(), strings.Join(mark.GetQuotes(), " … "), mark.GetLabel(), f)
	}
	w.run(c.GetClosing(), f)
}

// gap returns the space that marks keep from what they belong to, unless there is one.
// Lines do not break there.
func (w *writer) gap() string {
	if w.spaced {
		return ""
	}
	return "\u00a0"
}

// verdict is how a reader is told of a check's outcome.
type verdict struct{ words, style string }

// verdictOf returns how a verdict is shown.
func verdictOf(s analysisv1.Support) verdict {
	style := "VerdictFair"
	switch s {
	case analysisv1.Support_SUPPORTED:
		style = "VerdictGood"
	case analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED:
		style = "VerdictPoor"
	}
	return verdict{readable.Verdict(s), style}
}
