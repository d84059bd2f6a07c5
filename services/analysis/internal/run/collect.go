package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// waitBudget is how long one job waits for research before it makes room for
// others.
const waitBudget = 50 * time.Second

// answerTime is how long before the end of a wait there is nothing to wait for any
// more: research answers some time before the deadline of the call.
const answerTime = time.Second

// collect waits until research has ended, and tells what it found.
func (t *task) collect(ctx context.Context) (Outcome, error) {
	research, err := t.await(ctx)
	if err != nil {
		return Outcome{}, err
	}
	if err := t.settlePaid(ctx, research); err != nil {
		return Outcome{}, err
	}
	failed := research.GetState() == researchv1.Research_FAILED
	if failed && t.round == 1 {
		return Outcome{}, errs.New(errs.FailedPrecondition, "RESEARCH_FAILED", cmp.Or(research.GetError(), "no evidence could be collected"))
	}
	sources, err := t.sources(ctx)
	if err != nil {
		return Outcome{}, err
	}
	told, err := t.told(ctx)
	if err != nil {
		return Outcome{}, err
	}
	round := &analysisv1.Round{
		Round: int32(t.round), Sources: research.GetStatistics().GetSourcesUsed(), Passages: research.GetStatistics().GetPassages(),
	}
	fresh := sourceEvents(sources, told)
	parts, news, err := t.endRound(round, len(fresh) > 0)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Missing: missingFrom(research), Events: append(fresh, ranked(round)),
		Change: func(a *store.Analysis) { a.Parts = parts },
	}
	// A round of a research that was stopped cannot be followed by another.
	if whole := research.GetState() != researchv1.Research_CANCELLED && !failed; whole && news && t.another() {
		out.Next, out.State, out.Progress = At(StepReflect, t.round), store.Collecting, t.progress(t.round)
	} else {
		out.Next, out.State, out.Progress = StepAnalyze, store.Analyzing, progressCollected
	}
	return out, nil
}

// another reports whether there may be another round after this one.
func (t *task) another() bool {
	return t.round < t.maxRounds() && t.req.GetResearchId() == "" && !t.late()
}

// endRound writes down what there is after this round, and reports whether that is
// more than before it.
func (t *task) endRound(round *analysisv1.Round, newSources bool) (parts []byte, news bool, err error) {
	news = true
	rounds := t.parts.GetRounds()
	for i, r := range rounds {
		if r.GetRound() != round.GetRound() {
			continue
		}
		round.Questions, round.Queries = r.GetQuestions(), r.GetQueries()
		rounds[i] = round
		news = i == 0 || newSources || rounds[i-1].GetPassages() != round.GetPassages()
	}
	parts, err = wire.EncodeParts(rounds, t.parts.GetSummary())
	return parts, news, err
}

// await returns the research once it has ended, or stopped because the run's
// deadline passed. When it takes longer than one job may, the job is put off.
func (t *task) await(ctx context.Context) (*researchv1.Research, error) {
	until := time.Now().Add(waitBudget)
	if t.a.Deadline.Before(until) {
		until = t.a.Deadline
	}
	for {
		waitCtx, cancel := context.WithDeadline(ctx, until)
		research, err := t.Peers.Research.WaitResearch(waitCtx, &researchv1.WaitResearchRequest{Id: *t.a.ResearchID})
		cancel()
		// An answer that does not come in time says that research goes on: it is
		// not a failure of the step.
		late := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
		switch {
		case err != nil && !late:
			return nil, err
		case err == nil && ended(research):
			return research, nil
		case time.Until(t.a.Deadline) < answerTime:
			// Research that has ended meanwhile comes back as it is.
			return t.Peers.Research.CancelResearch(ctx, &researchv1.CancelResearchRequest{Id: *t.a.ResearchID})
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
	case researchv1.Research_FAILED:
		return []string{"A further round of collecting did not succeed: " + cmp.Or(r.GetError(), "no evidence could be collected.")}
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

// sentenceOf is what users are told of an error, as a sentence.
func sentenceOf(err error) string { return strings.TrimRight(errs.Message(err), ".") + "." }
