package run

import (
	"context"
	"fmt"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// eventPage is how many events are read of the log at a time.
const eventPage = 1000

// told returns the sources that the log tells of already: what a further round finds
// again is no news.
func (t *task) told(ctx context.Context) (map[string]bool, error) {
	told := map[string]bool{}
	if t.round == 1 && t.a.Collection == 1 {
		return told, nil
	}
	for after := int64(0); ; {
		entries, err := t.Log.Read(ctx, t.a.WorkspaceID, t.a.ID, after, eventPage)
		if err != nil {
			return nil, fmt.Errorf("read the events of analysis %s: %w", t.a.ID, err)
		}
		for _, entry := range entries {
			after = entry.Sequence
			if entry.Type != analysisv1.Event_SOURCE_FOUND.String() {
				continue
			}
			e, err := wire.Event(t.a.ID, entry)
			if err != nil {
				return nil, err
			}
			told[e.GetSource().GetSourceId()] = true
		}
		if len(entries) < eventPage {
			return told, nil
		}
	}
}

// sourceEvents tells of each source that is not told of yet that it was found, and
// what became of it.
func sourceEvents(sources []*researchv1.Source, told map[string]bool) []*analysisv1.Event {
	var events []*analysisv1.Event
	for _, src := range sources {
		if told[src.GetId()] {
			continue
		}
		outcome := analysisv1.Event_SOURCE_FETCHED
		if src.GetOutcome() == researchv1.Source_UNREADABLE {
			outcome = analysisv1.Event_SOURCE_FAILED
		}
		for _, kind := range []analysisv1.Event_Type{analysisv1.Event_SOURCE_FOUND, outcome} {
			detail := &analysisv1.SourceEvent{
				SourceId: src.GetId(), Title: src.GetTitle(), Location: location(src), Connector: src.GetConnector(),
			}
			if kind == analysisv1.Event_SOURCE_FAILED {
				detail.Reason = src.GetOutcomeReason()
			}
			events = append(events, &analysisv1.Event{Type: kind, Detail: &analysisv1.Event_Source{Source: detail}})
		}
	}
	return events
}

// ranked is the event that tells what a round left.
func ranked(r *analysisv1.Round) *analysisv1.Event {
	return &analysisv1.Event{
		Type: analysisv1.Event_EVIDENCE_RANKED,
		Detail: &analysisv1.Event_EvidenceRanked{EvidenceRanked: &analysisv1.EvidenceRanked{
			Passages: r.GetPassages(), Sources: r.GetSources(),
		}},
	}
}

// location is where a reader finds the source.
func location(src *researchv1.Source) string {
	if src.GetUrl() != "" {
		return src.GetUrl()
	}
	return src.GetFileName()
}
