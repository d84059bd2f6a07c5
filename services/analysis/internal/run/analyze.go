package run

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// noDirectAnswer is what a report says whose findings only touch the question.
const noDirectAnswer = "No source answers the question outright; the findings only speak of its subject."

// analyze lets the engine write findings out of the evidence. When a budget is used up,
// or the deadline is near, the built-in engine does it; a model that cannot be had fails
// the run, since its user asked for what that model would say.
func (t *task) analyze(ctx context.Context) (Outcome, error) {
	m, err := t.material(ctx)
	if err != nil {
		return Outcome{}, err
	}
	var result engine.Analysis
	request := t.request(m)
	ask := func(ctx context.Context, e engine.Engine) (err error) {
		result, err = e.Analyze(ctx, request)
		return err
	}
	out := Outcome{Next: StepCheck, State: store.Analyzing, Progress: progressAnalyzed}
	reason, err := t.withModel(ctx, engine.StepAnalyze, func(ctx context.Context, e engine.Engine) error {
		return t.essential(ask(ctx, e), routeOf(t.plan, t.a, engine.StepAnalyze))
	})
	if err == nil && reason != "" {
		out.Missing = []string{"The findings were chosen by the built-in engine, because " + reason + "."}
		err = ask(ctx, t.plain())
	}
	if err != nil {
		return Outcome{}, fmt.Errorf("analyse: %w", err)
	}
	if out.Findings, err = newFindings(result, m); err != nil {
		return Outcome{}, err
	}
	for _, f := range out.Findings {
		out.Events = append(out.Events, &analysisv1.Event{Type: analysisv1.Event_FINDING_ADDED, Detail: &analysisv1.Event_Finding{Finding: f}})
	}
	out.Missing = append(out.Missing, result.Missing...)
	if result.Indirect {
		out.Missing = append(out.Missing, noDirectAnswer)
	}
	return out, nil
}

// newFindings gives the engine's findings their ids and pairs those that
// disagree. Not nil, even without findings: an empty answer is an answer.
func newFindings(result engine.Analysis, m material) ([]*analysisv1.Finding, error) {
	findings := make([]*analysisv1.Finding, 0, len(result.Findings))
	for i, f := range result.Findings {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		finding := &analysisv1.Finding{
			Id: id.String(), Ordinal: int32(i + 1), Claim: f.Claim, Section: f.Theme, Salience: f.Salience, Subject: f.Subject, Date: f.Date,
		}
		for _, q := range f.Citations {
			src := m.byID[q.SourceID]
			finding.Citations = append(finding.Citations, &analysisv1.Citation{
				SourceId: q.SourceID, PassageId: q.EvidenceID, Quote: q.Text,
				StartOffset: int32(q.Start), EndOffset: int32(q.End),
				SnapshotSha256: src.GetSha256(), SourceTitle: src.GetTitle(), Page: m.pages[q.EvidenceID],
			})
		}
		findings = append(findings, finding)
	}
	for _, c := range result.Contradictions {
		pair(findings[c.First], findings[c.Second], c.Reason)
	}
	return findings, nil
}

// pair notes on two findings that they contradict each other.
func pair(a, b *analysisv1.Finding, reason string) {
	a.Contradictions = append(a.Contradictions, &analysisv1.Contradiction{FindingId: b.GetId(), Reason: reason})
	b.Contradictions = append(b.Contradictions, &analysisv1.Contradiction{FindingId: a.GetId(), Reason: reason})
}
