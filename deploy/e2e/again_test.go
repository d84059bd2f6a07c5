package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// The path of the first design: the same call twice is answered at once the second
// time, out of what is there already, and says that it cost nothing.
func testSecondCall(t *testing.T, base string) {
	u := signUp(t, base)
	u.add(t, "winter.md", []byte(markdownFile))
	first := u.completed(t)
	require.Empty(t, first.GetCachedFrom())
	second := u.start(t, &analysisv1.StartAnalysisRequest{Question: question})
	require.Equal(t, analysisv1.Analysis_COMPLETED, second.GetState(), "at once, with one call")
	require.NotEqual(t, first.GetId(), second.GetId())
	require.Equal(t, first.GetId(), second.GetCachedFrom(), "it says where the answer is from")
	require.Zero(t, second.GetUsage().GetCostUsd())
	require.Zero(t, second.GetUsage().GetCalls())
	claims := func(id string) (out []string) {
		for _, f := range u.findings(t, id) {
			out = append(out, f.GetClaim())
		}
		return out
	}
	require.Equal(t, claims(first.GetId()), claims(second.GetId()))
	u.get(t, "/api/v1/reports/"+second.GetReportId(), &reportv1.Report{})
	require.Equal(t, analysisv1.Analysis_COMPLETED, u.ended(t, second.GetId()).GetState())

	fresh := u.start(t, &analysisv1.StartAnalysisRequest{Question: question, Cache: analysisv1.Cache_BYPASS})
	require.Equal(t, analysisv1.Analysis_QUEUED, fresh.GetState(), "who wants none from the cache gets none")
	u.add(t, "grid.txt", []byte(textFile))
	changed := u.start(t, &analysisv1.StartAnalysisRequest{Question: question})
	require.Empty(t, changed.GetCachedFrom(), "the library says more now")
}

func testDryRun(t *testing.T, base string) {
	u := signUp(t, base)
	a := u.start(t, &analysisv1.StartAnalysisRequest{Question: question, DryRun: true})
	require.Empty(t, a.GetId())
	plan := a.GetPlan()
	require.NotEmpty(t, plan.GetQueries())
	require.NotEmpty(t, plan.GetSteps())
	var calls int32
	var cost float64
	for _, step := range plan.GetSteps() {
		require.NotEmpty(t, step.GetStep())
		require.NotEmpty(t, step.GetEngine(), step.GetStep())
		calls, cost = calls+step.GetCalls(), cost+step.GetCostUsd()
	}
	require.Equal(t, calls, plan.GetEstimatedCalls())
	require.InDelta(t, cost, plan.GetEstimatedCostUsd(), 1e-9)
	list := &analysisv1.ListAnalysesResponse{}
	u.get(t, "/api/v1/analysis", list)
	require.Empty(t, list.GetAnalyses())
}

// A run that awaits approval is followed while it waits, goes on with the plan as its
// user edited it, and no earlier.
func testApproval(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	id := u.start(t, &analysisv1.StartAnalysisRequest{Question: question, AwaitApproval: true}).GetId()
	stream := u.follow(t, id, 0)
	last := int64(0)
	for {
		e := stream.next()
		require.NotNil(t, e, "the stream of a run that waits stays open")
		if last = e.GetSequence(); e.GetStateChanged().GetState() == analysisv1.Analysis_AWAITING_APPROVAL {
			break
		}
	}
	waiting := &analysisv1.Analysis{}
	u.get(t, "/api/v1/analysis/"+id, waiting)
	require.Equal(t, analysisv1.Analysis_AWAITING_APPROVAL, waiting.GetState())
	require.Empty(t, waiting.GetResearchId(), "nothing is collected")
	require.NotEmpty(t, waiting.GetPlan().GetQueries())
	again := u.follow(t, id, last) // nothing new yet: it is no end

	resp, body := u.json(t, http.MethodPost, "/api/v1/analysis/"+id+":approve", `{"plan":{"queries":[""]}}`)
	_, fields := refused(t, resp, body, http.StatusBadRequest)
	require.Contains(t, fields, "plan.queries[0]")

	edited := &analysisv1.Plan{SubQuestions: []string{question}, Queries: []string{"heat pump cold weather efficiency"}}
	approved := &analysisv1.Analysis{}
	u.post(t, "/api/v1/analysis/"+id+":approve", &analysisv1.ApprovePlanRequest{Plan: edited}, approved)
	require.Equal(t, edited.GetQueries(), approved.GetPlan().GetQueries())
	rest := again.all()
	require.Equal(t, last+1, rest[0].GetSequence())
	require.Equal(t, analysisv1.Analysis_COMPLETED, rest[len(rest)-1].GetStateChanged().GetState())
	require.NotEmpty(t, u.findings(t, id))
	resp, body = u.json(t, http.MethodPost, "/api/v1/analysis/"+id+":approve", `{}`)
	refused(t, resp, body, http.StatusBadRequest)
}

