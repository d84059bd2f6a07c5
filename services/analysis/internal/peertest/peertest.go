// Package peertest stands in for the services that analysis calls: hand-written
// fakes of research and report behind the real server with its interceptors, so
// that a call without a proper identity is refused. A test scripts what they know,
// and when they are slow or fail.
package peertest

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/proto/access"
)

// Script is what a fake does beside its work. Each method of a fake calls Before
// with its name and fails with what that returns.
type Script struct {
	mu    sync.Mutex
	calls map[string]int
	on    map[string]func(ctx context.Context, call int) error
}

// On sets what happens before each call of a method; calls count from 1. It takes
// the place of what was set before; nil is nothing.
func (s *Script) On(method string, fn func(ctx context.Context, call int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on == nil {
		s.on = map[string]func(context.Context, int) error{}
	}
	s.on[method] = fn
}

// Calls returns how often a method was called.
func (s *Script) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Before counts a call and does what the test set for it.
func (s *Script) Before(ctx context.Context, method string) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[method]++
	call, fn := s.calls[method], s.on[method]
	s.mu.Unlock()
	if fn == nil {
		return nil
	}
	return fn(ctx, call)
}

// Hold lets the first call of a method wait. The first result is closed when that
// call has come; the second lets it go on, as the end of the test does.
func (s *Script) Hold(t testing.TB, method string) (reached <-chan struct{}, release func()) {
	t.Helper()
	came, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	release = func() { once.Do(func() { close(free) }) }
	t.Cleanup(release)
	s.On(method, func(ctx context.Context, call int) error {
		if call > 1 {
			return nil
		}
		close(came)
		select {
		case <-free:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return came, release
}

// Server is a served fake.
type Server struct {
	// Addr is where it listens on TCP, for a process of its own.
	Addr string

	lis *bufconn.Listener
}

// Serve serves until the test ends, in memory and on a port of the loopback.
func Serve(t testing.TB, name string, register func(grpc.ServiceRegistrar)) *Server {
	t.Helper()
	server, err := grpcserver.New(grpcserver.Options{
		Name: name, Verifier: authntest.Verifier(t), Policy: authn.PolicyOf(access.Rule), Register: register,
	})
	require.NoError(t, err)
	var lc net.ListenConfig
	tcp, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{Addr: tcp.Addr().String(), lis: bufconn.Listen(1 << 20)}

	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, s.lis, tcp) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("serve %s: %v", name, err)
		}
	})
	return s
}

// Dial returns a connection to the server in memory, until the test ends.
func (s *Server) Dial(t testing.TB, opts grpcclient.Options) *grpc.ClientConn {
	t.Helper()
	opts.Dial = append(opts.Dial, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return s.lis.DialContext(ctx)
	}))
	conn, err := grpcclient.Dial("passthrough:///memory", opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
