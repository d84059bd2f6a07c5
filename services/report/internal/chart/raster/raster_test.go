package raster_test

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/chart/raster"
)

func TestShapesAreDrawnWhereTheyAre(t *testing.T) {
	t.Parallel()
	data, err := raster.PNG(chart.Drawing{Width: 100, Height: 50, Shapes: []chart.Shape{
		chart.Rect{X: 10, Y: 10, W: 20, H: 20, Fill: chart.Accent},
		chart.Rect{X: 40, Y: 10, W: 20, H: 20, Fill: chart.Accent, Hatch: true},
		chart.Circle{X: 80, Y: 20, R: 8, Fill: chart.Soft},
		chart.Line{X1: 0, Y1: 45, X2: 100, Y2: 45, Width: 2, Tone: chart.Ink},
		chart.Line{X1: 0, Y1: 40, X2: 100, Y2: 40, Width: 2, Tone: chart.Ink, Dashed: true},
	}}, 2)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.Equal(t, 200, picture.Bounds().Dx())
	require.Equal(t, 100, picture.Bounds().Dy())
	at := func(x, y float64) color.Color { return picture.At(int(x*2), int(y*2)) }
	white, accent := color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0x1f, 0x4e, 0x8c, 0xff}
	require.Equal(t, accent, at(20, 20))
	require.Equal(t, white, at(35, 20))
	require.Equal(t, color.RGBA{0x5d, 0x5a, 0x53, 0xff}, at(80, 20))
	require.Equal(t, white, at(80, 30))
	require.Equal(t, color.RGBA{0x1c, 0x1b, 0x19, 0xff}, at(50, 45))
	solid, light := 0, 0
	for x := 80; x < 120; x++ {
		if picture.At(x, 50) == white {
			light++
		} else {
			solid++
		}
	}
	require.Positive(t, solid, "a hatched rectangle has lines")
	require.Positive(t, light, "and paper between them")
	require.Equal(t, white, at(3, 40), "a dashed line has gaps")
}

func TestEveryDrawingCanBeMadeAndIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*reportv1.Chart{
		"empty":   {},
		"hostile": {Categories: []string{"\x00\xff</svg>", "كتاب", "湖泊"}, Series: []*reportv1.Chart_Series{{Values: []float64{math.Inf(1), 1, math.MaxFloat64}}}},
		"long":    {Categories: []string{strings.Repeat("x", 1<<20)}, Series: []*reportv1.Chart_Series{{Values: []float64{1}}}},
	} {
		for _, form := range []reportv1.Chart_Form{reportv1.Chart_BARS, reportv1.Chart_COLUMNS, reportv1.Chart_TIME_AXIS} {
			t.Run(name+form.String(), func(t *testing.T) {
				t.Parallel()
				d := chart.Draw(&reportv1.Chart{Form: form, Categories: c.GetCategories(), Series: c.GetSeries()}, 468)
				one, err := raster.PNG(d, 2)
				require.NoError(t, err)
				two, err := raster.PNG(d, 2)
				require.NoError(t, err)
				require.Equal(t, one, two)
			})
		}
	}
}
