// Package raster turns drawings of charts into PNG, for programs that cannot show SVG.
//
// Text is set in the fonts of PDF reports, so that every script they have can be read.
package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"

	"github.com/researcherpro/researcherpro/services/report/internal/chart"
)

// canvas is a picture in the making; scale is how many pixels a point has.
type canvas struct {
	*image.RGBA
	scale float64
}

// PNG draws on white paper with so many pixels for a point.
func PNG(d chart.Drawing, scale float64) ([]byte, error) {
	size := image.Rect(0, 0, int(math.Ceil(d.Width*scale)), int(math.Ceil(d.Height*scale)))
	c := &canvas{RGBA: image.NewRGBA(size), scale: scale}
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
	c.mask(r, box, tone)
}

// mask lays paint on where a shape is. What is not on the paper is left out: the rasterizer
// draws no part of its picture only.
func (c *canvas) mask(r *vector.Rasterizer, box image.Rectangle, tone chart.Tone) {
	paint := image.NewUniform(colour(tone))
	if box.In(c.Bounds()) {
		r.Draw(c.RGBA, box, paint, image.Point{})
		return
	}
	covered := image.NewAlpha(box)
	r.Draw(covered, box, image.Opaque, image.Point{})
	draw.DrawMask(c.RGBA, box, paint, image.Point{}, covered, box.Min, draw.Over)
}

// colour reads the colour that a tone has on paper.
func colour(t chart.Tone) color.RGBA {
	c := color.RGBA{A: 0xff}
	// The colours are ours and have six digits.
	_, _ = fmt.Sscanf(chart.Plain(t), "#%02x%02x%02x", &c.R, &c.G, &c.B)
	return c
}
