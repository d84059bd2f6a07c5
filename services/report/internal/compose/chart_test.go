package compose_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// drawn returns the chart of a name, nil if there is none.
func drawn(m *reportv1.Material, name string) *reportv1.Chart {
	for _, c := range m.GetCharts() {
		if c.GetAnchor() == name {
			return c
		}
	}
	return nil
}

func TestCharts_CountCitedSources(t *testing.T) {
	t.Parallel()
	m := made(t, unchanged)
	byYear := drawn(m, "sources-by-year")
	require.Equal(t, []string{"2019", "2020", "2021"}, byYear.GetCategories(), "a year without a source is on the axis")
	require.Equal(t, []float64{1, 0, 1}, byYear.GetSeries()[0].GetValues())
	require.Equal(t, "2019: 1 source; 2021: 1 source.", byYear.GetDescription())
	require.Equal(t, []string{"page", "unknown"}, drawn(m, "sources-by-kind").GetCategories())
	bySource := drawn(m, "evidence-by-source")
	require.Equal(t, []string{"Lakes", "baikal.pdf"}, bySource.GetCategories())
	require.Equal(t, []float64{2, 2}, bySource.GetSeries()[0].GetValues())
}

func TestCharts_ALongTimeIsShownByDecade(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) { r.Sources[0].Published = "1955-01-01" })
	byYear := drawn(m, "sources-by-year")
	require.Equal(t, "1950s", byYear.GetCategories()[0])
	require.Equal(t, "2020s", byYear.GetCategories()[len(byYear.GetCategories())-1])
	require.Equal(t, "1950s: 1 source; 2020s: 1 source.", byYear.GetDescription())
}

func TestCharts_ManySourcesEndInTheRest(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		for i := range 30 {
			id := fmt.Sprintf("s%02d", i)
			r.Sources = append(r.Sources, &researchv1.Source{Id: id, Title: id})
			r.Findings[0].Citations = append(r.Findings[0].Citations, cited(id, "deep"))
		}
	})
	chart := drawn(m, "evidence-by-source")
	require.Len(t, chart.GetCategories(), 12)
	require.Equal(t, "21 others", chart.GetCategories()[11])
	require.InDelta(t, 21, chart.GetSeries()[0].GetValues()[11], 0)
}

func TestCharts_AgreementOnWhatSeveralSourcesSpeakOf(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Findings[0].SupportingSources, r.Findings[0].Salience = 2, 0.1
		r.Findings[1].SupportingSources, r.Findings[1].DisputingSources, r.Findings[1].Salience = 1, 1, 0.9
		r.Findings[2].SupportingSources = 1
	})
	chart := drawn(m, "agreement")
	require.Equal(t, []string{"2. It is 1,637 m deep.", "1. It is 1,642 m deep."}, chart.GetCategories())
	require.Equal(t, []float64{1, 2}, chart.GetSeries()[0].GetValues())
	require.Equal(t, []float64{1, 0}, chart.GetSeries()[1].GetValues())
	require.Contains(t, chart.GetDescription(), "finding 2: 1 source says so, 1 says otherwise")
}

func TestCharts_TheTimelineIsAnAxis(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind = analysisv1.Kind_TIMELINE
		r.Findings[0].Date, r.Findings[1].Date, r.Findings[2].Date = "1930", "1985-07", "long ago"
	})
	chart := drawn(m, "timeline")
	require.Equal(t, []string{"1930: It is 1,642 m deep.", "July 1985: It is 1,637 m deep."}, chart.GetCategories())
	require.InDeltaSlice(t, []float64{1930.5, 1985.54}, chart.GetSeries()[0].GetValues(), 0.01)
}

func TestCharts_WhatWouldShowNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) { r.Findings = r.GetFindings()[1:2] })
	require.Empty(t, m.GetCharts(), "one source, of one year, and no opinion on it")
}
