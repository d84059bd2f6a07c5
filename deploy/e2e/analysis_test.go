package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// start starts a run.
func (u *user) start(t *testing.T, req *analysisv1.StartAnalysisRequest) *analysisv1.Analysis {
	t.Helper()
	a := &analysisv1.Analysis{}
	u.post(t, "/api/v1/analysis/start", req, a)
	return a
}

// ended returns a run when it has ended.
func (u *user) ended(t *testing.T, id string) *analysisv1.Analysis {
	t.Helper()
	a := &analysisv1.Analysis{}
	deadline := time.After(patience)
	for {
		u.get(t, "/api/v1/analysis/"+id, a)
		if client.Ended(a.GetState()) {
			return a
		}
		select {
		case <-time.After(glance):
		case <-deadline:
			t.Fatalf("the run is still %s", a.GetState())
		}
	}
}

// completed runs the question over the user's library to its good end.
func (u *user) completed(t *testing.T) *analysisv1.Analysis {
	t.Helper()
	a := u.ended(t, u.start(t, &analysisv1.StartAnalysisRequest{Question: question}).GetId())
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), a.GetError().GetMessage())
	return a
}

func testEvents(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	a := u.start(t, &analysisv1.StartAnalysisRequest{Question: question})
	require.Equal(t, analysisv1.Analysis_QUEUED, a.GetState())

	events := u.follow(t, a.GetId(), 0).all() // live, from the first event on
	last := int64(len(events))
	require.Equal(t, upTo(1, last), sequences(events))
	require.Equal(t, analysisv1.Analysis_QUEUED, events[0].GetStateChanged().GetState())
	require.Equal(t, analysisv1.Analysis_COMPLETED, events[last-1].GetStateChanged().GetState())
	requireCourse(t, events)

	for _, after := range []int64{1, last / 2, last - 1} {
		require.Equal(t, upTo(after+1, last), sequences(u.follow(t, a.GetId(), after).all()), "after %d", after)
	}
	req := u.request(t, http.MethodGet, "/api/v1/analysis/"+a.GetId()+"/events?afterSequence=2", nil, "Accept", "text/event-stream")
	resp, body := send(t, req)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NotContains(t, string(body), "id: 2\n")
	require.Contains(t, string(body), "id: 3\n")
}

// requireCourse checks that the events tell of a whole run in its order: times
// and progress do not go back, and what ends a step stands there once.
func requireCourse(t *testing.T, events []*analysisv1.Event) {
	t.Helper()
	count := map[analysisv1.Event_Type]int{}
	findings := map[string]bool{}
	states := map[string]bool{}
	progress, before := -1.0, time.Time{}
	for _, e := range events {
		count[e.GetType()]++
		require.False(t, e.GetTime().AsTime().Before(before), "event %d is older than the one before", e.GetSequence())
		before = e.GetTime().AsTime()
		if changed := e.GetStateChanged(); changed != nil {
			require.GreaterOrEqual(t, changed.GetProgress(), progress)
			progress = changed.GetProgress()
			require.False(t, states[changed.String()], "told twice: %s", changed)
			states[changed.String()] = true
		}
		if f := e.GetFinding(); f != nil {
			require.False(t, findings[f.GetId()], "a finding was added twice")
			findings[f.GetId()] = true
		}
		if checked := e.GetCitationChecked(); checked != nil {
			require.True(t, findings[checked.GetFindingId()], "a citation was checked before its finding was added")
		}
	}
	require.InDelta(t, 1, progress, 0)
	for _, once := range []analysisv1.Event_Type{
		analysisv1.Event_ROUND_STARTED, analysisv1.Event_EVIDENCE_RANKED, analysisv1.Event_REPORT_READY,
	} {
		require.Equal(t, 1, count[once], once.String())
	}
	require.Equal(t, count[analysisv1.Event_SOURCE_FOUND], count[analysisv1.Event_SOURCE_FETCHED]+count[analysisv1.Event_SOURCE_FAILED])
	require.NotEmpty(t, findings)
	require.GreaterOrEqual(t, count[analysisv1.Event_CITATION_CHECKED], len(findings))
}

func testNoEvidence(t *testing.T, base string) {
	u := signUp(t, base)
	a := u.start(t, &analysisv1.StartAnalysisRequest{Question: question})
	events := u.follow(t, a.GetId(), 0).all()
	require.Equal(t, upTo(1, int64(len(events))), sequences(events))
	require.Equal(t, analysisv1.Analysis_NO_EVIDENCE, events[len(events)-1].GetStateChanged().GetState())

	findings := &analysisv1.ListFindingsResponse{}
	u.get(t, "/api/v1/analysis/"+a.GetId()+"/findings", findings)
	require.Empty(t, findings.GetFindings(), "without evidence there is nothing to claim")
}

// nobody is an id that nothing has.
const nobody = "01890000-0000-7000-8000-000000000000"

func testIsolation(t *testing.T, base string) {
	owner, other := signUp(t, base), signUp(t, base)
	doc := owner.add(t, "winter.md", []byte(markdownFile))
	a := owner.completed(t)
	sources := &researchv1.ListSourcesResponse{}
	owner.get(t, "/api/v1/research/"+a.GetResearchId()+"/sources", sources)
	require.NotEmpty(t, sources.GetSources())

	run, report := "/api/v1/analysis/"+a.GetId(), "/api/v1/reports/"+a.GetReportId()
	research, document := "/api/v1/research/"+a.GetResearchId(), "/api/v1/documents/"+doc.GetId()
	tests := []struct{ method, path, body string }{
		{http.MethodGet, document, ""},
		{http.MethodDelete, document, ""},
		{http.MethodGet, research, ""},
		{http.MethodGet, research + "/sources", ""},
		{http.MethodGet, research + "/evidence", ""},
		{http.MethodPost, research + ":cancel", "{}"},
		{http.MethodDelete, research, ""},
		{http.MethodGet, "/api/v1/sources/" + sources.GetSources()[0].GetId() + "/content", ""},
		{http.MethodGet, run, ""},
		{http.MethodGet, run + "/findings", ""},
		{http.MethodGet, run + "/events", ""},
		{http.MethodPost, run + ":cancel", "{}"},
		{http.MethodPost, run + ":retry", "{}"},
		{http.MethodDelete, run, ""},
		{http.MethodGet, report, ""},
		{http.MethodGet, report + "/export?format=md", ""},
		{http.MethodDelete, report, ""},
		{http.MethodPost, "/api/v1/reports", `{"analysisId":"` + a.GetId() + `"}`},
	}
	for _, tc := range tests {
		resp, body := other.json(t, tc.method, tc.path, tc.body)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, "%s %s: %s", tc.method, tc.path, body)
		refused(t, resp, body, http.StatusNotFound)
	}
	resp, body := send(t, other.request(t, http.MethodGet, run+"/events", nil, "Accept", "text/event-stream"))
	refused(t, resp, body, http.StatusNotFound)
	require.Empty(t, other.search(t, "heat pump"))
	resp, theirs := other.json(t, http.MethodPost, "/api/v1/analysis/start", `{"question":"`+question+`","researchId":"`+a.GetResearchId()+`"}`)
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	_, nobodys := other.json(t, http.MethodPost, "/api/v1/analysis/start", `{"question":"`+question+`","researchId":"`+nobody+`"}`)
	require.Equal(t, string(nobodys), string(theirs), "another's research must look like none")

	owner.get(t, run, a) // and nothing of it has happened
	owner.get(t, document, doc)
}
