package chart_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
)

var forms = []reportv1.Chart_Form{
	reportv1.Chart_FORM_UNSPECIFIED, reportv1.Chart_BARS, reportv1.Chart_STACKED_BARS, reportv1.Chart_COLUMNS, reportv1.Chart_TIME_AXIS,
}

// samples are the charts that every rule is tested on.
func samples() map[string]*reportv1.Chart {
	many := &reportv1.Chart{Series: []*reportv1.Chart_Series{{}}}
	for i := range 300 {
		many.Categories = append(many.Categories, fmt.Sprint(1800+i))
		many.Series[0].Values = append(many.Series[0].Values, float64(1800+i))
	}
	return map[string]*reportv1.Chart{
		"nothing":          {},
		"no values":        {Categories: []string{"a", "b"}, Series: []*reportv1.Chart_Series{{Values: []float64{math.NaN()}}}},
		"no series":        {Categories: []string{"a"}},
		"one value":        {Categories: []string{"a"}, Series: []*reportv1.Chart_Series{{Values: []float64{7}}}},
		"one zero":         {Categories: []string{"a"}, Series: []*reportv1.Chart_Series{{Values: []float64{0}}}},
		"no name":          {Categories: []string{""}, Series: []*reportv1.Chart_Series{{Values: []float64{1}}}},
		"values missing":   {Categories: []string{"a", "b", "c"}, Series: []*reportv1.Chart_Series{{Name: "x", Values: []float64{1, math.NaN()}}, {Name: "y"}}},
		"values left over": {Categories: []string{"a"}, Series: []*reportv1.Chart_Series{{Values: []float64{1, 2, 3}}}},
		"infinite":         {Categories: []string{"a", "b", "c"}, Series: []*reportv1.Chart_Series{{Values: []float64{math.Inf(1), math.Inf(-1), 3}}}},
		"huge": {Categories: []string{"a", "b"}, Series: []*reportv1.Chart_Series{
			{Name: "x", Values: []float64{math.MaxFloat64, 1}}, {Name: "y", Values: []float64{math.MaxFloat64, math.SmallestNonzeroFloat64}},
		}},
		"negative": {Categories: []string{"a", "b"}, Series: []*reportv1.Chart_Series{{Values: []float64{-5, -math.MaxFloat64}}}},
		"long names": {
			Categories: []string{strings.Repeat("A very long name ", 40), strings.Repeat("湖泊", 200), "بحيرة بايكال " + strings.Repeat("عميقة ", 60)},
			Series:     []*reportv1.Chart_Series{{Name: strings.Repeat("series ", 80), Values: []float64{2, 1, 3}}, {Name: "other", Values: []float64{1, 0, 3}}},
		},
		"hostile": {
			Title: "<script>alert(1)</script>", Description: "\x00\x1b \xff \ufffe ]]> \"'&", Categories: []string{"</svg><script>", "a\nb\x00"},
			Series: []*reportv1.Chart_Series{{Name: "\" onload=\"x", Values: []float64{1, 2}}, {Name: "&", Values: []float64{1, 2}}},
		},
		"many": many,
		"as usual": {
			Title: "Sources by kind", Description: "What was read.",
			Categories: []string{"Journal article", "Preprint of a working group", "Web page", "书", "كتاب عن البحيرات"},
			Series:     []*reportv1.Chart_Series{{Name: "Agree", Values: []float64{12, 7, 3, 1, 2}}, {Name: "Disagree", Values: []float64{2, 1, 4, 0, 1}}, {Name: "Unclear", Values: []float64{1, 1, 2, 3, 1}}},
		},
		"years": {
			Categories: []string{"2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025"},
			Series:     []*reportv1.Chart_Series{{Values: []float64{1, 0, 3, 12, 4, 9, 2, 0, 1, 6}}},
		},
		"events": {
			Categories: []string{"The lake was sounded for the first time", "It was named", "A treaty on its water was signed by all three countries around it", "A second survey found it deeper than was thought", "Drought"},
			Series:     []*reportv1.Chart_Series{{Values: []float64{1925.3, 1899, 1990.9, 2002.4, 2021}}},
		},
	}
}

