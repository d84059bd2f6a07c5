// Package grpcserver is the one way to serve gRPC in the fleet: the order of
// the interceptors, health, reflection, and a drain with a deadline.
package grpcserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"buf.build/go/protovalidate"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

const (
	// MaxMessage is the largest message that is received, in bytes. It is above
	// what the contract allows in any field, so that a field that is too long
	// is refused by its own name.
	MaxMessage = 16 << 20
	// DrainTimeout is how long calls in flight may take to end after a stop.
	DrainTimeout = 20 * time.Second
	// streamWorkers is how many goroutines wait for calls. A goroutine that is made
	// for a call grows its stack anew on the way to the database; those that wait
	// have done so. Calls beyond them, such as streams that stay, get their own.
	streamWorkers = 64
	// healthInterval is how often a service is asked whether it is ready.
	healthInterval = 2 * time.Second
)

// Options say what is served.
type Options struct {
	// Name is the service's name in logs, "research".
	Name string
	// Verifier checks the tokens of callers, and the gateway's voucher.
	Verifier authn.Verifier
	// Policy says what each method needs of its caller.
	Policy authn.Policy
	// Audit is where the calls go that the policy calls audited; nil means nowhere.
	Audit audit.Sink
	// Ready reports what keeps the service from working; nil means nothing ever
	// does. It is asked every two seconds.
	Ready func(context.Context) error
	// Credentials secure the connections; nil means plain text.
	Credentials credentials.TransportCredentials
	// Register registers the gRPC services.
	Register func(grpc.ServiceRegistrar)
}

// Server is a gRPC server that has not started to listen.
type Server struct {
	opts   Options
	grpc   *grpc.Server
	health *health.Server
}

// New builds the server. The interceptors run in this order: request id,
// errors to statuses, panics to errors, where the call comes from, the audit log,
// who is calling, is the request valid.
func New(opts Options) (*Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("set up validation: %w", err)
	}
	g := grpc.NewServer(
		grpc.Creds(opts.Credentials), // nil is gRPC's own word for plain text
		grpc.StatsHandler(otelgrpc.NewServerHandler()),
		grpc.MaxRecvMsgSize(MaxMessage),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.ChainUnaryInterceptor(telemetry.UnaryServer, errs.Unary, recoverUnary, origin.Unary(opts.Verifier)),
		grpc.ChainUnaryInterceptor(opts.auditUnary()...),
		grpc.ChainUnaryInterceptor(authn.Unary(opts.Verifier, opts.Policy), validateUnary(validator)),
		grpc.ChainStreamInterceptor(telemetry.StreamServer, errs.Stream, recoverStream, origin.Stream(opts.Verifier)),
		grpc.ChainStreamInterceptor(opts.auditStream()...),
		grpc.ChainStreamInterceptor(authn.Stream(opts.Verifier, opts.Policy), validateStream(validator)),
	)
	s := &Server{opts: opts, grpc: g, health: health.NewServer()}
	opts.Register(g)
	healthpb.RegisterHealthServer(g, s.health)
	reflection.Register(g)
	return s, nil
}

// Serve accepts calls on every listener until ctx ends, then drains: health
// turns to NOT_SERVING, no new call is taken, and those in flight have
// DrainTimeout to end. It closes the listeners.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, len(listeners))
	for _, lis := range listeners {
		go func() { failed <- s.grpc.Serve(lis) }()
	}
	go s.watchHealth(ctx)

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed: // a listener broke: stop the others too
		err = fmt.Errorf("serve %s: %w", s.opts.Name, err)
	}
	s.drain()
	return err
}

// Health returns what keeps the service from working, or nil.
func (s *Server) Health(ctx context.Context) error {
	if s.opts.Ready == nil {
		return nil
	}
	return s.opts.Ready(ctx)
}

// watchHealth keeps the health service true until ctx ends.
func (s *Server) watchHealth(ctx context.Context) {
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	var last healthpb.HealthCheckResponse_ServingStatus
	for {
		// Less than the interval, so that a check that hangs shows as unready.
		checkCtx, cancel := context.WithTimeout(ctx, healthInterval*9/10)
		err := s.Health(checkCtx)
		cancel()
		now := healthpb.HealthCheckResponse_SERVING
		if err != nil {
			now = healthpb.HealthCheckResponse_NOT_SERVING
		}
		if now != last && ctx.Err() == nil {
			last = now
			s.setHealth(now)
			if err != nil {
				slog.WarnContext(ctx, "not ready", "server", s.opts.Name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// setHealth sets the status of the server as a whole and of each service.
func (s *Server) setHealth(status healthpb.HealthCheckResponse_ServingStatus) {
	s.health.SetServingStatus("", status)
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, status)
	}
}

// drain ends the calls in flight, the patient way first.
func (s *Server) drain() {
	s.health.Shutdown()
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop() // alone it can wait for ever on an open stream
		close(done)
	}()
	timeout := time.NewTimer(DrainTimeout)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
		s.grpc.Stop()
		<-done
	}
}

// errPanic is what a panicking handler returns; the log has the rest.
var errPanic = errors.New("handler panicked")
