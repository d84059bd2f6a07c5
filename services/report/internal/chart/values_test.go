package chart_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		chart  *reportv1.Chart
		series []string
		rows   [][]string
	}{
		"each category has a value of each series, a missing one is a dash": {
			&reportv1.Chart{Form: reportv1.Chart_STACKED_BARS, Categories: []string{"A", "B"}, Series: []*reportv1.Chart_Series{
				{Name: "for", Values: []float64{1234.5, math.Inf(1)}}, {Name: "against", Values: []float64{0}},
			}},
			[]string{"for", "against"},
			[][]string{{"A", "1,234.5", "0"}, {"B", "–", "–"}},
		},
		"a time is written as month and year": {
			&reportv1.Chart{Form: reportv1.Chart_TIME_AXIS, Categories: []string{"sounded"}, Series: []*reportv1.Chart_Series{{Values: []float64{2021.38}}}},
			[]string{""},
			[][]string{{"sounded", "2021-06"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			series, rows := chart.Values(c.chart)
			require.Equal(t, c.series, series)
			require.Equal(t, c.rows, rows)
		})
	}
}
