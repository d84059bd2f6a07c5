package gateway

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/live"
)

func TestSocket_AFloodOfFramesIsRefusedThenClosed1008(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for range 100_000 {
			if s.conn.Write(t.Context(), websocket.MessageText, []byte("x")) != nil {
				return // closed
			}
		}
	}()
	codes := map[string]int{}
	for {
		_, data, err := s.conn.Read(t.Context())
		if err != nil {
			require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
			break
		}
		for _, code := range []string{"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"} {
			if strings.Contains(string(data), code) {
				codes[code]++
			}
		}
	}
	<-sent
	require.Positive(t, codes["RESOURCE_EXHAUSTED"], "it is told before it is closed")
	require.Less(t, codes["INVALID_ARGUMENT"], 1000, "most of it costs nothing")
}

func TestSocket_ClosesWithTheReasonOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	tests := map[string]struct {
		kind websocket.MessageType
		data []byte
		want websocket.StatusCode
	}{
		"text that is not UTF-8": {websocket.MessageText, []byte{0xff, 0xfe}, websocket.StatusInvalidFramePayloadData},
		"a message over 1 MiB":   {websocket.MessageText, []byte(strings.Repeat("x", 1<<20+1)), websocket.StatusMessageTooBig},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := f.dial(t, alice)
			_ = s.conn.Write(t.Context(), tc.kind, tc.data) // it may be closed before all is sent
			require.Equal(t, tc.want, s.closed())
		})
	}
}

func TestSocket_SaysGoodbyeToAClientThatCloses(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	require.NoError(t, s.conn.Close(websocket.StatusNormalClosure, "done"), "the close handshake is finished")
}

// Half of a connection is closed by a client that will still read: it has gone.
func TestSocket_EndsWhenTheClientClosesItsSide(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(f.url, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte("GET /api/v1/ws/c HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer alice\r\n\r\n"))
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	_, err = reader.ReadByte()
	require.Error(t, err)
	require.Eventually(t, func() bool { return f.tokens.open() == 0 }, 10*time.Second, 10*time.Millisecond)
}

func TestStreams_AreLimitedPerUserAndPerAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limits live.Options
		second string // who is refused beside alice
	}{
		"per user":    {live.Options{PerUser: 2}, alice},
		"per address": {live.Options{PerAddress: 2}, bob},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serveFleet(t, Config{}, limits{live: tc.limits})
			first := f.dial(t, alice)
			f.sse(t, alice, 0)
			req := request{method: "GET", path: "/api/v1/ws/c", token: tc.second, header: map[string]string{"Upgrade": "websocket", "Connection": "Upgrade"}}
			resp, body := f.do(t, req)
			require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
			require.Equal(t, "TOO_MANY_STREAMS", decodeFailure(t, resp, body).Details[0].Reason)
			require.NoError(t, first.conn.CloseNow())
			require.Eventually(t, func() bool {
				resp, _ := f.do(t, req)
				return resp.StatusCode == http.StatusBadRequest // no longer too many, but no handshake either
			}, 10*time.Second, 10*time.Millisecond)
		})
	}
}
