package raster

import (
	"fmt"
	"image"
	"math"
	"sync"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// shared are the fonts: they are large, are read when they are first needed, and do not
// change.
var shared = sync.OnceValue(fonts.New)

// em is the size at which text is shaped.
const em = 1000

// run is a piece of text in one font and direction, in ems.
type run struct {
	start, end int
	level      bidi.Level
	face       *font.Face
	output     shaping.Output
}

// text writes one line.
func (c *canvas) text(t chart.Text) error {
	runs, err := shape(t)
	if err != nil {
		return err
	}
	var long float64
	for _, r := range runs {
		long += pixels(r.output.Advance)
	}
	size := t.Size * c.scale
	x := t.X * c.scale
	switch t.Anchor {
	case chart.Middle:
		x -= long * size / 2
	case chart.End:
		x -= long * size
	case chart.Start:
	}
	for _, r := range runs {
		for _, g := range r.output.Glyphs {
			if outline, ok := r.face.GlyphData(g.GlyphID).(font.GlyphOutline); ok {
				c.glyph(outline.Segments, t.Tone, pen{
					x: x + pixels(g.XOffset)*size, y: t.Y*c.scale - pixels(g.YOffset)*size, scale: size / float64(r.face.Upem()),
				})
			}
			x += pixels(g.Advance) * size
		}
	}
	return nil
}

// pixels returns a length that was measured at the size of shaping, in ems.
func pixels(v fixed.Int26_6) float64 { return float64(v) / 64 / em }

// pen is where a glyph is drawn, and how many pixels a unit of its font is.
type pen struct{ x, y, scale float64 }

// glyph fills an outline.
func (c *canvas) glyph(segments []opentype.Segment, tone chart.Tone, p pen) {
	at := func(s opentype.SegmentPoint) (x, y float64) {
		return p.x + float64(s.X)*p.scale, p.y - float64(s.Y)*p.scale
	}
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, s := range segments {
		for _, point := range s.ArgsSlice() {
			x, y := at(point)
			left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
		}
	}
	if len(segments) == 0 {
		return
	}
	box := image.Rect(int(math.Floor(left)), int(math.Floor(top)), int(math.Ceil(right))+1, int(math.Ceil(bottom))+1)
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	to := func(s opentype.SegmentPoint) (float32, float32) {
		x, y := at(s)
		return float32(x - float64(box.Min.X)), float32(y - float64(box.Min.Y))
	}
	for _, s := range segments {
		x1, y1 := to(s.Args[0])
		x2, y2 := to(s.Args[1])
		x3, y3 := to(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(x1, y1)
		case opentype.SegmentOpLineTo:
			r.LineTo(x1, y1)
		case opentype.SegmentOpQuadTo:
			r.QuadTo(x1, y1, x2, y2)
		case opentype.SegmentOpCubeTo:
			r.CubeTo(x1, y1, x2, y2, x3, y3)
		}
	}
	r.ClosePath()
	c.mask(r, box, tone)
}

// shape finds the glyphs of a line, in the order from left to right.
func shape(t chart.Text) ([]run, error) {
	runes := []rune(t.Content)
	runs, err := split(runes, t.Bold)
	if err != nil {
		return nil, err
	}
	var harfbuzz shaping.HarfbuzzShaper
	for i, r := range runs {
		toward := di.DirectionLTR
		if r.level%2 == 1 {
			toward = di.DirectionRTL
		}
		runs[i].output = harfbuzz.Shape(shaping.Input{
			Text: runes, RunStart: r.start, RunEnd: r.end, Direction: toward, Face: r.face, Size: fixed.I(em), Script: scriptOf(runes[r.start:r.end]),
		})
	}
	readable.Reorder(runs, func(r run) bidi.Level { return r.level })
	return runs, nil
}

// split splits a line wherever its direction, its script or its font changes.
func split(runes []rune, bold bool) ([]run, error) {
	style := fonts.Sans
	if bold {
		style |= fonts.Bold
	}
	faces := map[*fonts.Font]*font.Face{}
	var runs []run
	var paragraph bidi.Paragraph
	directions := paragraph.Segment(runes, bidi.LeftToRight)
	for i := range directions.NumRuns() {
		d := directions.Run(i)
		var before *fonts.Font
		script := language.Common
		for at := d.Start; at < d.End; at++ {
			choice, err := shared().Choose(runes[at], style)
			if err != nil {
				return nil, fmt.Errorf("choose the font of a chart: %w", err)
			}
			if before != nil && sticks(runes[at], before) {
				choice.Font = before
			}
			if faces[choice.Font] == nil {
				faces[choice.Font] = font.NewFace(choice.Font.Font)
			}
			found := language.LookupScript(runes[at])
			turned := found.Strong() && script.Strong() && found != script
			if choice.Font != before || turned {
				runs = append(runs, run{start: at, level: d.Level, face: faces[choice.Font]})
				script = language.Common
			}
			if found.Strong() {
				script = found
			}
			before = choice.Font
			runs[len(runs)-1].end = at + 1
		}
	}
	return runs, nil
}

// sticks reports whether a character is set in the font of what stands before it: marks
// do not find their letter in another one.
func sticks(r rune, before *fonts.Font) bool {
	if language.LookupScript(r).Strong() {
		return false
	}
	_, has := before.NominalGlyph(r)
	return has
}

// scriptOf returns the script of a run.
func scriptOf(runes []rune) language.Script {
	for _, r := range runes {
		if s := language.LookupScript(r); s.Strong() {
			return s
		}
	}
	return language.Common
}
