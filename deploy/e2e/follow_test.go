package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// socket is an open WebSocket.
type socket struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // the deadline of all that the test does with it
	conn *websocket.Conn
}

// connect opens a WebSocket as a browser does: with the token as a subprotocol.
func (u *user) connect(t *testing.T) *socket {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	conn, resp, err := websocket.Dial(ctx, u.socketURL(),
		&websocket.DialOptions{Subprotocols: []string{"bearer", u.token}, HTTPHeader: u.socketHeader()})
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	require.Equal(t, "bearer", conn.Subprotocol())
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	return &socket{t: t, ctx: ctx, conn: conn}
}

// socketHeader is what a client that is no browser sends with the upgrade.
func (u *user) socketHeader() http.Header {
	header := http.Header{}
	if u.workspace != "" {
		header.Set("X-Workspace-Id", u.workspace)
	}
	return header
}

// socketURL is where the WebSocket is.
func (u *user) socketURL() string {
	return "ws" + strings.TrimPrefix(u.base, "http") + "/api/v1/ws/e2e"
}

// say sends a message.
func (s *socket) say(text string) {
	s.t.Helper()
	require.NoError(s.t, s.conn.Write(s.ctx, websocket.MessageText, []byte(text)))
}

// hear returns the next message.
func (s *socket) hear() *realtimev1.ServerMessage {
	s.t.Helper()
	kind, data, err := s.conn.Read(s.ctx)
	require.NoError(s.t, err)
	require.Equal(s.t, websocket.MessageText, kind)
	msg := &realtimev1.ServerMessage{}
	require.NoError(s.t, protojson.Unmarshal(data, msg), "message: %s", data)
	return msg
}

// events hears events until the run's last.
func (s *socket) events() []*analysisv1.Event {
	s.t.Helper()
	var events []*analysisv1.Event
	for {
		e := s.hear().GetEvent()
		require.NotNil(s.t, e)
		events = append(events, e)
		if client.Ended(e.GetStateChanged().GetState()) {
			return events
		}
	}
}

func testWaysToFollow(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	sock := u.connect(t)
	id := u.start(t, &analysisv1.StartAnalysisRequest{Question: question}).GetId()

	sock.say(`{"id":"1","subscribe":{"analysisId":"` + id + `","afterSequence":"0"}}`)
	ack := sock.hear()
	require.Equal(t, "1", ack.GetId())
	require.NotNil(t, ack.GetAck())
	live := sock.events()
	require.Equal(t, upTo(1, int64(len(live))), sequences(live))

	want := asJSON(t, live)
	require.Equal(t, want, asJSON(t, u.follow(t, id, 0).all()), "Server-Sent Events")
	require.Equal(t, want, asJSON(t, u.log(t, id, 5)), "the log")

	sock.say(`{"id":"2","subscribe":{"analysisId":"` + id + `","afterSequence":"3"}}`)
	require.NotNil(t, sock.hear().GetAck())
	require.Equal(t, want[3:], asJSON(t, sock.events()), "a second subscription resumes")

	// The run has ended and all is known: an EventSource must not come back.
	req := u.request(t, http.MethodGet, "/api/v1/analysis/"+id+"/events", nil, "Accept", "text/event-stream", "Last-Event-ID", "9999")
	resp, _ := send(t, req)
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
}

func testBadMessages(t *testing.T, base string) {
	u := signUp(t, base)
	theirs := signUp(t, base).start(t, &analysisv1.StartAnalysisRequest{Question: question})
	sock := u.connect(t)
	tests := []struct{ message, id, code string }{
		{`{"id":"1","subscribe":{"analysisId":5}}`, "1", "INVALID_ARGUMENT"},
		{`{"id":"2","subscribe":{}}`, "2", "INVALID_ARGUMENT"},
		{`{"id":"3","dance":{}}`, "3", "INVALID_ARGUMENT"},
		{`{"id":"4"}`, "4", "INVALID_ARGUMENT"},
		{`not JSON`, "", "INVALID_ARGUMENT"},
		{`{"id":"5","subscribe":{"analysisId":"` + theirs.GetId() + `"}}`, "5", "NOT_FOUND"},
	}
	for _, tc := range tests {
		sock.say(tc.message)
		answer := sock.hear()
		require.Equal(t, tc.id, answer.GetId(), tc.message)
		require.Equal(t, tc.code, answer.GetError().GetCode(), tc.message)
		require.NotEmpty(t, answer.GetError().GetMessage())
	}
	sock.say(`{"id":"6","unsubscribe":{"analysisId":"` + theirs.GetId() + `"}}`)
	require.NotNil(t, sock.hear().GetAck(), "the socket has to be open still")

	_, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/api/v1/ws/e2e",
		&websocket.DialOptions{Subprotocols: []string{"bearer", "garbage"}})
	require.Error(t, err)
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}
