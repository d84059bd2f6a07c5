package gateway

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// counted counts what a client reads from the wire.
type counted struct {
	net.Conn
	read *atomic.Int64
}

// Read implements net.Conn.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// dialCounted opens a socket whose bytes are counted.
func (f *fleet) dialCounted(t *testing.T, mode websocket.CompressionMode) (s *socket, read *atomic.Int64) {
	t.Helper()
	read = new(atomic.Int64)
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return counted{conn, read}, err
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return f.dialAs(t, &websocket.DialOptions{
		Subprotocols: []string{"bearer", alice}, CompressionMode: mode, CompressionThreshold: 1,
		HTTPClient: &http.Client{Transport: transport},
	}), read
}

// Two kinds of sockets follow a run of short and long events: those that take deflated
// messages get the long ones deflated, of the past as well as new ones.
func TestSocket_Deflate(t *testing.T) {
	t.Parallel()
	const long = 40_000
	f := serveFleet(t, Config{}, limits{})
	write := func() {
		f.analysis.write(1)
		f.analysis.writeText(1, strings.Repeat("a long finding ", long/15))
	}
	write()
	plain, plainRead := f.dialCounted(t, websocket.CompressionDisabled)
	deflated, deflatedRead := f.dialCounted(t, websocket.CompressionNoContextTakeover)
	for _, s := range []*socket{plain, deflated} {
		s.subscribe("1", 0)
		require.Equal(t, count(1, 2), s.events(2))
	}
	write()
	for _, s := range []*socket{plain, deflated} {
		require.Equal(t, count(3, 4), s.events(2))
	}
	require.Greater(t, plainRead.Load(), int64(2*long))
	require.Less(t, deflatedRead.Load(), int64(long/10))
}
