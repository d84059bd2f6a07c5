package run

import (
	"context"
	"slices"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// maxFindings bounds what one run can hold.
const maxFindings = 1000

// check finds each quote in its snapshot and judges each claim by its quotes. A
// citation whose quote is not in the snapshot is dropped, and so is a finding
// that has no citation left; with STRICT, so is one that is not supported.
func (w *Worker) check(ctx context.Context, a store.Analysis) (Outcome, error) {
	req, err := wire.Request(a)
	if err != nil {
		return Outcome{}, err
	}
	findings, err := w.findings(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	texts, err := w.snapshots(ctx, findings)
	if err != nil {
		return Outcome{}, err
	}
	evidence, err := w.evidence(ctx, *a.ResearchID)
	if err != nil {
		return Outcome{}, err
	}
	passages := make([]string, len(evidence))
	for i, e := range evidence {
		passages[i] = e.GetText()
	}
	idf := verify.NewIDF(passages, "")

	kept := make([]*analysisv1.Finding, 0, len(findings))
	var events []*analysisv1.Event
	for _, f := range findings {
		judge(f, texts, idf)
		if len(f.GetCitations()) == 0 || (req.GetCitationPolicy() == analysisv1.CitationPolicy_STRICT && f.GetSupport() != analysisv1.Support_SUPPORTED) {
			continue
		}
		kept = append(kept, f)
		events = append(events, checkedEvents(f)...)
	}
	renumber(kept)
	return Outcome{
		Next: StepReport, State: store.Reporting, Progress: progressChecked, Findings: kept, Events: events,
	}, nil
}

// judge locates the finding's quotes and gives each citation its verdict, and
// the finding the best of them.
func judge(f *analysisv1.Finding, texts map[string]string, idf verify.IDF) {
	var located []*analysisv1.Citation
	for _, c := range f.GetCitations() {
		text := texts[c.GetSourceId()]
		span, _, ok := verify.Locate(text, c.GetQuote(), int(c.GetStartOffset()))
		if !ok {
			continue
		}
		// The snapshot's own words, even where an engine's differed in form.
		c.Quote = text[span.Start:span.End]
		c.StartOffset, c.EndOffset = int32(span.Start), int32(span.End)
		verdict := verify.Check(f.GetClaim(), c.GetQuote(), idf)
		c.Support, c.Score = toSupport(verdict.Support), verdict.Score
		located = append(located, c)
	}
	f.Citations = located
	f.Support = best(located)
}

// best is the verdict over all citations: one that supports the claim is enough.
func best(citations []*analysisv1.Citation) analysisv1.Support {
	for _, s := range []analysisv1.Support{
		analysisv1.Support_SUPPORTED, analysisv1.Support_PARTIAL, analysisv1.Support_CONTRADICTED,
	} {
		if slices.ContainsFunc(citations, func(c *analysisv1.Citation) bool { return c.GetSupport() == s }) {
			return s
		}
	}
	return analysisv1.Support_UNSUPPORTED
}

func toSupport(s verify.Support) analysisv1.Support {
	return analysisv1.Support(analysisv1.Support_value[string(s)])
}

func checkedEvents(f *analysisv1.Finding) []*analysisv1.Event {
	var events []*analysisv1.Event
	for i, c := range f.GetCitations() {
		events = append(events, &analysisv1.Event{
			Type: analysisv1.Event_CITATION_CHECKED,
			Detail: &analysisv1.Event_CitationChecked{CitationChecked: &analysisv1.CitationChecked{
				FindingId: f.GetId(), Citation: int32(i), SourceId: c.GetSourceId(), Support: c.GetSupport(), Score: c.GetScore(),
			}},
		})
	}
	return events
}

// renumber closes the gaps that dropped findings left, and forgets pairs with
// findings that are gone.
func renumber(findings []*analysisv1.Finding) {
	ids := map[string]bool{}
	for i, f := range findings {
		f.Ordinal = int32(i + 1)
		ids[f.GetId()] = true
	}
	for _, f := range findings {
		f.Contradictions = slices.DeleteFunc(f.GetContradictions(), func(c *analysisv1.Contradiction) bool { return !ids[c.GetFindingId()] })
	}
}

// findings returns what the engine wrote.
func (w *Worker) findings(ctx context.Context, a store.Analysis) ([]*analysisv1.Finding, error) {
	rows, err := w.store.ListFindings(ctx, a.WorkspaceID, a.ID, 0, maxFindings)
	if err != nil {
		return nil, err
	}
	out := make([]*analysisv1.Finding, len(rows))
	for i, row := range rows {
		if out[i], err = wire.Finding(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// snapshots reads the text of every cited source, once.
func (w *Worker) snapshots(ctx context.Context, findings []*analysisv1.Finding) (map[string]string, error) {
	texts := map[string]string{}
	for _, f := range findings {
		for _, c := range f.GetCitations() {
			if _, ok := texts[c.GetSourceId()]; ok {
				continue
			}
			text, err := w.snapshot(ctx, c.GetSourceId())
			if err != nil {
				return nil, err
			}
			texts[c.GetSourceId()] = text
		}
	}
	return texts, nil
}