// each runs a rule on every sample in every form and width.
func each(t *testing.T, rule func(t *testing.T, c *reportv1.Chart, width float64)) {
	t.Helper()
	for name, c := range samples() {
		for _, form := range forms {
			for _, width := range []float64{300, 468, 700} {
				c := &reportv1.Chart{Title: c.GetTitle(), Description: c.GetDescription(), Form: form, Categories: c.GetCategories(), Series: c.GetSeries()}
				t.Run(fmt.Sprintf("%s/%v/%v", name, form, width), func(t *testing.T) {
					t.Parallel()
					rule(t, c, width)
				})
			}
		}
	}
}

func TestEveryShapeIsInsideOfTheDrawing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *reportv1.Chart, width float64) {
		d := chart.Draw(c, width)
		require.InDelta(t, width, d.Width, 0)
		require.Greater(t, d.Height, 10.0)
		require.Less(t, d.Height, 640.0, "it must fit a page")
		inside := func(x, y float64) {
			require.True(t, x >= -0.01 && x <= d.Width+0.01 && y >= -0.01 && y <= d.Height+0.01, "(%v, %v) is outside of %v x %v", x, y, d.Width, d.Height)
		}
		for _, s := range d.Shapes {
			switch s := s.(type) {
			case chart.Rect:
				require.True(t, s.W >= 0 && s.H >= 0)
				if s.Fill != chart.Paper {
					inside(s.X, s.Y)
					inside(s.X+s.W, s.Y+s.H)
				}
				for _, l := range chart.Hatching(s) {
					require.True(t, min(l.X1, l.X2) >= s.X-0.01 && max(l.X1, l.X2) <= s.X+s.W+0.01, "%+v of %+v", l, s)
					require.True(t, min(l.Y1, l.Y2) >= s.Y-0.01 && max(l.Y1, l.Y2) <= s.Y+s.H+0.01, "%+v of %+v", l, s)
				}
			case chart.Line:
				inside(s.X1, s.Y1)
				inside(s.X2, s.Y2)
			case chart.Circle:
				inside(s.X, s.Y)
			case chart.Text:
				inside(s.X, s.Y)
				require.NotContains(t, s.Content, "NaN")
				require.NotContains(t, s.Content, "Inf")
			}
		}
	})
}

func TestSVGIsWellFormedAndHoldsNothingButShapes(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{"svg": true, "title": true, "desc": true, "rect": true, "line": true, "circle": true, "text": true}
	each(t, func(t *testing.T, c *reportv1.Chart, width float64) {
		out := chart.SVG(c, width, "chart-1")
		require.Equal(t, out, chart.SVG(c, width, "chart-1"))
		ids := map[string]bool{}
		decoder := xml.NewDecoder(strings.NewReader(out))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			require.True(t, allowed[start.Name.Local], start.Name.Local)
			for _, a := range start.Attr {
				require.NotRegexp(t, "(?i)^on|href|^style", a.Name.Local)
				if a.Name.Local != "id" && !strings.HasPrefix(a.Name.Local, "aria") {
					require.NotContains(t, a.Value, "NaN")
					require.NotContains(t, a.Value, "Inf")
				}
				if a.Name.Local == "id" {
					ids[a.Value] = true
				}
			}
		}
		require.Equal(t, map[string]bool{"chart-1": true, "chart-1-title": true, "chart-1-desc": true}, ids)
		require.Contains(t, out, `aria-labelledby="chart-1-title chart-1-desc"`)
	})
}

func TestEveryValueIsWrittenBesideItsBar(t *testing.T) {
	t.Parallel()
	c := &reportv1.Chart{Form: reportv1.Chart_STACKED_BARS, Categories: []string{"Depth", "Age"}, Series: []*reportv1.Chart_Series{
		{Name: "agree", Values: []float64{1642, 2.5}}, {Name: "disagree", Values: []float64{3, math.NaN()}},
	}}
	require.Subset(t, texts(chart.Draw(c, 468)), []string{"Depth", "Age", "1,642 / 3", "2.5 / –", "agree", "disagree"})
}

