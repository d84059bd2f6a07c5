package origin

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// Unary returns the server interceptor that puts the origin of a call into its
// context. The verifier checks the gateway's voucher.
func Unary(v authn.Verifier) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		return next(With(ctx, incoming(ctx, v)), req)
	}
}

// Stream is Unary for streams.
func Stream(v authn.Verifier) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ctx := With(ss.Context(), incoming(ss.Context(), v))
		return next(srv, serverStream{ServerStream: ss, ctx: ctx})
	}
}

// serverStream is a stream whose context carries the origin.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // a grpc.ServerStream carries its context by design
}

// Context returns the context with the origin.
func (s serverStream) Context() context.Context { return s.ctx }

// VouchUnary returns the client interceptor of the gateway: calls that forward an
// address carry its voucher. The minter is that of the service Gateway.
func VouchUnary(m *authn.Minter) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		ctx, err := vouch(ctx, m)
		if err != nil {
			return err
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// VouchStream is VouchUnary for streams.
func VouchStream(m *authn.Minter) grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		ctx, err := vouch(ctx, m)
		if err != nil {
			return nil, err
		}
		return open(ctx, desc, cc, method, opts...)
	}
}

// vouch adds the voucher to a call that forwards an address.
func vouch(ctx context.Context, m *authn.Minter) (context.Context, error) {
	md, _ := metadata.FromOutgoingContext(ctx)
	if len(md.Get(ForwardedFor)) == 0 {
		return ctx, nil
	}
	// For nobody and no workspace: the minter keeps this one token until it is old.
	token, err := m.Mint(authn.Caller{})
	if err != nil {
		return nil, fmt.Errorf("vouch for an address: %w", err)
	}
	return metadata.AppendToOutgoingContext(ctx, voucher, token), nil
}
