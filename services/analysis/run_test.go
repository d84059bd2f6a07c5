package analysis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// allSteps are the steps of a run, each done at the first try.
func allSteps() []stepRow {
	return []stepRow{{"plan", 1}, {"search/1", 1}, {"collect/1", 1}, {"analyze", 1}, {"check", 1}, {"write", 1}, {"report", 1}}
}

func TestRun_FromTheQuestionToTheReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.start(t)
	a := b.finish(t, id)
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState())
	require.InDelta(t, 1, a.GetProgress(), 0)
	require.Equal(t, question, a.GetQuestion())
	require.Equal(t, "extractive", a.GetEngine())
	require.NotEmpty(t, a.GetPlan().GetQueries())
	require.NotEmpty(t, a.GetResearchId())
	require.NotNil(t, a.GetCompleteTime())
	require.Nil(t, a.GetError())
	require.Empty(t, a.GetMissing())
	require.Equal(t, allSteps(), b.steps(t, id))

	composed := b.report.Composed()
	require.Len(t, composed, 1)
	require.Equal(t, id, composed[0].GetAnalysisId())
	require.Equal(t, question, composed[0].GetQuestion())
	require.Len(t, composed[0].GetSources(), 3, "the source that could not be read is part of the story")
	require.Len(t, composed[0].GetFindings(), len(b.findings(t, id)))
	require.NotEmpty(t, a.GetReportId())
}

func TestRun_EveryCitationIsAtItsPlaceInTheSnapshot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.start(t)
	b.finish(t, id)
	findings := b.findings(t, id)
	require.GreaterOrEqual(t, len(findings), 3)
	for i, f := range findings {
		require.EqualValues(t, i+1, f.GetOrdinal())
		require.Equal(t, analysisv1.Support_SUPPORTED, f.GetSupport(), f.GetClaim())
		require.NotEmpty(t, f.GetCitations())
		for _, c := range f.GetCitations() {
			text, ok := b.research.Snapshot(c.GetSourceId())
			require.True(t, ok)
			require.Equal(t, c.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()], "offsets are bytes of the snapshot")
			require.NotEmpty(t, c.GetPassageId())
			require.NotEmpty(t, c.GetSourceTitle())
			require.Len(t, c.GetSnapshotSha256(), 64)
			require.EqualValues(t, 1, c.GetPage())
		}
	}
}

func TestRun_AQuoteThatIsNotInItsSnapshotIsDropped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lie := "The write-ahead log protects data even when the disk that holds it is lost for ever."
	b.research.Documents = append(b.research.Documents, peertest.Document{
		Title: "Rumour", Text: lie, Snapshot: "This page says nothing of the kind.",
	})
	id := b.start(t)
	require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, id).GetState())

	var written bool
	for _, e := range b.watch(t, id, 0) {
		written = written || e.GetFinding().GetClaim() == lie
	}
	require.True(t, written, "the engine wrote it, or the test shows nothing")
	findings := b.findings(t, id)
	require.NotEmpty(t, findings)
	for i, f := range findings {
		require.NotEqual(t, lie, f.GetClaim())
		require.EqualValues(t, i+1, f.GetOrdinal(), "the gap is closed")
	}
}

// A claim whose own source does not hold it any more can rest on another source
// that says something like it; that then supports it in part only.
func TestRun_TheCitationPolicyDecidesOnWeakFindings(t *testing.T) {
	t.Parallel()
	claim := "In Postgres the write-ahead log protects data because every change is written to it before the data pages are changed."
	weak := []peertest.Document{
		{Title: "Gone", Text: claim, Snapshot: "This page was changed."},
		{Title: "Like it", Text: "The write-ahead log protects data because every change is written to it before the data pages are changed."},
		{Title: "Guide", Text: "After a crash the server replays the write-ahead log from the last checkpoint, so that no committed data is lost."},
	}
	tests := map[string]struct {
		policy analysisv1.CitationPolicy
		keeps  bool
	}{
		"without a policy it is kept and marked": {analysisv1.CitationPolicy_CITATION_POLICY_UNSPECIFIED, true},
		"FLAG keeps it and marks it":             {analysisv1.CitationPolicy_FLAG, true},
		"STRICT drops it":                        {analysisv1.CitationPolicy_STRICT, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.research.Documents = weak
			id := b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.CitationPolicy = tc.policy })
			require.Equal(t, analysisv1.Analysis_COMPLETED, b.finish(t, id).GetState())
			var kept bool
			for _, f := range b.findings(t, id) {
				if f.GetClaim() == claim {
					kept = true
					require.NotEqual(t, analysisv1.Support_SUPPORTED, f.GetSupport())
				}
			}
			require.Equal(t, tc.keeps, kept)
		})
	}
}

func TestRun_WithoutAnAnswerEndsAsNoEvidence(t *testing.T) {
	t.Parallel()
	tests := map[string][]peertest.Document{
		"nothing was found": nil,
		"what was found is about something else": {{
			Title: "Bread", Text: "Knead the dough for ten minutes until it is smooth, then let it rise in a warm place.",
		}},
		"nothing could be read": {{Title: "broken", Unreadable: "the file is damaged"}},
	}
	for name, found := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.research.Documents = found
			id := b.start(t)
			a := b.finish(t, id)
			require.Equal(t, analysisv1.Analysis_NO_EVIDENCE, a.GetState())
			require.Empty(t, b.findings(t, id))
			require.NotEmpty(t, a.GetReportId(), "a report says so")
		})
	}
}

