package authn

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// recheckInterval is how often the caller of an open stream is verified without
	// reason, for changes that could not be heard or looked up when they happened.
	recheckInterval = time.Minute
	// recheckSoon is the pause before a verification that could not be finished is
	// tried again.
	recheckSoon = time.Second
)

// Stream is Unary for streams. While a stream is open it ends with the caller:
// when the credential expires, and at once when it was revoked or the role that
// opened the stream is gone.
func Stream(v Verifier, p Policy) grpc.StreamServerInterceptor {
	return func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		rule, err := p.rule(info.FullMethod)
		if err != nil {
			return err
		}
		switch {
		case rule.Public:
			return next(srv, ss)
		case rule.WorkspaceField != "":
			// There is no request yet to read it from: rather nobody than anybody.
			return errs.New(errs.PermissionDenied, "METHOD_NOT_ALLOWED", "this method may not be called")
		}
		asked, err := asks(ss.Context())
		if err != nil {
			return err
		}
		caller, err := admit(ss.Context(), v, rule, asked)
		tell(ss.Context(), v, asked, caller, err)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithCancelCause(WithCaller(ss.Context(), caller))
		defer cancel(nil)
		if caller.IsService() {
			// A service's token lives a minute and only opens the stream: the
			// service stands for itself, and its streams may be long.
			return next(srv, serverStream{ServerStream: ss, ctx: ctx})
		}
		k := keeper{verifier: v, rule: rule, credential: asked, caller: caller, end: cancel}
		defer k.keep(ctx)()
		err = next(srv, userStream{serverStream{ServerStream: ss, ctx: ctx}})
		if ended := ended(ctx); ended != nil {
			return ended
		}
		return err
	}
}

// keeper ends a stream whose caller may no longer read it.
type keeper struct {
	verifier   Verifier
	rule       Rule
	credential Credential
	caller     Caller
	end        context.CancelCauseFunc
}

// keep begins, and returns how to stop.
func (k keeper) keep(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	changed := make(chan struct{}, 1)
	changed <- struct{}{} // what happened since the stream was admitted was not heard
	unwatch := func() {}
	if w, ok := k.verifier.(Watcher); ok {
		unwatch = w.Watch(k.caller, func() {
			select {
			case changed <- struct{}{}:
			default: // it will look, anyway
			}
		})
	}
	go k.watch(ctx, changed)
	return func() { unwatch(); cancel() }
}

// watch waits for the end of the credential.
func (k keeper) watch(ctx context.Context, changed <-chan struct{}) {
	var expired <-chan time.Time // never, for a key without an end
	if !k.caller.Expire.IsZero() {
		timer := time.NewTimer(time.Until(k.caller.Expire) + leeway)
		defer timer.Stop()
		expired = timer.C
	}
	again := time.NewTimer(recheckInterval)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-expired:
			k.end(endedError{errTokenExpired})
			return
		case <-changed:
		case <-again.C:
		}
		_, err := admit(ctx, k.verifier, k.rule, k.credential)
		switch {
		case ctx.Err() != nil:
			return
		case refuses(err):
			k.end(endedError{err})
			return
		case err != nil: // it cannot be told now, and must not be forgotten
			again.Reset(recheckSoon)
		default:
			again.Reset(recheckInterval)
		}
	}
}

// endedError is why a stream was ended from here.
type endedError struct{ error }

// ended returns why the stream was ended from here, or nil.
func ended(ctx context.Context) error {
	if e, ok := errors.AsType[endedError](context.Cause(ctx)); ok {
		return e.error
	}
	return nil
}

// serverStream is a stream whose context carries the caller.
type serverStream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context with the caller.
func (s serverStream) Context() context.Context { return s.ctx }

// userStream is a serverStream that gives and takes nothing after the caller's end.
type userStream struct{ serverStream }

// RecvMsg implements grpc.ServerStream. It does not wait for the client when the
// caller's end comes first: a handler that only reads would never hear of it.
func (s userStream) RecvMsg(m any) error {
	received := make(chan error, 1)
	// It ends at the latest with the stream itself, when the handler has returned.
	go func() { received <- s.ServerStream.RecvMsg(m) }()
	select {
	case err := <-received:
		if err != nil {
			return err
		}
		return ended(s.ctx)
	case <-s.ctx.Done():
		if err := ended(s.ctx); err != nil {
			return err
		}
		return <-received // the stream ended by itself, which says why
	}
}

// SendMsg implements grpc.ServerStream.
func (s userStream) SendMsg(m any) error {
	if err := ended(s.ctx); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}
