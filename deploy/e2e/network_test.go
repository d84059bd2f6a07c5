package e2e

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// network lies between browsers and gateways, and can be lost. It leads to the first
// gateway that is there.
type network struct {
	lis      net.Listener
	gateways []string

	mu    sync.Mutex
	lost  bool
	conns map[net.Conn]struct{}
}

func newNetwork(t *testing.T, gateways ...string) *network {
	t.Helper()
	var lc net.ListenConfig
	lis, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	n := &network{lis: lis, gateways: gateways, conns: map[net.Conn]struct{}{}}
	t.Cleanup(func() {
		_ = lis.Close()
		n.cut()
	})
	go n.serve()
	return n
}

// url is where the gateways are for browsers.
func (n *network) url() string { return "http://" + n.lis.Addr().String() }

func (n *network) serve() {
	for {
		conn, err := n.lis.Accept()
		if err != nil {
			return
		}
		go n.carry(conn)
	}
}

// carry hands on what one side says to the other until one of them is gone.
func (n *network) carry(client net.Conn) {
	defer n.drop(client)
	if !n.keep(client) {
		return
	}
	server := n.reach()
	if server == nil {
		return
	}
	defer n.drop(server)
	if !n.keep(server) {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		n.drop(server)
	}()
	_, _ = io.Copy(client, server)
}

// reach connects to the first gateway that is there.
func (n *network) reach() net.Conn {
	for _, address := range n.gateways {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return conn
		}
	}
	return nil
}

// keep counts a connection in; it reports whether there is a network for it.
func (n *network) keep(conn net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.lost {
		n.conns[conn] = struct{}{}
	}
	return !n.lost
}

// drop breaks a connection off, without a farewell.
func (n *network) drop(conn net.Conn) {
	n.mu.Lock()
	delete(n.conns, conn)
	n.mu.Unlock()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// cut breaks off everything and lets nothing through any more.
func (n *network) cut() {
	n.mu.Lock()
	n.lost = true
	n.mu.Unlock()
	for {
		n.mu.Lock()
		var next net.Conn
		for next = range n.conns {
			break
		}
		n.mu.Unlock()
		if next == nil {
			return
		}
		n.drop(next)
	}
}

// lose cuts the network for a while, and returns when it is there again.
func (n *network) lose(t *testing.T, pause time.Duration) {
	t.Helper()
	n.cut()
	select {
	case <-time.After(pause):
	case <-t.Context().Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lost = false
}
