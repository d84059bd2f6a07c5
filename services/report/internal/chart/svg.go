package chart

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// SVG draws a chart as an SVG element for HTML: no script, nothing from elsewhere. Its
// colours are the page's custom properties --ink, --soft, --line, --accent and --paper,
// so that a dark page has dark charts. The id, which must be unique in the page, names
// the element; its title and description are named after it.
func SVG(c *reportv1.Chart, width float64, id string) string {
	themed := func(t Tone) string {
		return "var(--" + [...]string{"ink", "soft", "line", "accent", "paper"}[t] + ", " + Plain(t) + ")"
	}
	return Markup(c, Draw(c, width), id, Look{themed, "ui-sans-serif, system-ui, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"})
}

// Look is what colours and fonts an SVG names, as the program that shows it knows them.
type Look struct {
	Colour func(Tone) string
	Fonts  string
}

// Plain colours a drawing for white paper.
func Plain(t Tone) string {
	return [...]string{"#1c1b19", "#5d5a53", "#d8d2c4", "#1f4e8c", "#ffffff"}[t]
}

// Markup writes a drawing of a chart as an SVG element.
func Markup(c *reportv1.Chart, d Drawing, id string, look Look) string {
	w := &svg{colour: look.Colour}
	size := short(d.Width) + " " + short(d.Height)
	w.open("svg",
		"xmlns", "http://www.w3.org/2000/svg", "id", id, "role", "img", "aria-labelledby", id+"-title "+id+"-desc",
		"viewBox", "0 0 "+size, "width", short(d.Width), "height", short(d.Height),
		// In a page that is written from right to left, anchors would change sides.
		"direction", "ltr", "font-family", look.Fonts)
	w.text("title", c.GetTitle(), "id", id+"-title")
	w.text("desc", Describe(c), "id", id+"-desc")
	for _, s := range d.Shapes {
		w.shape(s)
	}
	w.out.WriteString("</svg>")
	return w.out.String()
}

// svg collects the elements of a drawing.
type svg struct {
	out    strings.Builder
	colour func(Tone) string
}

// shape writes one shape.
func (w *svg) shape(s Shape) {
	switch s := s.(type) {
	case Rect:
		w.rect(s)
	case Line:
		w.line(s)
	case Circle:
		w.open("circle", "cx", short(s.X), "cy", short(s.Y), "r", short(s.R), "fill", w.colour(s.Fill))
		w.out.WriteString("</circle>")
	case Text:
		attributes := []string{
			"x", short(s.X), "y", short(s.Y), "font-size", short(s.Size), "fill", w.colour(s.Tone),
			"text-anchor", [...]string{"start", "middle", "end"}[s.Anchor],
		}
		if s.Bold {
			attributes = append(attributes, "font-weight", "bold")
		}
		w.text("text", s.Content, attributes...)
	}
}

func (w *svg) rect(r Rect) {
	if r.Hatch {
		for _, line := range Hatching(r) {
			w.line(line)
		}
		return
	}
	w.open("rect", "x", short(r.X), "y", short(r.Y), "width", short(r.W), "height", short(r.H), "fill", w.colour(r.Fill))
	w.out.WriteString("</rect>")
}

func (w *svg) line(l Line) {
	attributes := []string{
		"x1", short(l.X1), "y1", short(l.Y1), "x2", short(l.X2), "y2", short(l.Y2),
		"stroke", w.colour(l.Tone), "stroke-width", short(l.Width),
	}
	if l.Dashed {
		attributes = append(attributes, "stroke-dasharray", "2 2")
	}
	w.open("line", attributes...)
	w.out.WriteString("</line>")
}

// open writes a start tag. Attributes are pairs of a name and a value.
func (w *svg) open(name string, attributes ...string) {
	w.out.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		w.out.WriteString(" " + attributes[i] + `="` + escape(attributes[i+1]) + `"`)
	}
	w.out.WriteString(">")
}

// text writes an element that holds text.
func (w *svg) text(name, content string, attributes ...string) {
	w.open(name, attributes...)
	w.out.WriteString(escape(plain(content)) + "</" + name + ">")
}

// escape writes text for both XML and HTML, in attributes and between tags; what XML
// cannot hold becomes U+FFFD.
func escape(text string) string {
	var out strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

// short writes a length with two decimals at most.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}
