package analysis_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// reverify begins to check a run's citations again.
func (b *bundle) reverify(t *testing.T, id, requestID string) *analysisv1.Reverification {
	t.Helper()
	v, err := b.ReverifyAnalysis(as(t, b.ada), &analysisv1.ReverifyAnalysisRequest{Id: id, RequestId: requestID})
	require.NoError(t, err)
	return v
}

// reverified waits until that has ended.
func (b *bundle) reverified(t *testing.T, v *analysisv1.Reverification) *analysisv1.Reverification {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		v, err = b.GetReverification(as(t, b.ada), &analysisv1.GetReverificationRequest{AnalysisId: v.GetAnalysisId(), Id: v.GetId()})
		return err == nil && v.GetCompleteTime() != nil
	}, patience, 10*time.Millisecond)
	return v
}

// citations are those of a run's findings, in their order.
func citations(findings []*analysisv1.Finding) (all []*analysisv1.Citation) {
	for _, f := range findings {
		all = append(all, f.GetCitations()...)
	}
	return all
}

func TestReverify_SaysWhatBecameOfEachCitation(t *testing.T) {
	t.Parallel()
	guide := documents()[0].Text
	for name, tc := range map[string]struct {
		now     peertest.Now
		outcome analysisv1.RecheckedCitation_Outcome
		support analysisv1.Support // UNSPECIFIED for that of before
	}{
		"nothing changed":     {peertest.Now{}, analysisv1.RecheckedCitation_UNCHANGED, 0},
		"words after it":      {peertest.Now{Text: guide + "\n\nEdited yesterday."}, analysisv1.RecheckedCitation_UNCHANGED, 0},
		"it is further below": {peertest.Now{Text: "A word in advance of everything.\n\n" + guide + "\n\nAnd one afterwards."}, analysisv1.RecheckedCitation_UNCHANGED, 0},
		"it says otherwise":   {peertest.Now{Text: "This page has moved to another address."}, analysisv1.RecheckedCitation_VANISHED, analysisv1.Support_UNSUPPORTED},
		"it is gone":          {peertest.Now{Gone: "There is no such page (status 404)."}, analysisv1.RecheckedCitation_UNREACHABLE, 0},
		"it is retracted":     {peertest.Now{Retracted: true}, analysisv1.RecheckedCitation_RETRACTED, 0},
		"retracted and gone":  {peertest.Now{Retracted: true, Gone: "There is no such page."}, analysisv1.RecheckedCitation_RETRACTED, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id := b.finish(t, b.start(t)).GetId()
			before := b.findings(t, id)
			b.research.Becomes("Guide", tc.now)
			v := b.reverified(t, b.reverify(t, id, ""))
			require.Equal(t, analysisv1.Reverification_COMPLETED, v.GetState(), v.GetError())
			require.Len(t, v.GetCitations(), len(citations(before)))
			count := map[analysisv1.RecheckedCitation_Outcome]int32{}
			for i, c := range v.GetCitations() {
				count[c.GetOutcome()]++
				was := citations(before)[i]
				require.Equal(t, was.String(), c.GetCitation().String(), "in the order of the findings")
				if was.GetSourceTitle() != "Guide" {
					require.Equal(t, analysisv1.RecheckedCitation_UNCHANGED, c.GetOutcome(), "another source")
					continue
				}
				require.Equal(t, tc.outcome, c.GetOutcome(), c.GetReason())
				require.Equal(t, tc.now.Gone == "", c.GetSnapshotSha256() != "")
				require.Equal(t, tc.outcome != analysisv1.RecheckedCitation_UNCHANGED, c.GetReason() != "")
				switch {
				case tc.now.Gone != "":
					require.Equal(t, analysisv1.Support_SUPPORT_UNSPECIFIED, c.GetSupport())
				case tc.support != 0:
					require.Equal(t, tc.support, c.GetSupport())
				default:
					require.Equal(t, was.GetSupport(), c.GetSupport())
					text := tc.now.Text
					if text == "" {
						text = guide
					}
					require.Equal(t, was.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()])
				}
			}
			require.Equal(t, map[analysisv1.RecheckedCitation_Outcome]int32{
				analysisv1.RecheckedCitation_UNCHANGED: v.GetCounts().GetUnchanged(), tc.outcome: count[tc.outcome],
			}, count)
			for i, f := range b.findings(t, id) {
				require.Equal(t, before[i].String(), f.String(), "the findings stay")
			}
		})
	}
}

