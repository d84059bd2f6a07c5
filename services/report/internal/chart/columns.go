package chart

const (
	columnsHeight = 120.0
	// mostColumns keeps a column at least about a point wide.
	mostColumns = 200
)

// columns draws an upright bar for each row over an axis that names them.
func (d *drawing) columns(t table) {
	t = t.first(mostColumns)
	d.legend(t.series)
	unit, most := t.largest(), 1.0
	for _, r := range t.rows {
		_, sum := r.scaled(unit)
		most = max(most, sum)
	}
	slot := d.Width / float64(len(t.rows))
	top := d.Height + labelSize + 4
	bottom := top + columnsHeight
	spelled := d.spelled(t, slot)
	for i, r := range t.rows {
		d.column(r, frame{left: slot * float64(i), width: slot, unit: unit, most: most}, [2]float64{top, bottom}, spelled)
	}
	d.add(Line{X1: 0, Y1: bottom, X2: d.Width, Y2: bottom, Width: 0.75, Tone: Soft})
	d.Height = bottom
	d.years(t, slot)
	d.left(t.more)
}

// spelled reports whether there is room for the value over each column.
func (d *drawing) spelled(t table, slot float64) bool {
	for _, r := range t.rows {
		if width(r.label(), labelSize) > slot-1 {
			return false
		}
	}
	return true
}

// column draws one row between two heights. Without room for every value, only the
// largest is written: it gives the scale.
func (d *drawing) column(r row, f frame, between [2]float64, spelled bool) {
	thick := min(f.width*0.7, 46)
	y := between[1]
	parts, sum := r.scaled(f.unit)
	for i, part := range parts {
		high := part / f.most * (between[1] - between[0])
		if high > 0 {
			rect := fill(i)
			rect.X, rect.Y, rect.W, rect.H = f.left+(f.width-thick)/2, y-high, thick, max(high-0.75, 0.75)
			d.add(rect)
		}
		y -= high
	}
	if !spelled && sum < f.most || sum == 0 && r.label() == "0" {
		return
	}
	text := cut(r.label(), labelSize, d.Width)
	half := width(text, labelSize) / 2
	// The label of a thin column at the edge stays inside of the drawing.
	x := min(max(f.left+f.width/2, half), d.Width-half)
	d.add(Text{X: x, Y: y - 4, Size: labelSize, Anchor: Middle, Tone: Ink, Content: text})
}

// years names the columns, every one or every few, so that names do not touch.
func (d *drawing) years(t table, slot float64) {
	const size = 8.0
	longest := 0.0
	for _, r := range t.rows {
		longest = max(longest, width(cut(r.name, size, 90), size))
	}
	step := 1
	for float64(step)*slot < longest+gap && step < len(t.rows) {
		step++
	}
	// Few columns with long names are each named, as far as there is room.
	if len(t.rows) <= 8 {
		step = 1
	}
	used := -gap
	for i := 0; i < len(t.rows); i += step {
		name := label(t.rows[i].name, size, max(slot*float64(step)-2, 12))
		half := width(name, size) / 2
		x := min(max(slot*(float64(i)+0.5), half), d.Width-half)
		if x-half < used+1 {
			continue // moved inside of the drawing, it would touch its neighbour
		}
		used = x + half
		d.add(Text{X: x, Y: d.Height + 12, Size: size, Anchor: Middle, Tone: Soft, Content: name})
	}
	d.Height += 18
}
