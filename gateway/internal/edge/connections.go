package edge

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// crowded is what a connection is told that is one too many.
const crowded = `{"code":8,"message":"too many connections from this address, try again in 10 s","details":[` +
	`{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TOO_MANY_CONNECTIONS","domain":"researcherpro","metadata":{}},` +
	`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"10s"}]}`

// Listener returns a listener that lets one address (of IPv6 a /64) have at most so
// many connections at a time; 0 means any number. Those of proxies are not counted:
// behind them are many clients. What the server of net/http refuses on them by itself
// is refused as the API does.
func Listener(lis net.Listener, perAddress int, proxies Networks) net.Listener {
	return &listener{Listener: lis, limit: perAddress, proxies: proxies, open: map[netip.Prefix]int{}}
}

type listener struct {
	net.Listener

	limit   int // 0 is none
	proxies Networks
	mu      sync.Mutex
	open    map[netip.Prefix]int
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, counted := l.place(accepted)
		if !counted {
			return &clientConn{Conn: accepted, leave: func() {}}, nil
		}
		if l.enter(from) {
			return &clientConn{Conn: accepted, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		refuse(accepted)
	}
}

// refuse answers before there is a request, because none is read. The buffer of a new
// connection is empty, so this does not wait; whom it does not reach is not served
// either.
func refuse(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nConnection: close\r\n" +
		"Retry-After: 10\r\nContent-Length: " + strconv.Itoa(len(crowded)) + "\r\n\r\n" + crowded))
	_ = conn.Close()
}

// place returns what a connection is counted under, and whether it is.
func (l *listener) place(conn net.Conn) (netip.Prefix, bool) {
	at, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || l.limit <= 0 {
		return netip.Prefix{}, false // no network, as in tests
	}
	addr := at.Addr().Unmap().WithZone("")
	if l.proxies.contains(addr) {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	return prefix, err == nil
}

func (l *listener) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.limit {
		return false
	}
	l.open[from]++
	return true
}

func (l *listener) leave(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] == 0 {
		delete(l.open, from)
	}
}

// clientConn is a client's connection. It is counted until it is closed.
type clientConn struct {
	net.Conn

	leave func()
}

var _ syscall.Conn = (*clientConn)(nil) // what wraps it may lose that without an error

// Close implements net.Conn.
func (c *clientConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// CloseWrite ends what is written, which the server does before it closes, so that a
// client reads its answer to the end.
func (c *clientConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SyscallConn implements syscall.Conn, by which sockets are written to without waiting.
func (c *clientConn) SyscallConn() (syscall.RawConn, error) {
	if system, ok := c.Conn.(syscall.Conn); ok {
		return system.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}