func TestReverify_TheSameRequestIsOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	first := b.reverified(t, b.reverify(t, id, "again"))
	require.Equal(t, first.String(), b.reverify(t, id, "again").String())
	calls := b.research.Calls("RecheckSource")
	second := b.reverified(t, b.reverify(t, id, ""))
	require.NotEqual(t, first.GetId(), second.GetId())
	require.Equal(t, 2*calls, b.research.Calls("RecheckSource"), "each source once for each")

	var ids []string
	for token := ""; ; {
		resp, err := b.ListReverifications(as(t, b.ada), &analysisv1.ListReverificationsRequest{AnalysisId: id, PageSize: 1, PageToken: token})
		require.NoError(t, err)
		require.Len(t, resp.GetReverifications(), 1)
		require.Empty(t, resp.GetReverifications()[0].GetCitations())
		require.Equal(t, first.GetCounts().String(), resp.GetReverifications()[0].GetCounts().String())
		ids = append(ids, resp.GetReverifications()[0].GetId())
		if token = resp.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, []string{second.GetId(), first.GetId()}, ids, "the newest first")
}

func TestReverify_WaitsForTheRunAndGoesWithIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	reached, release := b.research.Hold(t, "WaitResearch")
	id := b.start(t)
	receive(t, reached)
	_, err := b.ReverifyAnalysis(as(t, b.ada), &analysisv1.ReverifyAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	release()
	b.finish(t, id)
	v := b.reverified(t, b.reverify(t, id, ""))
	_, err = b.GetReverification(as(t, b.ada), &analysisv1.GetReverificationRequest{AnalysisId: uuid.NewString(), Id: v.GetId()})
	require.ErrorIs(t, err, errs.NotFound, "of another run")

	_, err = b.DeleteAnalysis(as(t, b.ada), &analysisv1.DeleteAnalysisRequest{Id: id})
	require.NoError(t, err)
	left := b.remains(t, b.ada.WorkspaceID)
	require.Zero(t, left["reverifications"]+left["rechecked_citations"])
}

func TestReverify_ASourceThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	b.research.On("RecheckSource", func(_ context.Context, call int) error {
		if call == 1 {
			return errors.New("it stumbles")
		}
		return nil
	})
	v := b.reverified(t, b.reverify(t, id, ""))
	require.Equal(t, analysisv1.Reverification_COMPLETED, v.GetState())
	require.EqualValues(t, len(v.GetCitations()), v.GetCounts().GetUnchanged())
}

func TestReverify_ASourceThatIsNotKeptIsUnreachable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	b.research.On("RecheckSource", func(context.Context, int) error { return errs.NotFound })
	v := b.reverified(t, b.reverify(t, id, ""))
	require.Equal(t, analysisv1.Reverification_COMPLETED, v.GetState())
	require.EqualValues(t, len(v.GetCitations()), v.GetCounts().GetUnreachable())
	require.Equal(t, "The source is not kept any more.", v.GetCitations()[0].GetReason())
}

func TestReverify_WithoutPermissionFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	b.research.On("RecheckSource", func(context.Context, int) error { return errs.PermissionDenied })
	v := b.reverified(t, b.reverify(t, id, ""))
	require.Equal(t, analysisv1.Reverification_FAILED, v.GetState())
	require.Contains(t, v.GetError(), "may not do so any more")
}

// The service is killed, as with kill -9, while a source is read. The next process
// reads that one again and no other.
func TestReverify_KilledInTheMiddleCostsOneSource(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	svc := b.serve(t)
	first := b.spawn(t)
	id := b.start(t)
	b.finish(t, id)
	reached, release := b.research.Hold(t, "RecheckSource")
	v := b.reverify(t, id, "")
	receive(t, reached)
	require.NoError(t, first.Process.Kill())
	_ = first.Wait() // it was killed: that is its error
	release()
	work(t, svc)
	v = b.reverified(t, v)
	require.Equal(t, analysisv1.Reverification_COMPLETED, v.GetState())
	require.EqualValues(t, len(v.GetCitations()), v.GetCounts().GetUnchanged())
	sources := map[string]bool{}
	for _, c := range v.GetCitations() {
		sources[c.GetCitation().GetSourceId()] = true
	}
	require.LessOrEqual(t, b.research.Calls("RecheckSource"), 2*len(sources))
}

func TestReverify_IsTheWorkspacesOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	v := b.reverified(t, b.reverify(t, id, ""))
	eve := as(t, authntest.Caller(t, authn.RoleOwner))
	_, err := b.ReverifyAnalysis(eve, &analysisv1.ReverifyAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.GetReverification(eve, &analysisv1.GetReverificationRequest{AnalysisId: id, Id: v.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.ListReverifications(eve, &analysisv1.ListReverificationsRequest{AnalysisId: id})
	require.ErrorIs(t, err, errs.NotFound)
	viewer := b.ada
	viewer.Role = authn.RoleViewer
	_, err = b.ReverifyAnalysis(as(t, viewer), &analysisv1.ReverifyAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = b.ListReverifications(as(t, viewer), &analysisv1.ListReverificationsRequest{AnalysisId: id})
	require.NoError(t, err)
}