func testReverify(t *testing.T, base string) {
	u := signUp(t, base)
	u.add(t, "winter.md", []byte(markdownFile))
	a := u.completed(t)
	v := &analysisv1.Reverification{}
	u.post(t, "/api/v1/analysis/"+a.GetId()+":reverify", &analysisv1.ReverifyAnalysisRequest{RequestId: "again"}, v)
	v = u.reverified(t, v)
	require.Equal(t, analysisv1.Reverification_COMPLETED, v.GetState(), v.GetError())
	citations := 0
	for _, f := range u.findings(t, a.GetId()) {
		citations += len(f.GetCitations())
	}
	require.Len(t, v.GetCitations(), citations)
	require.Equal(t, citations, int(v.GetCounts().GetUnchanged()), "a file of the library stays as it is")
	same := &analysisv1.Reverification{}
	u.post(t, "/api/v1/analysis/"+a.GetId()+":reverify", &analysisv1.ReverifyAnalysisRequest{RequestId: "again"}, same)
	require.Equal(t, v.GetId(), same.GetId())
	list := &analysisv1.ListReverificationsResponse{}
	u.get(t, "/api/v1/analysis/"+a.GetId()+"/reverifications", list)
	require.Len(t, list.GetReverifications(), 1)
}

// reverified waits until the citations of a run have been checked again.
func (u *user) reverified(t *testing.T, v *analysisv1.Reverification) *analysisv1.Reverification {
	t.Helper()
	deadline := time.After(patience)
	for v.GetCompleteTime() == nil {
		select {
		case <-time.After(glance):
		case <-deadline:
			t.Fatalf("the reverification is still %s", v.GetState())
		}
		now := &analysisv1.Reverification{}
		u.get(t, "/api/v1/analysis/"+v.GetAnalysisId()+"/reverifications/"+v.GetId(), now)
		v = now
	}
	return v
}

func testCompare(t *testing.T, base string) {
	u := signUp(t, base)
	u.add(t, "winter.md", []byte(markdownFile))
	first := u.completed(t)
	u.add(t, "grid.txt", []byte(textFile))
	again := &analysisv1.Analysis{}
	u.post(t, "/api/v1/analysis/"+first.GetId()+":rerun", &analysisv1.RerunAnalysisRequest{}, again)
	require.Equal(t, first.GetId(), again.GetRerunOf())
	require.Equal(t, analysisv1.Analysis_COMPLETED, u.ended(t, again.GetId()).GetState())

	changes := &analysisv1.Comparison{}
	u.get(t, "/api/v1/analysis/"+again.GetId()+"/changes", changes)
	require.Equal(t, first.GetId(), changes.GetBaseId())
	require.NotEmpty(t, changes.GetAdded(), "what the new file says is new")
	require.Len(t, changes.GetSourcesAdded(), 1)
	require.Positive(t, changes.GetUnchanged())
	resp, body := u.json(t, http.MethodGet, "/api/v1/analysis/"+first.GetId()+"/changes", "")
	_, fields := refused(t, resp, body, http.StatusBadRequest)
	require.Contains(t, fields, "baseId", "the first run asks none again")
}
