package errs

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Unary maps the error of a handler to its status and logs what the caller is
// not shown.
func Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	return resp, public(ctx, info.FullMethod, err)
}

// Stream is Unary for streams.
func Stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return public(ss.Context(), info.FullMethod, next(srv, ss))
}

// UnaryClient turns the status of a peer into our vocabulary.
func UnaryClient(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return fromPeer(invoke(ctx, method, req, reply, cc, opts...))
}

// StreamClient is UnaryClient for streams.
func StreamClient(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	cs, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		return nil, fromPeer(err)
	}
	return clientStream{cs}, nil
}

// clientStream maps what the stream ends with.
type clientStream struct{ grpc.ClientStream }

func (s clientStream) RecvMsg(m any) error { return fromPeer(s.ClientStream.RecvMsg(m)) }

func fromPeer(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	// gRPC wraps the status when it has given up retrying, and status.Convert would
	// take the text of the wrapping for the peer's words.
	if peer, ok := errors.AsType[interface {
		error
		GRPCStatus() *status.Status
	}](err); ok {
		return FromStatus(peer.GRPCStatus())
	}
	return FromStatus(status.Convert(err))
}

// public returns the status of err, and logs err where the status hides it:
// a bug at error level, a dependency that is down as a warning.
func public(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	st := Status(err)
	switch st.Code() {
	case codes.Internal, codes.Unknown:
		slog.ErrorContext(ctx, "call failed", "method", method, "error", err)
	case codes.Unavailable, codes.DeadlineExceeded:
		slog.WarnContext(ctx, "call failed", "method", method, "error", err)
	default:
		slog.DebugContext(ctx, "call refused", "method", method, "code", st.Code().String(), "error", err)
	}
	return st.Err()
}