func TestRun_TellsWhatResearchLacks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		state   researchv1.Research_State
		missing string
	}{
		"partial research":   {researchv1.Research_PARTIAL, "Some places that were asked did not answer."},
		"cancelled research": {researchv1.Research_CANCELLED, "The collection of evidence was stopped before it was complete."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.research.EndAs(tc.state, "")
			a := b.finish(t, b.start(t))
			require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
			require.Equal(t, []string{tc.missing}, a.GetMissing())
			require.Equal(t, a.GetMissing(), b.report.Composed()[0].GetMissing())
		})
	}
}

func TestRun_UsesFinishedResearchAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.finish(t, b.start(t))
	second := b.finish(t, b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.ResearchId = first.GetResearchId() }))
	require.Equal(t, analysisv1.Analysis_COMPLETED, second.GetState())
	require.Equal(t, first.GetResearchId(), second.GetResearchId())
	require.Len(t, b.research.Requests(), 1, "nothing is collected anew")
}

func TestRun_AtItsDeadlineGoesOnWithWhatThereIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.EndAs(researchv1.Research_RUNNING, "")
	began := time.Now()
	id := b.start(t, func(r *analysisv1.StartAnalysisRequest) {
		r.Budget = &analysisv1.Budget{Deadline: timestamppb.New(time.Now().Add(2 * time.Second))}
	})
	a := b.finish(t, id)
	require.Equal(t, analysisv1.Analysis_COMPLETED_PARTIAL, a.GetState())
	require.Len(t, a.GetMissing(), 1)
	require.NotEmpty(t, b.findings(t, id))
	require.Less(t, time.Since(began), 20*time.Second, "a wait for research may not outlast the deadline")
}

func TestEvents_TellTheWholeStoryWithoutGaps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.start(t)
	events := b.watch(t, id, 0)
	var story []string
	for i, e := range events {
		require.EqualValues(t, i+1, e.GetSequence())
		require.Equal(t, id, e.GetAnalysisId())
		require.NotNil(t, e.GetTime())
		if e.GetType() == analysisv1.Event_TEXT {
			continue // there is one if the findings make a summary
		}
		name := e.GetType().String()
		if state := e.GetStateChanged(); state != nil {
			name = state.GetState().String()
		}
		if len(story) == 0 || story[len(story)-1] != name {
			story = append(story, name)
		}
	}
	require.Equal(t, "QUEUED ROUND_STARTED COLLECTING SOURCE_FOUND SOURCE_FETCHED SOURCE_FOUND SOURCE_FETCHED SOURCE_FOUND SOURCE_FAILED "+
		"EVIDENCE_RANKED ANALYZING FINDING_ADDED ANALYZING CITATION_CHECKED ANALYZING REPORTING REPORT_READY COMPLETED", strings.Join(story, " "))
	require.EqualValues(t, len(events), b.get(t, id).GetLastSequence())

	last := 0.0
	for _, e := range events {
		if state := e.GetStateChanged(); state != nil {
			require.GreaterOrEqual(t, state.GetProgress(), last, "progress does not go back")
			last = state.GetProgress()
		}
		if e.GetType() == analysisv1.Event_SOURCE_FAILED {
			require.Equal(t, "the file is encrypted", e.GetSource().GetReason())
			require.Equal(t, "broken.md", e.GetSource().GetLocation())
		}
	}
}

func TestWatchAnalysis_FromAnywhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached, release := b.report.Hold(t, "ComposeReport")
	id := b.start(t)
	receive(t, reached)
	middle := b.get(t, id).GetLastSequence() / 2

	live := b.follow(t, id, middle)
	first, err := live.Recv()
	require.NoError(t, err)
	release() // the rest comes while it is followed
	fromMiddle := append([]*analysisv1.Event{first}, drain(t, live)...)
	all := b.watch(t, id, 0)
	require.Len(t, fromMiddle, len(all)-int(middle))
	require.Equal(t, middle+1, fromMiddle[0].GetSequence())
	require.Equal(t, all[len(all)-1].String(), fromMiddle[len(fromMiddle)-1].String())

	require.Len(t, b.watch(t, id, 0), len(all), "the log stays when the run has ended")
	require.Empty(t, b.watch(t, id, int64(len(all))), "after the end there is nothing, and the stream ends")
}

func TestListEvents_PagesThroughTheSameLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.start(t)
	want := b.watch(t, id, 0)
	req := &analysisv1.ListEventsRequest{AnalysisId: id, PageSize: 3}
	var got []*analysisv1.Event
	for {
		resp, err := b.ListEvents(as(t, b.ada), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(resp.GetEvents()), 3)
		got = append(got, resp.GetEvents()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].String(), got[i].String())
	}
}

func TestListFindings_PagesInTheOrderOfTheAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.start(t)
	b.finish(t, id)
	req := &analysisv1.ListFindingsRequest{AnalysisId: id, PageSize: 1}
	for _, want := range b.findings(t, id) {
		resp, err := b.ListFindings(as(t, b.ada), req)
		require.NoError(t, err)
		require.Len(t, resp.GetFindings(), 1)
		require.Equal(t, want.String(), resp.GetFindings()[0].String())
		req.PageToken = resp.GetNextPageToken()
	}
	require.Empty(t, req.GetPageToken())
}
