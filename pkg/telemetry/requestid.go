package telemetry

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// RequestIDKey is the metadata key and, in its HTTP form, the header that
// carries the id of a request through the fleet.
const RequestIDKey = "x-request-id"

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// WithRequestID returns a context that belongs to the request with the id. An
// id that came from outside is kept only if it is harmless in a log line; an
// empty or odd one is replaced by a new one.
func WithRequestID(ctx context.Context, id string) context.Context {
	if !harmless(id) {
		id = uuid.NewString()
	}
	return context.WithValue(ctx, requestIDKey{}, id)
}

// UnaryServer takes the request id over from the caller, or makes one.
func UnaryServer(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	return next(incoming(ctx), req)
}

// StreamServer is UnaryServer for streams.
func StreamServer(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, serverStream{ServerStream: ss, ctx: incoming(ss.Context())})
}

// UnaryClient hands the request id on.
func UnaryClient(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return invoke(outgoing(ctx), method, req, reply, cc, opts...)
}

// StreamClient is UnaryClient for streams.
func StreamClient(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(outgoing(ctx), desc, cc, method, opts...)
}

// serverStream is a stream with another context.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // a grpc.ServerStream carries its context by design
}

func (s serverStream) Context() context.Context { return s.ctx }

func incoming(ctx context.Context) context.Context {
	var id string
	if values := metadata.ValueFromIncomingContext(ctx, RequestIDKey); len(values) > 0 {
		id = values[0]
	}
	return WithRequestID(ctx, id)
}

func outgoing(ctx context.Context) context.Context {
	if id := RequestID(ctx); id != "" {
		return metadata.AppendToOutgoingContext(ctx, RequestIDKey, id)
	}
	return ctx
}

// harmless reports whether an id from outside may stand in logs and headers: 1
// to 128 letters, digits, dots, dashes and underscores.
func harmless(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
