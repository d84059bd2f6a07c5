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

func TestEveryScriptIsWritten(t *testing.T) {
	t.Parallel()
	written := func(s string) []byte {
		data, err := raster.PNG(chart.Drawing{Width: 120, Height: 20, Shapes: []chart.Shape{chart.Text{X: 2, Y: 14, Size: 9, Content: s}}}, 2)
		require.NoError(t, err)
		return data
	}
	// A character without a glyph looks like any other one without.
	for name, two := range map[string][2]string{
		"Latin": {"lake", "leak"}, "Greek": {"λίμνη", "λιμάνι"}, "Cyrillic": {"озеро", "озёра"}, "Arabic": {"بحيرة", "كتاب"}, "Hebrew": {"אגם", "מגא"},
		"Chinese": {"湖", "书"}, "Japanese": {"みず", "かわ"}, "Korean": {"호수", "강물"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NotEqual(t, written(""), written(two[0]))
			require.NotEqual(t, written(two[0]), written(two[1]))
		})
	}
}

func TestWhatIsWrittenFromRightToLeftStandsSo(t *testing.T) {
	t.Parallel()
	// ink returns where the first and the last column are that something is drawn in.
	ink := func(s string) (first, last int) {
		data, err := raster.PNG(chart.Drawing{Width: 200, Height: 20, Shapes: []chart.Shape{chart.Text{X: 2, Y: 14, Size: 9, Content: s}}}, 2)
		require.NoError(t, err)
		picture, err := png.Decode(bytes.NewReader(data))
		require.NoError(t, err)
		first = -1
		for x := range picture.Bounds().Dx() {
			for y := range picture.Bounds().Dy() {
				if r, _, _, _ := picture.At(x, y).RGBA(); r < 0x8000 {
					if first < 0 {
						first = x
					}
					last = x
				}
			}
		}
		return first, last
	}
	// What stands last is on the left: with many spaces in the middle, the mark of the
	// first letter would else be near it.
	first, last := ink("א" + strings.Repeat(" ", 20) + "ב")
	require.Greater(t, last-first, 60, "both ends are drawn")
	leftOne, _ := ink("ב")
	leftBoth, _ := ink("אב")
	require.Equal(t, leftOne, leftBoth, "the last letter is the leftmost")
	numberFirst, _ := ink("2021 א")
	alone, _ := ink("2021")
	require.Equal(t, alone, numberFirst, "a line begins at the left")
}
