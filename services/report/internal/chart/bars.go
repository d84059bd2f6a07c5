package chart

import "strconv"

const (
	rowHeight = 20.0
	barHeight = 12.0
	// gap is the space between a label and what it belongs to.
	gap = 6.0
	// mostRows keeps a chart on one page; the description has what is left out.
	mostRows = 24
	// labelShare is the part of the width that the names may take.
	labelShare = 0.42
)

// bars draws a bar for each row, of one part for each series.
func (d *drawing) bars(t table) {
	t = t.first(mostRows)
	d.legend(t.series)
	var names, values float64
	for _, r := range t.rows {
		names = max(names, width(cut(r.name, labelSize, labelShare*d.Width), labelSize))
		values = max(values, width(r.label(), labelSize))
	}
	names, values = min(names, labelShare*d.Width), min(values, 0.3*d.Width)
	frame := frame{left: names + gap, width: d.Width - names - 2*gap - values}
	frame.unit = t.largest()
	for _, r := range t.rows {
		_, sum := r.scaled(frame.unit)
		frame.most = max(frame.most, sum)
	}
	frame.most = max(frame.most, 1)
	top := d.Height
	for _, r := range t.rows {
		d.bar(r, frame)
	}
	d.add(Line{X1: frame.left, Y1: top, X2: frame.left, Y2: d.Height, Width: 0.75, Tone: Soft})
	d.left(t.more)
}

// frame is where bars go: as many points wide as the longest is, which is most units.
type frame struct{ left, width, unit, most float64 }

// bar draws one row: its name, its parts, its values.
func (d *drawing) bar(r row, f frame) {
	y := d.Height
	baseline := y + rowHeight/2 + 0.35*labelSize
	d.add(Text{
		X: f.left - gap, Y: baseline, Size: labelSize, Anchor: End, Tone: Ink,
		Content: label(r.name, labelSize, f.left-gap),
	})
	parts, _ := r.scaled(f.unit)
	x := f.left
	for i, part := range parts {
		long := part / f.most * f.width
		if long > 0 {
			rect := fill(i)
			rect.X, rect.Y, rect.W, rect.H = x, y+(rowHeight-barHeight)/2, max(long-0.75, 0.75), barHeight
			d.add(rect)
		}
		x += long
	}
	d.add(Text{X: x + gap, Y: baseline, Size: labelSize, Tone: Ink, Content: cut(r.label(), labelSize, d.Width-x-gap)})
	d.Height += rowHeight
}

// fill returns how a series is filled. Neighbours differ by hatching, not by tone alone.
func fill(series int) Rect {
	fills := [...]Rect{{Fill: Accent}, {Fill: Accent, Hatch: true}, {Fill: Soft}, {Fill: Soft, Hatch: true}, {Fill: Ink}, {Fill: Ink, Hatch: true}}
	return fills[series%len(fills)]
}

// legend names the series, in the order in which values are written; one alone needs none.
func (d *drawing) legend(series []string) {
	if len(series) < 2 {
		return
	}
	const swatch, between, line = 9.0, 14.0, 15.0
	x := 0.0
	for i, name := range series {
		name = label(name, labelSize, d.Width-swatch-gap)
		wide := swatch + gap + width(name, labelSize)
		if x > 0 && x+wide > d.Width {
			x, d.Height = 0, d.Height+line
		}
		rect := fill(i)
		rect.X, rect.Y, rect.W, rect.H = x, d.Height+2, swatch, swatch
		d.add(rect, Text{X: x + swatch + gap - 2, Y: d.Height + 10, Size: labelSize, Tone: Ink, Content: name})
		x += wide + between
	}
	d.Height += line + 6
}

// left says how many rows are not in the drawing.
func (d *drawing) left(more int) {
	if more == 0 {
		return
	}
	d.add(Text{X: 0, Y: d.Height + 12, Size: labelSize, Tone: Soft, Content: "… + " + strconv.Itoa(more)})
	d.Height += rowHeight
}
