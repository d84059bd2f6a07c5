package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// waitBudget is how long one job waits for research before it makes room for
// others; it leaves time to store the outcome before the job's own timeout.
const waitBudget = 50 * time.Second

// answerTime is how long before the end of a wait there is nothing to wait for any
// more: research answers some time before the deadline of the call.
const answerTime = time.Second

// search asks research to collect. The request id makes it the same research
// however often the step is done; a run that is taken up again after a failed
// collection has another one.
func (w *Worker) search(ctx context.Context, a store.Analysis) (Outcome, error) {
	req, err := wire.Request(a)
	if err != nil {
		return Outcome{}, err
	}
	plan, err := wire.Plan(a)
	if err != nil {
		return Outcome{}, err
	}
	research, err := w.peers.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
		Query: req.GetQuestion(), SubQueries: plan.GetQueries(), Parameters: req.GetParameters(),
		RequestId: fmt.Sprintf("analysis %s collection %d", a.ID, a.Collection),
		Deadline:  timestamppb.New(collectUntil(time.Now(), a.Deadline)),
	})
	if err != nil {
		return Outcome{}, err
	}
	id := research.GetId()
	return Outcome{
		Next: StepCollect, State: store.Collecting, Progress: progressSearching,
		Change: func(a *store.Analysis) { a.ResearchID = &id },
	}, nil
}

// collectShare is the share of a run's remaining time that collecting may take;
// the rest is for what is made of it.
const collectShare = 0.7

// collectUntil is when collecting ends for a run with a deadline.
func collectUntil(now, deadline time.Time) time.Time {
	return now.Add(time.Duration(collectShare * float64(deadline.Sub(now))))
}

// collect waits until research has ended, and tells what it found.
func (w *Worker) collect(ctx context.Context, a store.Analysis) (Outcome, error) {
	research, err := w.await(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if research.GetState() == researchv1.Research_FAILED {
		return Outcome{}, errs.New(errs.FailedPrecondition, "RESEARCH_FAILED", cmp.Or(research.GetError(), "no evidence could be collected"))
	}
	sources, err := w.sources(ctx, research.GetId())
	if err != nil {
		return Outcome{}, err
	}
	events := sourceEvents(sources)
	events = append(events, &analysisv1.Event{
		Type: analysisv1.Event_EVIDENCE_RANKED,
		Detail: &analysisv1.Event_EvidenceRanked{EvidenceRanked: &analysisv1.EvidenceRanked{
			Passages: research.GetStatistics().GetPassages(), Sources: research.GetStatistics().GetSourcesUsed(),
		}},
	})
	missing := missingFrom(research)
	return Outcome{
		Next: StepAnalyze, State: store.Analyzing, Progress: progressCollected, Events: events,
		Change: func(a *store.Analysis) { a.Missing = append(a.Missing, missing...) },
	}, nil
}

// await returns the research once it has ended, or stopped because the run's
// deadline passed. When it takes longer than one job may, the job is put off.
func (w *Worker) await(ctx context.Context, a store.Analysis) (*researchv1.Research, error) {
	until := time.Now().Add(waitBudget)
	if a.Deadline.Before(until) {
		until = a.Deadline
	}
	for {
		waitCtx, cancel := context.WithDeadline(ctx, until)
		research, err := w.peers.Research.WaitResearch(waitCtx, &researchv1.WaitResearchRequest{Id: *a.ResearchID})
		cancel()
		// An answer that does not come in time says that research goes on: it is
		// not a failure of the step.
		late := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
		switch {
		case err != nil && !late:
			return nil, err
		case err == nil && ended(research):
			return research, nil
		case time.Until(a.Deadline) < answerTime:
			// Research that has ended meanwhile comes back as it is.
			return w.peers.Research.CancelResearch(ctx, &researchv1.CancelResearchRequest{Id: *a.ResearchID})
		case late || time.Until(until) < answerTime:
			return nil, river.JobSnooze(answerTime)
		}
	}
}

func ended(r *researchv1.Research) bool {
	return r.GetState() != researchv1.Research_QUEUED && r.GetState() != researchv1.Research_RUNNING
}

// missingFrom says what the research lacks, in sentences for the report.
func missingFrom(r *researchv1.Research) []string {
	switch r.GetState() {
	case researchv1.Research_PARTIAL:
		return unanswered(r)
	case researchv1.Research_CANCELLED:
		return []string{"The collection of evidence was stopped before it was complete."}
	default:
		return nil
	}
}

// unanswered says which places that were asked did not answer, and why.
func unanswered(r *researchv1.Research) []string {
	var out []string
	for _, c := range r.GetConnectors() {
		switch c.GetState() {
		case researchv1.ConnectorOutcome_FAILED:
			out = append(out, fmt.Sprintf("The source %s did not answer: %s.", c.GetConnector(), strings.TrimSuffix(c.GetReason(), ".")))
		case researchv1.ConnectorOutcome_ANSWERED_PARTLY:
			out = append(out, fmt.Sprintf("The source %s answered %d of %d requests: %s.",
				c.GetConnector(), c.GetAnswered(), c.GetRequests(), strings.TrimSuffix(c.GetReason(), ".")))
		}
	}
	if len(out) == 0 {
		return []string{"Some places that were asked did not answer."}
	}
	return out
}

// sourceEvents tells of each source that it was found, and what became of it.
func sourceEvents(sources []*researchv1.Source) []*analysisv1.Event {
	var events []*analysisv1.Event
	for _, src := range sources {
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

// location is where a reader finds the source.
func location(src *researchv1.Source) string {
	if src.GetUrl() != "" {
		return src.GetUrl()
	}
	return src.GetFileName()
}
