package run

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// noDirectAnswer is what a report says whose findings only touch the question.
const noDirectAnswer = "No source answers the question outright; the findings only speak of its subject."

// analyze lets the engine write findings out of the evidence.
func (w *Worker) analyze(ctx context.Context, a store.Analysis) (Outcome, error) {
	req, err := wire.Request(a)
	if err != nil {
		return Outcome{}, err
	}
	plan, err := wire.Plan(a)
	if err != nil {
		return Outcome{}, err
	}
	provider, err := w.engines.Get(a.Engine)
	if err != nil {
		return Outcome{}, err
	}
	sources, err := w.sources(ctx, *a.ResearchID)
	if err != nil {
		return Outcome{}, err
	}
	evidence, err := w.evidence(ctx, *a.ResearchID)
	if err != nil {
		return Outcome{}, err
	}
	known := newKnown(sources, evidence)
	result, err := provider.Open(engine.Session{}).Analyze(ctx, engine.Request{
		Question: engine.Question{Text: req.GetQuestion()},
		Plan:     engine.Plan{SubQuestions: plan.GetSubQuestions(), Queries: plan.GetQueries()},
		Evidence: toEngine(evidence, known),
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("analyse: %w", err)
	}
	findings, err := newFindings(result, known)
	if err != nil {
		return Outcome{}, err
	}
	events := make([]*analysisv1.Event, 0, len(findings))
	for _, f := range findings {
		events = append(events, &analysisv1.Event{Type: analysisv1.Event_FINDING_ADDED, Detail: &analysisv1.Event_Finding{Finding: f}})
	}
	out := Outcome{
		Next: StepCheck, State: store.Analyzing, Progress: progressAnalyzed, Findings: findings, Events: events,
	}
	if result.Indirect {
		out.Change = func(a *store.Analysis) { a.Missing = append(a.Missing, noDirectAnswer) }
	}
	return out, nil
}

// known looks the research's sources and passages up by their ids.
type known struct {
	sources map[string]*researchv1.Source
	pages   map[string]int32 // passage id → page
}

func newKnown(sources []*researchv1.Source, evidence []*researchv1.Evidence) known {
	k := known{sources: map[string]*researchv1.Source{}, pages: map[string]int32{}}
	for _, src := range sources {
		k.sources[src.GetId()] = src
	}
	for _, e := range evidence {
		k.pages[e.GetId()] = e.GetPage()
	}
	return k
}

func toEngine(evidence []*researchv1.Evidence, k known) []engine.Evidence {
	out := make([]engine.Evidence, 0, len(evidence))
	for _, e := range evidence {
		src := k.sources[e.GetSourceId()]
		item := engine.Evidence{
			ID: e.GetId(), SourceID: e.GetSourceId(), SourceTitle: src.GetTitle(), URL: src.GetUrl(), Language: src.GetLanguage(),
			Text: e.GetText(), Start: int(e.GetStartOffset()), Score: e.GetScore(),
		}
		if src.GetPublishTime() != nil {
			item.Published = src.GetPublishTime().AsTime()
		}
		out = append(out, item)
	}
	return out
}

// newFindings gives the engine's findings their ids and pairs those that
// disagree. Not nil, even without findings: an empty answer is an answer.
func newFindings(result engine.Analysis, k known) ([]*analysisv1.Finding, error) {
	findings := make([]*analysisv1.Finding, 0, len(result.Findings))
	for i, f := range result.Findings {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		finding := &analysisv1.Finding{Id: id.String(), Ordinal: int32(i + 1), Claim: f.Claim, Section: f.Theme, Salience: f.Salience}
		for _, q := range f.Citations {
			src := k.sources[q.SourceID]
			finding.Citations = append(finding.Citations, &analysisv1.Citation{
				SourceId: q.SourceID, PassageId: q.EvidenceID, Quote: q.Text,
				StartOffset: int32(q.Start), EndOffset: int32(q.End),
				SnapshotSha256: src.GetSha256(), SourceTitle: src.GetTitle(), Page: k.pages[q.EvidenceID],
			})
		}
		findings = append(findings, finding)
	}
	for _, c := range result.Contradictions {
		first, second := findings[c.First], findings[c.Second]
		first.Contradictions = append(first.Contradictions, &analysisv1.Contradiction{FindingId: second.GetId(), Reason: c.Reason})
		second.Contradictions = append(second.Contradictions, &analysisv1.Contradiction{FindingId: first.GetId(), Reason: c.Reason})
	}
	return findings, nil
}
