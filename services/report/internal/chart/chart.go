// Package chart draws the charts of reports, once for every format: a chart becomes a
// Drawing of a few simple shapes, which HTML and DOCX hold as SVG and PDF as its own
// operators.
//
// Charts are readable without colour: every value is written beside what it stands for,
// series differ by hatching, and Describe says the same in words. The title is not
// part of the drawing; it belongs into the caption, where it is text like any other.
package chart

import reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"

// Drawing is a picture in points (1/72 in). The origin is top left, y goes down.
type Drawing struct {
	Width, Height float64
	// Shapes are drawn in their order, later ones on top.
	Shapes []Shape
}

// Shape is a Rect, a Line, a Circle or a Text.
type Shape interface{ shape() }

// Rect is a rectangle. A hatched one is drawn with the lines of Hatching and not filled.
type Rect struct {
	X, Y, W, H float64
	Fill       Tone
	Hatch      bool
}

// Line is a straight line.
type Line struct {
	X1, Y1, X2, Y2, Width float64
	Tone                  Tone
	Dashed                bool
}

// Circle is a filled circle.
type Circle struct {
	X, Y, R float64
	Fill    Tone
}

// Text is one line of text; Y is that of its baseline.
type Text struct {
	X, Y, Size float64
	Anchor     Anchor
	Bold       bool
	Tone       Tone
	Content    string
}

func (Rect) shape()   {}
func (Line) shape()   {}
func (Circle) shape() {}
func (Text) shape()   {}

// Anchor says which point of a text X is: left end, middle or right end, in whatever
// direction the text is written.
type Anchor int

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Tone is a role that each format has a colour for.
type Tone int

// The tones. Hairline is that of grid lines; Paper is that of the background.
const (
	Ink Tone = iota
	Soft
	Hairline
	Accent
	Paper
)

const (
	labelSize = 9.0
	// least and most bound the width, between which labels and bars both have room.
	least, most = 200.0, 2000.0
)

// Draw draws a chart that is width points wide; its height follows from what it shows.
// Values that are no number are shown as missing, and negative ones as no bar with
// their value beside it: a report counts.
func Draw(c *reportv1.Chart, width float64) Drawing {
	if !(width >= least) { // also what is no number
		width = least
	}
	d := &drawing{Drawing: Drawing{Width: min(width, most)}}
	t := tableOf(c)
	switch {
	case t.empty():
		d.none()
	case c.GetForm() == reportv1.Chart_COLUMNS:
		d.columns(t)
	case c.GetForm() == reportv1.Chart_TIME_AXIS:
		d.timeAxis(t)
	default:
		d.bars(t)
	}
	return d.Drawing
}

// drawing is a picture in the making. Height is how far down it has come.
type drawing struct{ Drawing }

// add puts shapes on top of what is there.
func (d *drawing) add(shapes ...Shape) { d.Shapes = append(d.Shapes, shapes...) }

// none draws a chart without a single value.
func (d *drawing) none() {
	const height = 36
	d.add(
		Text{X: d.Width / 2, Y: height/2 - 2, Size: labelSize, Anchor: Middle, Tone: Soft, Content: "No values"},
		Line{X1: 0, Y1: height - 4, X2: d.Width, Y2: height - 4, Width: 0.75, Tone: Hairline},
	)
	d.Height = height
}

// Hatching returns the lines that a hatched rectangle is drawn with: slanting ones, and
// its border.
func Hatching(r Rect) []Line {
	const gap = 3.5
	line := func(x1, y1, x2, y2 float64) Line {
		return Line{X1: x1, Y1: y1, X2: x2, Y2: y2, Width: 0.75, Tone: r.Fill}
	}
	right, bottom := r.X+r.W, r.Y+r.H
	lines := []Line{
		line(r.X, r.Y, right, r.Y), line(right, r.Y, right, bottom),
		line(right, bottom, r.X, bottom), line(r.X, bottom, r.X, r.Y),
	}
	// Each line goes up to the right; at is how far right of the corner its lower end
	// would be if the bottom went on for ever.
	for at := gap; at < r.W+r.H; at += gap {
		x1, y1 := r.X, bottom-at
		if at > r.H {
			x1, y1 = r.X+at-r.H, r.Y
		}
		x2, y2 := r.X+at, bottom
		if at > r.W {
			x2, y2 = right, bottom-(at-r.W)
		}
		lines = append(lines, line(x1, y1, x2, y2))
	}
	return lines
}
