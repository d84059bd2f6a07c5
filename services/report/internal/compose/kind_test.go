package compose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestMaterial_ATimelineIsAListOfDates(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind = analysisv1.Kind_TIMELINE
		r.Findings[1].Date, r.Findings[2].Date = "1985-05", "1986-01-02"
	})
	var dates []string
	for _, e := range m.GetEvents() {
		dates = append(dates, e.GetDate()+" "+e.GetFinding().GetClaim())
	}
	require.Equal(t, []string{"May 1985 It is 1,637 m deep.", "2 January 1986 It may be old.", " It is 1,642 m deep."}, dates, "what has no date comes last")
	require.Empty(t, made(t, func(r *reportv1.ComposeReportRequest) { r.Kind = analysisv1.Kind_TIMELINE }).GetEvents(), "without a date there is none")
	require.Empty(t, made(t, func(r *reportv1.ComposeReportRequest) { r.Findings[1].Date = "1985" }).GetEvents(), "nor of another kind")
}

func TestMaterial_AComparisonSetsSubjectsSideBySide(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind, r.Question = analysisv1.Kind_COMPARISON, "Is LAKE SUPERIOR deeper than Baikal?"
		r.Findings = append(r.Findings, finding("f4", "It is shallow.", "Depth", cited("a", "shallow")), finding("f5", "Both are lakes.", "", cited("a", "lakes")))
		for i, subject := range []string{"Baikal", "Baikal", "Lake Superior", "Lake Superior", ""} {
			r.Findings[i].Subject = subject
		}
	})
	require.Equal(t, []string{"Lake Superior", "Baikal"}, m.GetSubjects(), "in the order of the question")
	var got [][]string
	for _, row := range m.GetComparison() {
		line := []string{row.GetRespect()}
		for _, cell := range row.GetCells() {
			line = append(line, cell.GetText())
		}
		got = append(got, line)
	}
	require.Equal(t, [][]string{
		{"Depth", "It is shallow.", "It is 1,642 m deep."},
		{"", "", "It is 1,637 m deep."},
		{"Age", "It may be old.", ""},
	}, got, "what is about neither is not in it")
}

func TestMaterial_OneSubjectIsNoComparison(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind = analysisv1.Kind_COMPARISON
		r.Findings[0].Subject = "Baikal"
	})
	require.Empty(t, m.GetSubjects())
	require.Empty(t, m.GetComparison())
}

func TestMaterial_AFactCheckGivesEachClaimItsVerdict(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind = analysisv1.Kind_FACT_CHECK
		f := r.GetFindings()[0]
		f.Support, f.SupportReason, f.SupportingSources, f.DisputingSources = analysisv1.Support_PARTIAL, "Sources disagree about it", 1, 1
		f.Citations[0].Support = analysisv1.Support_CONTRADICTED
	})
	claim := m.GetFindings()[0]
	require.Equal(t, "Sources disagree about it.", claim.GetReason())
	require.Equal(t, "1 source says so, 1 says otherwise.", claim.GetTally())
	require.Equal(t, "says so", claim.GetQuotes()[0].GetStance(), "what speaks for a claim comes first")
	require.Equal(t, "says otherwise", claim.GetQuotes()[1].GetStance())
}

func TestMaterial_AReviewCountsWorks(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind = analysisv1.Kind_LITERATURE_REVIEW
		r.Findings[0].SupportingSources = 2
		r.Findings[1].SupportingSources, r.Findings[1].DisputingSources = 1, 1
		r.Findings[2].SupportingSources = 1
	})
	require.Equal(t, "Drawn from 2 works.", m.GetThemes()[0].GetNote())
	require.Equal(t, "2 works say so.", m.GetFindings()[0].GetTally())
	require.Equal(t, "1 work says so, 1 says otherwise.", m.GetFindings()[1].GetTally())
	require.Equal(t, "1 work says so.", m.GetFindings()[2].GetTally())
	plain := made(t, func(r *reportv1.ComposeReportRequest) { r.Findings[2].SupportingSources = 1 })
	require.Empty(t, plain.GetThemes()[0].GetNote())
	require.Empty(t, plain.GetFindings()[2].GetTally(), "the quote says as much")
}
