package chart

import (
	"math"
	"strconv"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// table is what a chart shows, made regular: each row has a value for each series.
type table struct {
	series []string
	rows   []row
	// more is how many rows are left out of the drawing.
	more int
}

// row is a category with its values; a missing one is NaN.
type row struct {
	name   string
	values []float64
}

// tableOf reads a chart's data. Values without a category are dropped, categories
// without a value have none.
func tableOf(c *reportv1.Chart) table {
	var t table
	for _, s := range c.GetSeries() {
		t.series = append(t.series, plain(s.GetName()))
	}
	for i, name := range c.GetCategories() {
		r := row{name: plain(name)}
		for _, s := range c.GetSeries() {
			v := math.NaN()
			if i < len(s.GetValues()) && !math.IsInf(s.GetValues()[i], 0) {
				v = s.GetValues()[i]
			}
			r.values = append(r.values, v)
		}
		t.rows = append(t.rows, r)
	}
	return t
}

// empty reports whether there is no value at all.
func (t table) empty() bool {
	for _, r := range t.rows {
		for _, v := range r.values {
			if !math.IsNaN(v) {
				return false
			}
		}
	}
	return true
}

// first keeps the first n rows; how many were dropped is shown.
func (t table) first(n int) table {
	if len(t.rows) > n {
		t.more += len(t.rows) - n
		t.rows = t.rows[:n]
	}
	return t
}

// largest returns the largest value, at least the smallest positive number: it is
// divided by.
func (t table) largest() float64 {
	largest := math.SmallestNonzeroFloat64
	for _, r := range t.rows {
		for _, v := range r.values {
			largest = max(largest, known(v))
		}
	}
	return largest
}

// scaled returns the values of a row as multiples of unit, and their sum: sums of the
// values themselves may be too large for a number.
func (r row) scaled(unit float64) (parts []float64, sum float64) {
	for _, v := range r.values {
		part := known(v) / unit
		parts, sum = append(parts, part), sum+part
	}
	return parts, sum
}

// known returns what is drawn of a value: nothing of a missing or negative one.
func known(v float64) float64 {
	if math.IsNaN(v) || v < 0 {
		return 0
	}
	return v
}

// label returns a row's values as they are written beside it.
func (r row) label() string {
	labels := make([]string, 0, len(r.values))
	for _, v := range r.values {
		labels = append(labels, number(v))
	}
	return strings.Join(labels, " / ")
}

// number writes a value: with commas between thousands and at most two decimals, very
// large and very small ones with an exponent.
func number(v float64) string {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "–"
	case size >= 1e12 || (size > 0 && size < 0.01):
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	text := strconv.FormatFloat(size, 'f', 2, 64)
	whole, decimals, _ := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if decimals = strings.TrimRight(decimals, "0"); decimals != "" {
		whole += "." + decimals
	}
	if v < 0 {
		return "−" + whole
	}
	return whole
}
