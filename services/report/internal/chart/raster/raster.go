// Package raster turns drawings of charts into PNG, for programs that cannot show SVG.
//
// Text is set in the Go fonts, which cover Latin, Greek and Cyrillic; characters of
// other scripts are boxes here, and as they should be in the SVG.
package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/researcherpro/researcherpro/services/report/internal/chart"
)

// canvas is a picture in the making; scale is how many pixels a point has.
type canvas struct {
	*image.RGBA
	scale float64
	faces map[face]font.Face
}

// face is a font in a size.
type face struct {
	size float64
	bold bool
}

// PNG draws on white paper with so many pixels for a point.
func PNG(d chart.Drawing, scale float64) ([]byte, error) {
	size := image.Rect(0, 0, int(math.Ceil(d.Width*scale)), int(math.Ceil(d.Height*scale)))
	c := &canvas{RGBA: image.NewRGBA(size), scale: scale, faces: map[face]font.Face{}}
	draw.Draw(c.RGBA, size, image.NewUniform(colour(chart.Paper)), image.Point{}, draw.Src)
	for _, s := range d.Shapes {
		if err := c.shape(s); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	// A chart is mostly paper: it stays small without much effort.
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, c.RGBA); err != nil {
		return nil, fmt.Errorf("encode chart as PNG: %w", err)
	}
	return out.Bytes(), nil
}

// shape draws one shape.
func (c *canvas) shape(s chart.Shape) error {
	switch s := s.(type) {
	case chart.Rect:
		c.rect(s)
	case chart.Line:
		c.line(s)
	case chart.Circle:
		c.circle(s)
	case chart.Text:
		return c.text(s)
	}
	return nil
}

func (c *canvas) rect(r chart.Rect) {
	if r.Hatch {
		for _, l := range chart.Hatching(r) {
			c.line(l)
		}
		return
	}
	c.polygon(r.Fill, [][2]float64{{r.X, r.Y}, {r.X + r.W, r.Y}, {r.X + r.W, r.Y + r.H}, {r.X, r.Y + r.H}})
}

// line draws a line as the narrow rectangle that it is; a dashed one in pieces.
func (c *canvas) line(l chart.Line) {
	const dash = 2.0
	length := math.Hypot(l.X2-l.X1, l.Y2-l.Y1)
	if length == 0 {
		return
	}
	dx, dy := (l.X2-l.X1)/length, (l.Y2-l.Y1)/length
	side := func(at, off float64) [2]float64 { return [2]float64{l.X1 + dx*at - dy*off, l.Y1 + dy*at + dx*off} }
	piece, step := length, length
	if l.Dashed {
		piece, step = dash, 2*dash
	}
	half := l.Width / 2
	for at := 0.0; at < length; at += step {
		end := min(at+piece, length)
		c.polygon(l.Tone, [][2]float64{side(at, half), side(end, half), side(end, -half), side(at, -half)})
	}
}

func (c *canvas) circle(s chart.Circle) {
	const corners = 48
	points := make([][2]float64, 0, corners)
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points = append(points, [2]float64{s.X + s.R*cos, s.Y + s.R*sin})
	}
	c.polygon(s.Fill, points)
}

// polygon fills the area between points, as far as it is on the paper. Only the pixels
// around it are worked on: a chart has hundreds of small shapes.
func (c *canvas) polygon(tone chart.Tone, points [][2]float64) {
	paper := c.Bounds()
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	corners := make([][2]float64, 0, len(points))
	for _, p := range points {
		x := min(max(p[0]*c.scale, 0), float64(paper.Dx()))
		y := min(max(p[1]*c.scale, 0), float64(paper.Dy()))
		corners = append(corners, [2]float64{x, y})
		left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
	}
	box := image.Rect(int(math.Floor(left)), int(math.Floor(top)), int(math.Ceil(right)), int(math.Ceil(bottom)))
	if box.Empty() {
		return
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, p := range corners {
		x, y := float32(p[0]-float64(box.Min.X)), float32(p[1]-float64(box.Min.Y))
		if i == 0 {
			r.MoveTo(x, y)
			continue
		}
		r.LineTo(x, y)
	}
	r.ClosePath()
	r.Draw(c.RGBA, box, image.NewUniform(colour(tone)), image.Point{})
}

// text writes one line.
func (c *canvas) text(t chart.Text) error {
	f, err := c.face(face{t.Size, t.Bold})
	if err != nil {
		return err
	}
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(colour(t.Tone)), Face: f}
	x := t.X * c.scale
	switch long := float64(d.MeasureString(t.Content)) / 64; t.Anchor {
	case chart.Middle:
		x -= long / 2
	case chart.End:
		x -= long
	case chart.Start:
	}
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(t.Y * c.scale * 64)}
	d.DrawString(t.Content)
	return nil
}

// face returns a font, read once for each drawing.
func (c *canvas) face(key face) (font.Face, error) {
	if f, ok := c.faces[key]; ok {
		return f, nil
	}
	data := goregular.TTF
	if key.bold {
		data = gobold.TTF
	}
	parsed, err := opentype.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("read the font of charts: %w", err)
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: key.size * c.scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("set up the font of charts: %w", err)
	}
	c.faces[key] = f
	return f, nil
}

// colour reads the colour that a tone has on paper.
func colour(t chart.Tone) color.RGBA {
	c := color.RGBA{A: 0xff}
	// The colours are ours and have six digits.
	_, _ = fmt.Sscanf(chart.Plain(t), "#%02x%02x%02x", &c.R, &c.G, &c.B)
	return c
}
