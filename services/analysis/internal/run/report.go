package run

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// report has the report composed and ends the run. A run without findings has a
// report too: one that says plainly that there is no evidence.
func (w *Worker) report(ctx context.Context, a store.Analysis) (Outcome, error) {
	req, err := wire.Request(a)
	if err != nil {
		return Outcome{}, err
	}
	findings, err := w.findings(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	sources, err := w.sources(ctx, *a.ResearchID)
	if err != nil {
		return Outcome{}, err
	}
	report, err := w.peers.Report.ComposeReport(ctx, &reportv1.ComposeReportRequest{
		AnalysisId: a.ID,
		Question:   req.GetQuestion(),
		TemplateId: req.GetReport().GetTemplateId(),
		Engine:     a.Engine,
		Findings:   findings,
		Sources:    sources,
		Missing:    a.Missing,
		Usage:      wire.Usage(a),
		StartTime:  timestamppb.New(a.CreateTime),
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("compose report: %w", err)
	}
	id := report.GetId()
	return Outcome{
		State: finalState(a, len(findings)), Progress: progressDone,
		Change: func(a *store.Analysis) { a.ReportID = &id },
		Events: []*analysisv1.Event{{
			Type: analysisv1.Event_REPORT_READY,
			Detail: &analysisv1.Event_ReportReady{ReportReady: &analysisv1.ReportReady{
				ReportId: id, Formats: report.GetFormats(),
			}},
		}},
	}, nil
}

func finalState(a store.Analysis, findings int) string {
	switch {
	case findings == 0:
		return store.NoEvidence
	case len(a.Missing) > 0:
		return store.CompletedPartial
	default:
		return store.Completed
	}
}
