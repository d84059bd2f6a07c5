package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
)

// answer is a ServerMessage as a client reads it.
type answer struct {
	ID    string          `json:"id"`
	Ack   json.RawMessage `json:"ack"`
	Error *struct{ Code, Message string }
	Event *struct {
		Sequence string
		Type     string
	}
	Lagged *struct {
		AnalysisID  string `json:"analysisId"`
		ResumeAfter string
	}
}

// socket is a WebSocket client.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a socket with the token in the subprotocol, as a browser does.
func (f *fleet) dial(t *testing.T, token string) *socket {
	t.Helper()
	return f.dialAs(t, &websocket.DialOptions{Subprotocols: []string{"bearer", token}})
}

func (f *fleet) dialAs(t *testing.T, options *websocket.DialOptions) *socket {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(f.url, "http")+"/api/v1/ws/client-1", options)
	require.NoError(t, err)
	if resp.Body != nil {
		_ = resp.Body.Close()
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{t: t, conn: conn}
}

func (s *socket) send(format string, args ...any) {
	s.t.Helper()
	require.NoError(s.t, s.conn.Write(s.t.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...)))
}

func (s *socket) read() answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	kind, data, err := s.conn.Read(ctx)
	require.NoError(s.t, err)
	require.Equal(s.t, websocket.MessageText, kind)
	var a answer
	require.NoError(s.t, json.Unmarshal(data, &a), "frame: %s", data)
	return a
}

// subscribe subscribes and expects the ack.
func (s *socket) subscribe(id string, after int) {
	s.t.Helper()
	s.send(`{"id":%q,"subscribe":{"analysisId":%q,"afterSequence":"%d"}}`, id, runID, after)
	a := s.read()
	require.Equal(s.t, id, a.ID)
	require.JSONEq(s.t, `{}`, string(a.Ack), "the ack comes before the events")
}

// events reads n events and returns their sequence numbers.
func (s *socket) events(n int) []int {
	s.t.Helper()
	var got []int
	for len(got) < n {
		a := s.read()
		require.NotNil(s.t, a.Event, "%+v", a)
		sequence, err := strconv.Atoi(a.Event.Sequence)
		require.NoError(s.t, err)
		got = append(got, sequence)
	}
	return got
}

// closed reads until the socket closes and returns the close code.
func (s *socket) closed() websocket.StatusCode {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := s.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

func TestSocket_SubscribePastThenNew(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(3)
	s := f.dial(t, alice)
	require.Equal(t, "bearer", s.conn.Subprotocol())
	s.subscribe("1", 0)
	require.Equal(t, count(1, 3), s.events(3))
	f.analysis.write(2)
	require.Equal(t, count(4, 5), s.events(2))
	f.analysis.finish()
	require.Equal(t, []int{6}, s.events(1))
	s.send(`{"id":"2","unsubscribe":{"analysisId":%q}}`, runID)
	require.Equal(t, "2", s.read().ID, "the socket outlives the run")
}

func TestSocket_ResumesAndMovesItsReadingPoint(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(6)
	s := f.dial(t, alice)
	s.subscribe("1", 4)
	require.Equal(t, count(5, 6), s.events(2))
	s.subscribe("2", 1)
	require.Equal(t, count(2, 6), s.events(5))
}

func TestSocket_UnsubscribeStops(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(1)
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	require.Equal(t, []int{1}, s.events(1))
	s.send(`{"id":"2","unsubscribe":{"analysisId":%q}}`, runID)
	require.Equal(t, "2", s.read().ID)
	f.analysis.write(3)
	s.send(`{"id":"3"}`)
	require.Equal(t, "3", s.read().ID, "no event comes in between")
}

func TestSocket_BadMessagesKeepItOpen(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{live: live.Options{MaxFollows: 1}})
	s := f.dial(t, alice)
	tests := []struct{ message, id, code, words string }{
		{`{"id":"1","dance":{}}`, "1", "INVALID_ARGUMENT", "dance: is not a field"},
		{`{"id":"2","subscribe":{"analysisId":7}}`, "2", "INVALID_ARGUMENT", "subscribe.analysisId: must be a string"},
		{`{"id":"3"}`, "3", "INVALID_ARGUMENT", "asks for nothing"},
		{`hello`, "", "INVALID_ARGUMENT", "body: is not valid JSON"},
		{`{"id":"` + strings.Repeat("x", 65) + `","unsubscribe":{"analysisId":"a"}}`, "", "INVALID_ARGUMENT", "id: must be at most 64"},
		{`{"id":"5","subscribe":{"analysisId":"x"}}`, "5", "INVALID_ARGUMENT", "id: "},
		{`{"id":"6","subscribe":{}}`, "6", "INVALID_ARGUMENT", "subscribe.analysisId: must be the id"},
		{`{"id":"7","subscribe":{"analysisId":"` + runID + `","afterSequence":"-1"}}`, "7", "INVALID_ARGUMENT", "subscribe.afterSequence: must not be negative"},
		{`{"id":"8","subscribe":{"analysisId":"01930000-0000-7000-8000-000000000099"}}`, "8", "NOT_FOUND", "there is no such analysis"},
	}
	for _, tc := range tests {
		s.send("%s", tc.message)
		a := s.read()
		require.Equal(t, tc.id, a.ID, tc.message)
		require.NotNil(t, a.Error, tc.message)
		require.Equal(t, tc.code, a.Error.Code, tc.message)
		require.Contains(t, a.Error.Message, tc.words)
	}
	require.NoError(t, s.conn.Write(t.Context(), websocket.MessageBinary, []byte{1}))
	require.Equal(t, "INVALID_ARGUMENT", s.read().Error.Code)
	s.subscribe("9", 0)
	s.send(`{"id":"10","subscribe":{"analysisId":"01930000-0000-7000-8000-000000000098"}}`)
	require.Equal(t, "RESOURCE_EXHAUSTED", s.read().Error.Code)
	f.analysis.write(1)
	require.Equal(t, []int{1}, s.events(1))
}

