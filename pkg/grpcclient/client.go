// Package grpcclient is the one way to call a peer: balancing over all its
// replicas, deadlines, retries of what is safe to repeat, the identity of the
// caller, and errors in our own vocabulary.
package grpcclient

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

const (
	// DefaultDeadline is the deadline of a unary call whose context has none.
	DefaultDeadline = 30 * time.Second
	// maxMessage is the largest answer that is received, in bytes.
	maxMessage = 64 << 20
)

// serviceConfig balances over all addresses and retries reads, which are named
// Get and List by AIP, twice while the peer is unavailable. gRPC itself also
// repeats any call that surely never reached a server. The throttling is the budget:
// each failure costs a token, each success gives a tenth of one back, and under half
// of the tokens nothing is tried again, so that retries never double the load of a
// peer that is in trouble.
const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.1},
  "methodConfig": [{
    "name": [%s],
    "retryPolicy": {
      "maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "1s",
      "backoffMultiplier": 3, "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
}`

// Options say how a peer is called. The zero value calls without an identity.
type Options struct {
	// Peer is the name of the service that is called, "report". With a name, calls
	// are refused at once while it does not answer, and errors that it cannot be
	// reached carry the name; "" does neither.
	Peer string
	// Minter gives the calls of jobs and of requests the identity of this
	// service acting for the caller in the context; nil passes none on.
	Minter *authn.Minter
	// Vouch lets calls say for which client's address they are made; only the
	// gateway sets it, see pkg/origin.
	Vouch *authn.Minter
	// Idempotent lists the full names of the methods that are safe to repeat,
	// "package.Service/Method".
	Idempotent []string
	// Credentials secure the connection; nil means plain text.
	Credentials credentials.TransportCredentials
	// Dial adds options, such as a dialler of in-memory connections.
	Dial []grpc.DialOption
}

// Dial prepares a connection to addr, "host:port" or a gRPC target. It connects
// with the first call.
func Dial(addr string, opts Options) (*grpc.ClientConn, error) {
	unary := []grpc.UnaryClientInterceptor{telemetry.UnaryClient}
	stream := []grpc.StreamClientInterceptor{telemetry.StreamClient}
	if opts.Peer != "" {
		b := newBreaker(opts.Peer)
		unary, stream = append(unary, b.unary), append(stream, b.stream)
	}
	unary = append(unary, errs.UnaryClient, withDeadline)
	stream = append(stream, errs.StreamClient)
	if opts.Minter != nil {
		unary = append(unary, authn.OutgoingUnary(opts.Minter))
		stream = append(stream, authn.OutgoingStream(opts.Minter))
	}
	if opts.Vouch != nil {
		unary = append(unary, origin.VouchUnary(opts.Vouch))
		stream = append(stream, origin.VouchStream(opts.Vouch))
	}
	secure := opts.Credentials
	if secure == nil {
		secure = insecure.NewCredentials()
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(secure),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler()),
		grpc.WithDefaultServiceConfig(retryConfig(opts.Idempotent)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second, PermitWithoutStream: true}),
		grpc.WithChainUnaryInterceptor(unary...),
		grpc.WithChainStreamInterceptor(stream...),
	}
	conn, err := grpc.NewClient(target(addr), append(dial, opts.Dial...)...)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return conn, nil
}

// target makes every address of a name count, not only the first.
func target(addr string) string {
	if strings.Contains(addr, ":///") {
		return addr
	}
	return "dns:///" + addr
}

func retryConfig(methods []string) string {
	names := make([]string, 0, len(methods))
	for _, m := range methods {
		service, method, ok := strings.Cut(m, "/")
		if ok {
			names = append(names, fmt.Sprintf(`{"service":%q,"method":%q}`, service, method))
		}
	}
	if len(names) == 0 {
		return `{"loadBalancingConfig": [{"round_robin": {}}]}`
	}
	return fmt.Sprintf(serviceConfig, strings.Join(names, ","))
}

// withDeadline gives a call that has no deadline the default one: nothing in
// the fleet waits for ever.
func withDeadline(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, DefaultDeadline)
		defer cancel()
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}
