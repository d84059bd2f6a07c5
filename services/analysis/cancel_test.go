package analysis_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// cancel cancels a run of the bundle's user.
func (b *bundle) cancel(t *testing.T, id string) *analysisv1.Analysis {
	t.Helper()
	a, err := b.CancelAnalysis(as(t, b.ada), &analysisv1.CancelAnalysisRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_CANCELLED, a.GetState())
	return a
}

func TestCancelAnalysis_WhileEvidenceIsCollected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.EndAs(researchv1.Research_RUNNING, "")
	reached, release := b.research.Hold(t, "WaitResearch")
	id := b.start(t)
	receive(t, reached)
	cancelled := b.cancel(t, id)
	require.Equal(t, 1, b.research.Calls("CancelResearch"), "the collection is stopped, too")
	release()

	events := b.watch(t, id, 0)
	require.Equal(t, analysisv1.Analysis_CANCELLED, events[len(events)-1].GetStateChanged().GetState())
	require.Equal(t, cancelled.String(), b.cancel(t, id).String(), "cancelling again changes nothing")
	require.Equal(t, []stepRow{{"plan", 1}, {"search/1", 1}}, b.steps(t, id))

	b.research.EndAs(researchv1.Research_SUCCEEDED, "")
	_, err := b.RetryAnalysis(as(t, b.ada), &analysisv1.RetryAnalysisRequest{Id: id})
	require.NoError(t, err)
	b.watch(t, id, cancelled.GetLastSequence())
	done := b.get(t, id)
	require.Equal(t, analysisv1.Analysis_COMPLETED, done.GetState(), "with research that was not cut off")
	require.Empty(t, done.GetMissing())
	require.Equal(t, allSteps(), b.steps(t, id))
}

func TestCancelAnalysis_WhileAStepIsAtWorkDropsItsOutcome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached, release := b.report.Hold(t, "ComposeReport")
	id := b.start(t)
	receive(t, reached)
	cancelled := b.cancel(t, id)
	require.NotEmpty(t, b.findings(t, id), "what was found stays readable")

	_, err := b.RetryAnalysis(as(t, b.ada), &analysisv1.RetryAnalysisRequest{Id: id})
	require.NoError(t, err)
	b.watch(t, id, cancelled.GetLastSequence())
	release() // the step of before the cancelling comes back, too late
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.get(t, id).GetState())
	require.Equal(t, allSteps(), b.steps(t, id))
	b.requireOneOfEach(t, id)
}

func TestCancelAnalysis_OfAFinishedRunChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.finish(t, b.start(t))
	a, err := b.CancelAnalysis(as(t, b.ada), &analysisv1.CancelAnalysisRequest{Id: done.GetId()})
	require.NoError(t, err)
	require.Equal(t, done.String(), a.String())
}

func TestDeleteAnalysis(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	reached, release := b.report.Hold(t, "ComposeReport")
	id := b.start(t)
	receive(t, reached)
	_, err := b.DeleteAnalysis(ctx, &analysisv1.DeleteAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.ErrorContains(t, err, "cancel it first")
	release()
	b.finish(t, id)
	b.ask(t, id, question)

	_, err = b.DeleteAnalysis(ctx, &analysisv1.DeleteAnalysisRequest{Id: id})
	require.NoError(t, err)
	for name, err := range b.touch(t, b.ada, id) {
		require.ErrorIs(t, err, errs.NotFound, name)
	}
	for table, n := range b.count(t, b.ada.WorkspaceID) {
		require.Zero(t, n, table)
	}
}

func TestDeleteAnalysis_OfARunWhoseStepIsStillAtWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached, release := b.report.Hold(t, "ComposeReport")
	id := b.start(t)
	receive(t, reached)
	b.cancel(t, id)
	_, err := b.DeleteAnalysis(as(t, b.ada), &analysisv1.DeleteAnalysisRequest{Id: id})
	require.NoError(t, err)
	release()
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, b.start(t)).GetState(), "the worker goes on with other runs")
	_, err = b.GetAnalysis(as(t, b.ada), &analysisv1.GetAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.NotFound)
}
