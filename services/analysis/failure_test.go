package analysis_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// until returns a script that is unavailable for the first calls.
func until(calls int) func(context.Context, int) error {
	return func(_ context.Context, call int) error {
		if call <= calls {
			return errs.Unavailable
		}
		return nil
	}
}

func TestPeersThatAreGoneForAWhile_HoldTheRunUpOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// More failures in a row than one call repeats by itself. The two that write
	// fail after the work is done: what is lost is the answer.
	b.research.On("CreateResearch", until(4))
	b.research.On("ListSources", until(4))
	b.research.On("GetSourceContent", until(1))
	b.report.On("ComposeReport", until(4))
	id := b.start(t)
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, id).GetState())
	require.Equal(t, []stepRow{{"plan", 1}, {"search/1", 2}, {"collect/1", 2}, {"analyze", 1}, {"check", 2}, {"write", 1}, {"report", 2}}, b.steps(t, id))
	b.requireOneOfEach(t, id)
	require.Equal(t, 5, b.research.Calls("CreateResearch"))
	require.Equal(t, 5, b.report.Calls("ComposeReport"))
}

// Research that is slow is no failure: the step makes room for others and looks
// again, as often as it takes.
func TestResearchThatDoesNotAnswerInTime_IsWaitedForAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.On("WaitResearch", func(_ context.Context, call int) error {
		if call <= 2 {
			return context.DeadlineExceeded
		}
		return nil
	})
	id := b.start(t)
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, id).GetState())
	require.Equal(t, allSteps(), b.steps(t, id), "waiting does not count as a try")
}

func TestResearchThatFailed_FailsTheRunAndSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.EndAs(researchv1.Research_FAILED, "Every connector was down.")
	id := b.start(t)
	events := b.watch(t, id, 0)
	a := b.get(t, id)
	require.Equal(t, analysisv1.Analysis_FAILED, a.GetState())
	require.Equal(t, "RESEARCH_FAILED", a.GetError().GetReason())
	require.Equal(t, `The step "collect" did not succeed: Every connector was down.`, a.GetError().GetMessage())
	require.NotNil(t, a.GetCompleteTime())
	require.Empty(t, b.report.Composed())

	last := events[len(events)-2:]
	require.Equal(t, a.GetError().String(), last[0].GetError().String())
	require.Equal(t, analysisv1.Analysis_FAILED, last[1].GetStateChanged().GetState())
}

func TestAPeerThatRefuses_FailsTheRunAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	refuse := func(context.Context, int) error {
		return errs.New(errs.FailedPrecondition, "GONE", "the evidence was deleted")
	}
	b.research.On("ListEvidence", refuse)
	id := b.start(t)
	a := b.finish(t, id)
	require.Equal(t, analysisv1.Analysis_FAILED, a.GetState())
	require.Equal(t, "STEP_FAILED", a.GetError().GetReason())
	require.Equal(t, `The step "analyze" did not succeed: the evidence was deleted.`, a.GetError().GetMessage())
	require.Equal(t, 1, b.research.Calls("ListEvidence"), "trying again cannot help")
}

func TestRetryAnalysis_GoesOnAtTheStepThatFailed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.On("ListEvidence", func(context.Context, int) error { return errs.NotFound })
	id := b.start(t)
	failed := b.finish(t, id)
	require.Equal(t, analysisv1.Analysis_FAILED, failed.GetState())

	b.research.On("ListEvidence", nil)
	again, err := b.RetryAnalysis(as(t, b.ada), &analysisv1.RetryAnalysisRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_QUEUED, again.GetState())
	require.Nil(t, again.GetError())
	require.Nil(t, again.GetCompleteTime())
	require.InDelta(t, failed.GetProgress(), again.GetProgress(), 0, "what is done stays done")

	rest := b.watch(t, id, failed.GetLastSequence())
	require.Equal(t, failed.GetLastSequence()+1, rest[0].GetSequence(), "the log goes on")
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.get(t, id).GetState())
	require.Equal(t, allSteps(), b.steps(t, id))
	b.requireOneOfEach(t, id)
}

func TestRetryAnalysis_AfterFailedResearchCollectsAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.EndAs(researchv1.Research_FAILED, "Every connector was down.")
	id := b.start(t)
	failed := b.finish(t, id)
	b.research.EndAs(researchv1.Research_SUCCEEDED, "")
	_, err := b.RetryAnalysis(as(t, b.ada), &analysisv1.RetryAnalysisRequest{Id: id})
	require.NoError(t, err)
	b.watch(t, id, failed.GetLastSequence())
	done := b.get(t, id)
	require.Equal(t, analysisv1.Analysis_COMPLETED, done.GetState())
	require.NotEqual(t, failed.GetResearchId(), done.GetResearchId())
	requests := b.research.Requests()
	require.Len(t, requests, 2)
	require.NotEqual(t, requests[0], requests[1], "the same request would find the failed research again")
	require.Equal(t, allSteps(), b.steps(t, id))
}

func TestRetryAnalysis_IsForRunsThatDidNotGetThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached, release := b.report.Hold(t, "ComposeReport")
	id := b.start(t)
	receive(t, reached)
	retry := func() error {
		_, err := b.RetryAnalysis(as(t, b.ada), &analysisv1.RetryAnalysisRequest{Id: id})
		return err
	}
	require.ErrorIs(t, retry(), errs.FailedPrecondition, "it is running")
	release()
	done := b.finish(t, id)
	require.ErrorIs(t, retry(), errs.FailedPrecondition, "it is done")
	require.Equal(t, done.String(), b.get(t, id).String())
}
