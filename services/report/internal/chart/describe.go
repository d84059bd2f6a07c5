package chart

import (
	"math"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Describe says in words what a chart shows, as its alternative text: its description,
// and after it the categories with their values where the description lacks one of
// their names. Names are whole here, in whatever way the drawing shortens them.
func Describe(c *reportv1.Chart) string {
	words := c.GetDescription()
	t := tableOf(c)
	told := true
	for _, name := range append(append([]string{}, t.series...), names(t)...) {
		told = told && strings.Contains(plain(words), name)
	}
	if told {
		return words
	}
	var out strings.Builder
	out.WriteString(words)
	if words != "" {
		out.WriteString(" ")
	}
	for i, r := range t.rows {
		if i > 0 {
			out.WriteString("; ")
		}
		if c.GetForm() == reportv1.Chart_TIME_AXIS && len(r.values) > 0 && !math.IsNaN(r.values[0]) {
			out.WriteString(r.name + ": " + timeName(r.values[0], 1.0/12))
			continue
		}
		out.WriteString(r.name + ": " + r.said(t.series))
	}
	out.WriteString(".")
	return out.String()
}

func names(t table) []string {
	out := make([]string, 0, len(t.rows))
	for _, r := range t.rows {
		out = append(out, r.name)
	}
	return out
}

// said writes the values of a row, each after the name of its series.
func (r row) said(series []string) string {
	said := make([]string, 0, len(r.values))
	for i, v := range r.values {
		text := number(v)
		if series[i] != "" {
			text = series[i] + " " + text
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}
