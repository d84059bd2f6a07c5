package gateway

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// eventSource reads Server-Sent Events line by line.
type eventSource struct {
	resp  *http.Response
	lines *bufio.Scanner
}

// sse opens an event stream after a sequence number.
func (f *fleet) sse(t *testing.T, token string, after int) *eventSource {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/api/v1/analysis/"+runID+"/events", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "text/event-stream")
	if after > 0 {
		r.Header.Set("Last-Event-ID", strconv.Itoa(after))
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return newEventSource(resp)
}

func newEventSource(resp *http.Response) *eventSource {
	return &eventSource{resp: resp, lines: bufio.NewScanner(resp.Body)}
}

// next returns the id, type and data of the next event; ok is false at the end.
func (s *eventSource) next() (id int, kind, data string, ok bool) {
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "id":
			id, _ = strconv.Atoi(value)
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			if data != "" {
				return id, kind, data, true
			}
		}
	}
	return 0, "", "", false
}

// ids reads n events, or to the end when n is 0, and returns their ids.
func (s *eventSource) ids(n int) []int {
	var ids []int
	for n == 0 || len(ids) < n {
		id, _, _, ok := s.next()
		if !ok {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// count returns from, from+1, …, to.
func count(from, to int) []int {
	ids := make([]int, 0, to-from+1)
	for i := from; i <= to; i++ {
		ids = append(ids, i)
	}
	return ids
}

func TestSSE_PastThenNewThenEnd(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(2)
	s := f.sse(t, alice, 0)
	require.Equal(t, "text/event-stream", s.resp.Header.Get("Content-Type"))
	require.Equal(t, "no", s.resp.Header.Get("X-Accel-Buffering"))
	id, kind, data, ok := s.next()
	require.True(t, ok)
	require.Equal(t, 1, id)
	require.Equal(t, "TEXT", kind)
	var event struct {
		AnalysisID string `json:"analysisId"`
		Sequence   string
		Text       struct{ Text string }
	}
	require.NoError(t, json.Unmarshal([]byte(data), &event))
	require.Equal(t, runID, event.AnalysisID)
	require.Equal(t, "1", event.Sequence)
	require.Equal(t, "word", event.Text.Text)

	f.analysis.write(3)
	f.analysis.finish()
	require.Equal(t, count(2, 6), s.ids(0), "the stream ends with the run")
}

func TestSSE_ResumesAfterTheLastEvent(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(5)
	first := f.sse(t, alice, 0)
	require.Equal(t, count(1, 3), first.ids(3))
	require.NoError(t, first.resp.Body.Close())
	f.analysis.write(5)
	f.analysis.finish()
	require.Equal(t, count(4, 11), f.sse(t, alice, 3).ids(0))
}

func TestSSE_NothingMoreAnswers204(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(1)
	f.analysis.finish()
	require.Equal(t, http.StatusNoContent, f.sse(t, alice, 2).resp.StatusCode, "an EventSource must not come back for ever")
}

// A run that waits for its plan to be approved goes on: who comes back to it waits, too.
func TestSSE_ARunThatAwaitsApprovalHasNotEnded(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(2)
	f.analysis.enter(analysisv1.Analysis_AWAITING_APPROVAL)
	s := f.sse(t, alice, 3)
	require.Equal(t, http.StatusOK, s.resp.StatusCode)
	f.analysis.write(1)
	f.analysis.finish()
	require.Equal(t, count(4, 5), s.ids(0))
}

func TestSSE_RefusedAsJSON(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for token, want := range map[string]int{bob: 404, mallory: 401, "": 401} {
		resp, body := f.do(t, request{method: "GET", path: "/api/v1/analysis/" + runID + "/events", token: token, header: map[string]string{"Accept": "text/event-stream"}})
		require.Equal(t, want, resp.StatusCode)
		decodeFailure(t, resp, body)
	}
}

func TestSSE_OtherAcceptPagesTheLog(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(3)
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/analysis/" + runID + "/events?pageSize=2", token: alice})
	require.Equal(t, 200, resp.StatusCode)
	var page struct{ Events []struct{ Sequence string } }
	require.NoError(t, json.Unmarshal(body, &page))
	require.Len(t, page.Events, 2)
}

func TestSSE_HeartbeatOnAQuietStream(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{live: live.Options{Heartbeat: 20 * time.Millisecond}})
	s := f.sse(t, alice, 0)
	beats := 0
	for beats < 2 && s.lines.Scan() {
		if s.lines.Text() == ": heartbeat" {
			beats++
		}
	}
	require.Equal(t, 2, beats)
	f.analysis.write(1)
	require.Equal(t, []int{1}, s.ids(1), "a heartbeat loses no event")
}

func TestSSE_UpstreamBreaksUnseen(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{feed: feed.Options{Backoff: time.Millisecond}})
	f.analysis.write(10)
	f.analysis.breakNext(5)
	s := f.sse(t, alice, 0)
	require.Equal(t, count(1, 10), s.ids(10))
	f.analysis.finish()
	require.Equal(t, []int{11}, s.ids(0))
}

func TestSSE_EndsWithItsToken(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.sse(t, jwt(time.Now().Add(2*time.Second)), 0)
	require.Equal(t, 200, s.resp.StatusCode)
	require.Empty(t, s.ids(0), "the stream ends though the run goes on")
}

func TestSSE_EndsWhenTheGatewayStops(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(1)
	s := f.sse(t, alice, 0)
	require.Equal(t, []int{1}, s.ids(1))
	f.gateway.Close()
	require.Empty(t, s.ids(0))
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/analysis/" + runID + "/events", token: alice, header: map[string]string{"Accept": "text/event-stream"}})
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Equal(t, "RESTARTING", decodeFailure(t, resp, body).Details[0].Reason)
}

func TestEvents_AnEventSourceShowsItsTokenInTheQuery(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	tests := map[string]struct {
		query, accept string
		status        int
		field         string
	}{
		"an access token":                {"access_token=" + alice, "text/event-stream", 200, ""},
		"a token that is none":           {"access_token=garbage", "text/event-stream", 401, ""},
		"an API key, which lives long":   {"access_token=rp_0123456789", "text/event-stream", 400, "accessToken"},
		"not where a header can be sent": {"access_token=" + alice, "application/json", 400, "accessToken"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/api/v1/analysis/"+runID+"/events?"+tc.query, nil)
			require.NoError(t, err)
			r.Header.Set("Accept", tc.accept)
			resp, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			t.Cleanup(func() { _ = resp.Body.Close() })
			require.Equal(t, tc.status, resp.StatusCode)
			if tc.field != "" {
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.Contains(t, decodeFailure(t, resp, body).violations(), tc.field)
			}
		})
	}
}
