package authn

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// OutgoingUnary returns the client interceptor that puts a service token for
// the caller in the context on each outgoing call. A context without a caller
// sends none, which is enough for public methods; a call that already carries
// a token keeps it, so that a gateway can pass its user's token on.
func OutgoingUnary(m *Minter) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		ctx, err := m.outgoing(ctx)
		if err != nil {
			return err
		}
		return invoke(ctx, method, req, reply, cc, opts...)
	}
}

// OutgoingStream is OutgoingUnary for streams.
func OutgoingStream(m *Minter) grpc.StreamClientInterceptor {
	return func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
		ctx, err := m.outgoing(ctx)
		if err != nil {
			return nil, err
		}
		return open(ctx, desc, cc, method, opts...)
	}
}

// WithToken returns a context whose outgoing gRPC calls carry a bearer token.
func WithToken(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, authorization, "Bearer "+token)
}

// WithWorkspace returns a context whose outgoing gRPC calls ask for a workspace,
// in place of the token's own.
func WithWorkspace(ctx context.Context, workspaceID string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, workspaceHeader, workspaceID)
}

// outgoing adds the service token to ctx.
func (m *Minter) outgoing(ctx context.Context) (context.Context, error) {
	if md, ok := metadata.FromOutgoingContext(ctx); ok && len(md.Get(authorization)) > 0 {
		return ctx, nil
	}
	caller, err := FromContext(ctx)
	if err != nil {
		return ctx, nil //nolint:nilerr // no caller means no token, not a failure
	}
	token, err := m.Mint(caller)
	if err != nil {
		return nil, err
	}
	return WithToken(ctx, token), nil
}
