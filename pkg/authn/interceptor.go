package authn

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// authorization is the metadata key of the token, in both directions.
const authorization = "authorization"

// Verifier turns a bearer token into a caller. It answers errs.Unauthenticated
// for a token that is not good, and errs.Unavailable when it cannot tell.
type Verifier interface {
	Verify(ctx context.Context, token string) (Caller, error)
}

// Unary returns the server interceptor that admits a call as the policy says
// and puts its caller into the context.
func Unary(v Verifier, p Policy) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		ctx, err := admit(ctx, v, p, info.FullMethod)
		if err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

// Stream is Unary for streams. A stream is checked once, when it opens.
func Stream(v Verifier, p Policy) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ctx, err := admit(ss.Context(), v, p, info.FullMethod)
		if err != nil {
			return err
		}
		return next(srv, serverStream{ServerStream: ss, ctx: ctx})
	}
}

// serverStream is a stream whose context carries the caller.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context with the caller.
func (s serverStream) Context() context.Context { return s.ctx }

// admit returns ctx with the caller when the method's rule lets them in.
func admit(ctx context.Context, v Verifier, p Policy, fullMethod string) (context.Context, error) {
	rule, err := p.rule(fullMethod)
	if err != nil {
		return nil, err
	}
	if rule.Public {
		// The token is not even looked at: an expired one must not keep its
		// owner from signing in again, nor a key server from serving keys.
		return ctx, nil
	}
	token, err := bearer(ctx)
	if err != nil {
		return nil, err
	}
	caller, err := v.Verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := rule.allow(caller); err != nil {
		return nil, err
	}
	return WithCaller(ctx, caller), nil
}

// bearer returns the token of the call. Two tokens are refused: whoever logs
// the call and whoever checks it could each read another one.
func bearer(ctx context.Context) (string, error) {
	values := metadata.ValueFromIncomingContext(ctx, authorization)
	if len(values) > 1 {
		return "", errTokenInvalid
	}
	scheme, token, _ := strings.Cut(strings.Join(values, ""), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", errTokenMissing
	}
	return token, nil
}
