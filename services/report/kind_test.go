package report_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func TestComposeReport_BeginsWithTheSummary(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	req.Summary = []*analysisv1.SummarySentence{
		{Text: "The log comes first.", FindingIds: []string{req.GetFindings()[0].GetId(), req.GetFindings()[1].GetId()}},
		{Text: "Nothing is trusted.", FindingIds: []string{req.GetFindings()[1].GetId()}},
	}
	text := b.export(t, b.ada, b.compose(t, b.ada, req).GetId(), "md").text
	require.Contains(t, text, "## Summary\n\nThe log comes first. [1, 2] Nothing is trusted. [2]\n")

	req = found(t)
	req.Summary = []*analysisv1.SummarySentence{{Text: "Nobody said so.", FindingIds: []string{uuid.NewString()}}}
	_, err := b.ComposeReport(asAnalysis(t, b.ada), req)
	require.ErrorIs(t, err, errs.InvalidArgument, "a sentence that rests on no finding is refused")
}

func TestComposeReport_LaysOutEachKind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]struct {
		kind   analysisv1.Kind
		change func(*reportv1.ComposeReportRequest)
		says   string
	}{
		"a comparison has a table": {analysisv1.Kind_COMPARISON, func(r *reportv1.ComposeReportRequest) {
			r.Findings[0].Subject, r.Findings[1].Subject = "Logs", "Pages"
		}, "|  | Logs | Pages |\n"},
		"a timeline has dates": {analysisv1.Kind_TIMELINE, func(r *reportv1.ComposeReportRequest) {
			r.Findings[0].Date, r.Findings[1].Date = "1992-03", "1999-12-31"
		}, "- **March 1992**: The log"},
		"a review counts works": {analysisv1.Kind_LITERATURE_REVIEW, func(r *reportv1.ComposeReportRequest) {
			r.Findings[0].SupportingSources, r.Findings[0].DisputingSources = 3, 1
		}, "*3 works say so, 1 says otherwise.*"},
		"a fact check has verdicts with their reasons": {analysisv1.Kind_FACT_CHECK, func(r *reportv1.ComposeReportRequest) {
			r.Findings[0].Support, r.Findings[0].SupportReason = analysisv1.Support_CONTRADICTED, "The source gives another number."
		}, "### Claim 1: contradicted\n\n" + firstQuote + " [1]\n\n*The source gives another number.*\n"},
		"a claim that no source speaks of stays": {analysisv1.Kind_FACT_CHECK, func(r *reportv1.ComposeReportRequest) {
			r.Findings[1].Citations, r.Findings[1].Support = nil, analysisv1.Support_UNSUPPORTED
		}, "### Claim 2: nothing found\n"},
		"deep research is laid out by theme": {analysisv1.Kind_DEEP, func(*reportv1.ComposeReportRequest) {}, "## Flushing\n"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := found(t)
			req.Kind = tc.kind
			tc.change(req)
			require.Contains(t, b.export(t, b.ada, b.compose(t, b.ada, req).GetId(), "md").text, tc.says)
		})
	}
}

func TestComposeReport_KnowsNoTimeThatItWasNotTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.NotContains(t, b.export(t, b.ada, b.compose(t, b.ada, found(t)).GetId(), "md").text, "1970-01-01")
}