func TestTheLongestBarHasItsWholeValueToo(t *testing.T) {
	t.Parallel()
	for _, width := range []float64{300, 311.7, 468, 555.5, 700} {
		c := &reportv1.Chart{Form: reportv1.Chart_BARS, Categories: []string{"Journal article", "b"}, Series: []*reportv1.Chart_Series{{Values: []float64{1234567, 3}}}}
		require.Subset(t, texts(chart.Draw(c, width)), []string{"Journal article", "1,234,567"})
		c.Categories[0] = "a"
		require.Contains(t, texts(chart.Draw(c, width)), "a")
	}
}

func TestSeriesDifferWithoutColour(t *testing.T) {
	t.Parallel()
	c := &reportv1.Chart{Form: reportv1.Chart_STACKED_BARS, Categories: []string{"a"}, Series: []*reportv1.Chart_Series{
		{Name: "x", Values: []float64{2}}, {Name: "y", Values: []float64{2}},
	}}
	var hatched []bool
	for _, s := range chart.Draw(c, 468).Shapes {
		if r, ok := s.(chart.Rect); ok {
			hatched = append(hatched, r.Hatch)
		}
	}
	require.Equal(t, []bool{false, true, false, true}, hatched, "the legend and the bar")
}

func TestLongNamesAreCutInTheDrawingAndWholeInTheDescription(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("A very long name ", 40))
	c := &reportv1.Chart{Description: "One of them.", Form: reportv1.Chart_BARS, Categories: []string{long}, Series: []*reportv1.Chart_Series{{Values: []float64{2}}}}
	require.Equal(t, "One of them. "+long+": 2.", chart.Describe(c))
	for _, text := range texts(chart.Draw(c, 468)) {
		require.Less(t, len(text), 60)
	}
	require.Contains(t, chart.SVG(c, 468, "c"), long)
	c.Description = "It tells of " + long + " already."
	require.Equal(t, c.GetDescription(), chart.Describe(c))
}

func TestALabelFromRightToLeftIsMarkedAsSuch(t *testing.T) {
	t.Parallel()
	c := &reportv1.Chart{Form: reportv1.Chart_BARS, Categories: []string{"كتاب IBM.", "IBM كتاب"}, Series: []*reportv1.Chart_Series{{Values: []float64{2, 1}}}}
	require.Subset(t, texts(chart.Draw(c, 468)), []string{"\u202bكتاب IBM.\u202c", "IBM كتاب"})
	require.Contains(t, chart.Describe(c), "كتاب IBM.: 2", "what is read aloud has no direction")
}

func TestTimeAxisIsMarkedAtRoundTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		years []float64
		marks []string
	}{
		"years":        {[]float64{2001.2, 2019.7}, []string{"2000", "2005", "2010", "2015", "2020"}},
		"months":       {[]float64{2021.30, 2021.38, 2021.6}, []string{"2021-04", "2021-05", "2021-06", "2021-07", "2021-08", "2021-09"}},
		"one time":     {[]float64{2021}, []string{"2021-01", "2021-02"}},
		"long ago":     {[]float64{-300, 1900}, []string{"-500", "0", "500", "1000", "1500", "2000"}},
		"no such year": {[]float64{math.MaxFloat64, 2021}, []string{"2021-01", "2021-02"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := chart.Draw(&reportv1.Chart{
				Form: reportv1.Chart_TIME_AXIS, Categories: make([]string, len(c.years)), Series: []*reportv1.Chart_Series{{Values: c.years}},
			}, 468)
			var marks []string
			for _, text := range texts(d) {
				if text != "" {
					marks = append(marks, text)
				}
			}
			require.Equal(t, c.marks, marks)
		})
	}
}

// CHART_KEEP names a folder that pictures are left in, to be looked at.
func TestPicturesToLookAt(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CHART_KEEP")
	if folder == "" {
		t.Skip("CHART_KEEP is not set")
	}
	each(t, func(t *testing.T, c *reportv1.Chart, width float64) {
		name := strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestPicturesToLookAt/"), "/", "-") + ".svg"
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(chart.Markup(c, chart.Draw(c, width), "c", chart.Look{Colour: chart.Plain, Fonts: "sans-serif"})), 0o600))
	})
}

func texts(d chart.Drawing) []string {
	var out []string
	for _, s := range d.Shapes {
		if text, ok := s.(chart.Text); ok {
			out = append(out, text.Content)
		}
	}
	return out
}
