package chart

import (
	"fmt"
	"math"
	"sort"
	"strconv"
)

// span is a stretch of time in years, drawn from left over width points.
type span struct{ from, to, left, width float64 }

// at returns where a time is.
func (s span) at(year float64) float64 {
	return s.left + (year-s.from)/(s.to-s.from)*s.width
}

// timeAxis draws a point for each event, each on a line of its own so that names never
// touch, the earliest on top.
func (d *drawing) timeAxis(t table) {
	events := dated(t)
	if len(events) == 0 {
		d.none()
		return
	}
	more := 0
	if len(events) > mostRows {
		more, events = len(events)-mostRows, events[:mostRows]
	}
	s, ticks := d.scale(events)
	const head = 16.0
	bottom := head + rowHeight*float64(len(events)) + 2
	for _, tick := range ticks {
		x := s.at(tick.year)
		d.add(
			Line{X1: x, Y1: head, X2: x, Y2: bottom, Width: 0.75, Tone: Hairline},
			Text{X: x, Y: head - 5, Size: 8, Anchor: Middle, Tone: Soft, Content: tick.name},
		)
	}
	d.add(Line{X1: 0, Y1: head, X2: d.Width, Y2: head, Width: 0.75, Tone: Soft})
	for i, e := range events {
		// Below the names, which lie on the lines of other events.
		x := s.at(e.values[0])
		d.add(Line{X1: x, Y1: head, X2: x, Y2: head + rowHeight*float64(i) + gap, Width: 0.6, Tone: Soft, Dashed: true})
	}
	d.Height = head
	for _, e := range events {
		d.event(e, s)
	}
	d.Height = bottom
	d.left(more)
}

// event draws one event: the point, and its name on the side that has more room.
func (d *drawing) event(e row, s span) {
	x, y := s.at(e.values[0]), d.Height+rowHeight/2
	text := Text{X: x + gap + 2, Y: y + 0.35*labelSize, Size: labelSize, Tone: Ink}
	room := d.Width - text.X
	if x > d.Width/2 {
		text.X, text.Anchor = x-gap-2, End
		room = text.X
	}
	text.Content = label(e.name, labelSize, room)
	// The dashed lines of later events would strike the name through.
	back := Rect{X: text.X - 1, Y: y - labelSize*0.75, W: width(text.Content, labelSize) + 2, H: labelSize * 1.5, Fill: Paper}
	if text.Anchor == End {
		back.X = text.X - back.W + 1
	}
	d.add(back, text, Circle{X: x, Y: y, R: 3.5, Fill: Accent})
	d.Height += rowHeight
}

// dated returns the rows with a time, the earliest first. Times that no calendar has
// are left out.
func dated(t table) []row {
	const far = 1e6
	var events []row
	for _, r := range t.rows {
		if len(r.values) > 0 && math.Abs(r.values[0]) < far { // false for NaN
			events = append(events, r)
		}
	}
	sort.SliceStable(events, func(i, j int) bool { return events[i].values[0] < events[j].values[0] })
	return events
}

// tick is a mark on the axis.
type tick struct {
	year float64
	name string
}

// scale chooses marks at round years, or at months when all lies within few years.
func (d *drawing) scale(events []row) (span, []tick) {
	const room = 56.0 // for the name of a mark
	from, to := events[0].values[0], events[len(events)-1].values[0]
	count := math.Max(2, math.Floor(d.Width/room)-1)
	step := stepOf((to - from) / count)
	first := math.Floor(from/step + 1e-9)
	last := math.Max(math.Ceil(to/step-1e-9), first+1)
	s := span{from: first * step, to: last * step, left: room / 2, width: d.Width - room}
	var ticks []tick
	for i := first; i <= last; i++ {
		ticks = append(ticks, tick{i * step, timeName(i*step, step)})
	}
	return s, ticks
}

// stepOf returns the round step that is at least as long as the given one.
func stepOf(years float64) float64 {
	for _, months := range []float64{1, 3, 6} {
		if years <= months/12 {
			return months / 12
		}
	}
	for unit := 1.0; ; unit *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if years <= n*unit {
				return n * unit
			}
		}
	}
}

// timeName names a mark: `2021`, or `2021-05` when the step is of months.
func timeName(year, step float64) string {
	whole := math.Floor(year + 1e-6)
	if step >= 1 {
		return strconv.Itoa(int(whole))
	}
	return fmt.Sprintf("%d-%02d", int(whole), int(math.Round((year-whole)*12))+1)
}
