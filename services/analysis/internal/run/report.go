package run

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// report has the report composed and ends the run. A run without findings has a
// report too: one that says plainly that there is no evidence.
func (t *task) report(ctx context.Context) (Outcome, error) {
	var findings []*analysisv1.Finding
	var sources []*researchv1.Source
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { findings, err = t.findings(groupCtx); return err })
	group.Go(func() (err error) { sources, err = t.sources(groupCtx); return err })
	if err := group.Wait(); err != nil {
		return Outcome{}, err
	}
	formats := t.req.GetReport().GetFormats()
	if len(formats) == 0 {
		formats = []string{"md", "html"}
	}
	report, err := t.Peers.Report.ComposeReport(ctx, &reportv1.ComposeReportRequest{
		AnalysisId: t.a.ID, Question: t.req.GetQuestion(), Kind: t.req.GetKind(), TemplateId: t.req.GetReport().GetTemplateId(),
		Engine: t.a.Engine, Findings: findings, Sources: sources, Summary: t.parts.GetSummary(), Missing: t.a.Missing,
		Usage: wire.Usage(t.a), StartTime: timestamppb.New(t.a.CreateTime), Model: routeOf(t.plan, t.a, engine.StepAnalyze).Model,
		CitationStyle: t.req.GetReport().GetCitationStyle(), Formats: formats,
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("compose report: %w", err)
	}
	id := report.GetId()
	return Outcome{
		State: finalState(t.a, findings), Progress: progressDone,
		Change: func(a *store.Analysis) { a.ReportID = &id },
		Events: []*analysisv1.Event{ReportReady(id, formats)},
	}, nil
}

// ReportReady is the event that tells of a report.
func ReportReady(id string, formats []string) *analysisv1.Event {
	return &analysisv1.Event{
		Type:   analysisv1.Event_REPORT_READY,
		Detail: &analysisv1.Event_ReportReady{ReportReady: &analysisv1.ReportReady{ReportId: id, Formats: formats}},
	}
}

// finalState is the state that a run ends in. Claims about which no source says
// anything are findings without evidence.
func finalState(a store.Analysis, findings []*analysisv1.Finding) string {
	evident := func(f *analysisv1.Finding) bool { return len(f.GetCitations()) > 0 }
	switch {
	case !slices.ContainsFunc(findings, evident):
		return store.NoEvidence
	case len(a.Missing) > 0:
		return store.CompletedPartial
	default:
		return store.Completed
	}
}
