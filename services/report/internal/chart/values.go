package chart

import (
	"math"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Values writes what a chart shows as a table, for formats that stand a table beside the
// drawing or in its place: the names of the series, empty where a series has none, and
// for each category its name and its values.
func Values(c *reportv1.Chart) (series []string, rows [][]string) {
	t := tableOf(c)
	for _, r := range t.rows {
		cells := []string{r.name}
		for _, v := range r.values {
			if c.GetForm() == reportv1.Chart_TIME_AXIS && !math.IsNaN(v) {
				cells = append(cells, timeName(v, 1.0/12))
				continue
			}
			cells = append(cells, number(v))
		}
		rows = append(rows, cells)
	}
	return t.series, rows
}
