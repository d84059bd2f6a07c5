package run_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// deep asks for a DEEP run with so many rounds at most; 0 is as many as it has by
// itself.
func deep(rounds int32) func(*analysisv1.StartAnalysisRequest) {
	return func(r *analysisv1.StartAnalysisRequest) { r.Kind, r.MaxRounds = analysisv1.Kind_DEEP, rounds }
}

// asking reflects with queries of its own in each round.
func asking(f *fixture) {
	f.script.reflect = func(r engine.Request) engine.Reflection {
		n := len(r.Asked)
		return engine.Reflection{Unanswered: []string{fmt.Sprintf("open %d", n)}, Queries: []string{fmt.Sprintf("log %d", n), fmt.Sprintf("data %d", n)}}
	}
}

// further are documents of rounds after the first.
func further(f *fixture) {
	f.research.Later = [][]peertest.Document{
		{{Title: "Second", Text: "The write-ahead log of a replica protects data in the same way as that of its primary server."}},
		{{Title: "Third", Text: "Archived segments of the write-ahead log protect data against the loss of a whole disk."}},
	}
}

func TestRounds_EachAsksWhatIsStillOpen(t *testing.T) {
	t.Parallel()
	f := setup(t, asking, further)
	a := f.finish(f.start(deep(0)))
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a)
	require.EqualValues(t, 3, a.GetMaxRounds())
	require.Equal(t, []string{
		"plan", "search/1", "collect/1", "reflect/1", "search/2", "collect/2", "reflect/2", "search/3", "collect/3", "analyze", "check", "write", "report",
	}, f.steps(a.GetId()))

	require.Len(t, a.GetRounds(), 3)
	require.Equal(t, a.GetPlan().GetQueries(), a.GetRounds()[0].GetQueries())
	for i, r := range a.GetRounds() {
		require.EqualValues(t, i+1, r.GetRound())
		require.NotEmpty(t, r.GetQueries())
		require.EqualValues(t, 2+i, r.GetSources(), "of all rounds together")
	}
	extended := f.research.Extended()
	require.Len(t, extended, 2)
	require.Equal(t, a.GetRounds()[1].GetQueries(), extended[0].GetQueries())
	require.Equal(t, a.GetRounds()[2].GetQueries(), extended[1].GetQueries())
	require.NotEqual(t, extended[0].GetRequestId(), extended[1].GetRequestId())
	require.Len(t, f.research.Created(), 1)

	var started []*analysisv1.RoundStarted
	told := map[string]int{}
	for _, e := range f.events(a.GetId()) {
		if e.GetRoundStarted() != nil {
			started = append(started, e.GetRoundStarted())
		}
		if e.GetType() == analysisv1.Event_SOURCE_FOUND {
			told[e.GetSource().GetTitle()]++
		}
	}
	require.Len(t, started, 3)
	require.Equal(t, a.GetRounds()[2].GetQuestions(), started[2].GetQuestions())
	require.Equal(t, map[string]int{"Guide": 1, "Notes": 1, "Second": 1, "Third": 1}, told, "each source is told of once")
	require.Equal(t, 3, f.count(a.GetId(), analysisv1.Event_EVIDENCE_RANKED))
}

func TestRounds_EndWhenAnotherWouldNotHelp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rounds int32
		change func(*fixture)
		done   int // rounds
	}{
		"as many as were asked for": {2, func(f *fixture) { asking(f); further(f) }, 2},
		"nothing is open": {3, func(f *fixture) {
			f.script.reflect = func(engine.Request) engine.Reflection { return engine.Reflection{} }
		}, 1},
		"a round brought nothing new":  {3, asking, 2},
		"what is asked next was asked": {3, func(f *fixture) { f.script.reflect = again }, 1},
		"the research cannot be gone on with": {3, func(f *fixture) {
			asking(f)
			f.research.On("ExtendResearch", func(context.Context, int) error { return notAgain })
		}, 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, tc.change)
			a := f.finish(f.start(deep(tc.rounds)))
			require.Len(t, a.GetRounds(), tc.done)
			require.NotEmpty(t, f.findings(a.GetId()))
			if name == "the research cannot be gone on with" {
				require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
				require.Len(t, a.GetMissing(), 1)
				return
			}
			require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a.GetMissing())
		})
	}
}

// again asks the same once more, in other letters.
func again(r engine.Request) engine.Reflection {
	return engine.Reflection{Queries: []string{"  " + r.Asked[0] + "  ", "HOW does the  write-ahead LOG protect data?", ""}}
}

func TestRounds_ResearchThatTheUserNamedIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	f := setup(t, asking)
	named := f.research.Make(f.ada.WorkspaceID)
	a := f.finish(f.start(deep(3), func(r *analysisv1.StartAnalysisRequest) { r.ResearchId = named }))
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState())
	require.Empty(t, f.research.Extended())
	require.EqualValues(t, 1, a.GetMaxRounds())
}

func TestRounds_ASecondRoundThatFailsCostsTheAnswerNothingElse(t *testing.T) {
	t.Parallel()
	f := setup(t, asking, further)
	f.research.On("ExtendResearch", func(context.Context, int) error {
		f.research.EndAs(researchv1.Research_FAILED, "Every connector was down.")
		return nil
	})
	a := f.finish(f.start(deep(3)))
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Equal(t, []string{"A further round of collecting did not succeed: Every connector was down."}, a.GetMissing())
	require.NotEmpty(t, f.findings(a.GetId()))
}

func TestRounds_AreTakenUpAgainWithAllTheirQueries(t *testing.T) {
	t.Parallel()
	f := setup(t, asking, further)
	reached := make(chan struct{})
	f.research.On("ExtendResearch", func(context.Context, int) error {
		f.research.EndAs(researchv1.Research_RUNNING, "")
		close(reached)
		return nil
	})
	a := f.start(deep(3))
	<-reached
	require.Eventually(t, func() bool { return len(f.steps(a.GetId())) == 5 }, patience, timeStep, "search/2 is done")
	_, err := f.CancelAnalysis(f.as(), &analysisv1.CancelAnalysisRequest{Id: a.GetId()})
	require.NoError(t, err)

	f.research.On("ExtendResearch", nil)
	f.research.EndAs(researchv1.Research_SUCCEEDED, "")
	_, err = f.RetryAnalysis(f.as(), &analysisv1.RetryAnalysisRequest{Id: a.GetId()})
	require.NoError(t, err)
	a = f.finish(a)
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a)
	created := f.research.Created()
	require.Len(t, created, 2, "research that was cancelled stays so")
	require.Subset(t, created[1].GetSubQueries(), a.GetRounds()[1].GetQueries())
	require.Subset(t, created[1].GetSubQueries(), a.GetPlan().GetQueries())
}