func TestSocket_AnothersRunIsAbsentThoughItIsFollowed(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(1)
	mine := f.dial(t, alice)
	mine.subscribe("1", 0)
	require.Equal(t, []int{1}, mine.events(1))

	theirs := f.dial(t, bob)
	theirs.send(`{"id":"1","subscribe":{"analysisId":%q}}`, runID)
	require.Equal(t, "NOT_FOUND", theirs.read().Error.Code)
}

func TestSocket_OneUpstreamForAllSockets(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(20)
	sockets := make([]*socket, 25)
	for i := range sockets {
		sockets[i] = f.dial(t, alice)
		sockets[i].subscribe("1", i%20)
	}
	f.analysis.write(20)
	for i, s := range sockets {
		require.Equal(t, count(i%20+1, 40), s.events(40-i%20))
	}
	require.Equal(t, 1, f.analysis.opened())
}

func TestSocket_SlowReaderIsToldAndRefilled(t *testing.T) {
	t.Parallel()
	// The heartbeat is quick, because no ping may end a socket that is only slow.
	f := serveFleet(t, Config{}, limits{feed: feed.Options{Events: 64}, live: live.Options{Heartbeat: 50 * time.Millisecond}})
	slow, quick := f.dial(t, alice), f.dial(t, alice)
	slow.subscribe("1", 0)
	quick.subscribe("1", 0)
	// 13 MB, more than the buffers of a loopback connection take.
	const total = 1600
	f.analysis.writeText(total, strings.Repeat("x", 8<<10))
	_, next := quick.drain(total)
	require.Equal(t, total+1, next, "a socket that does not read holds nobody up")

	lags, next := slow.drain(total)
	require.Equal(t, total+1, next)
	require.Positive(t, lags, "the slow socket fell behind and was told")
}

// drain reads events up to one and counts how often the socket lagged. Every
// event must come once and in order, whatever is told in between.
func (s *socket) drain(to int) (lags, next int) {
	s.t.Helper()
	for next = 1; next <= to; {
		a := s.read()
		if a.Lagged != nil {
			require.Equal(s.t, strconv.Itoa(next-1), a.Lagged.ResumeAfter)
			lags++
			continue
		}
		require.NotNil(s.t, a.Event)
		require.Equal(s.t, strconv.Itoa(next), a.Event.Sequence)
		next++
	}
	return lags, next
}

func TestSocket_ExpiredTokenCloses4401(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, jwt(time.Now().Add(2*time.Second)))
	s.subscribe("1", 0)
	require.Equal(t, websocket.StatusCode(4401), s.closed())
}

func TestSocket_RestartCloses1012(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.analysis.write(2)
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	require.Equal(t, count(1, 2), s.events(2))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- f.gateway.Run(ctx) }()
	stop()
	require.Equal(t, websocket.StatusServiceRestart, s.closed())
	require.NoError(t, <-ran)
}

func TestSocket_RefusedBeforeTheUpgrade(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{Origins: []string{"https://app.example.com"}}, limits{})
	tests := map[string]struct {
		token, origin, client string
		want                  int
	}{
		"no token":          {"", "", "c", 401},
		"revoked token":     {mallory, "", "c", 401},
		"foreign page":      {alice, "https://evil.example.com", "c", 403},
		"allowed page":      {alice, "https://app.example.com", "c", 101},
		"name far too long": {alice, "", strings.Repeat("c", 129), 400},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if tc.token != "" {
				header.Set("Authorization", "Bearer "+tc.token)
			}
			if tc.origin != "" {
				header.Set("Origin", tc.origin)
			}
			conn, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(f.url, "http")+"/api/v1/ws/"+tc.client, &websocket.DialOptions{HTTPHeader: header})
			require.NotNil(t, resp)
			require.Equal(t, tc.want, resp.StatusCode)
			if err == nil {
				require.NoError(t, conn.CloseNow())
				return
			}
			require.NotErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		})
	}
}
