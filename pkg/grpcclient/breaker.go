package grpcclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// watched is the time that a peer is judged by, bucket how finely it moves on.
	watched = 10 * time.Second
	bucket  = time.Second
	// enough is how many calls must have failed before a peer is given up: a few
	// happen while its replicas are replaced.
	enough = 10
	// rest is how long a peer that was given up is left alone. It is short, because
	// finding out costs one call.
	rest = 2 * time.Second
)

// breaker answers for a peer that does not: after a burst of calls that nobody
// answered, it refuses those that follow at once, and lets one through now and then
// to see. It sits outside of the retries, so a call counts once.
type breaker struct {
	peer    string
	circuit *gobreaker.TwoStepCircuitBreaker[any]
}

func newBreaker(peer string) *breaker {
	return &breaker{peer: peer, circuit: gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Name: peer, MaxRequests: 1, Interval: watched, BucketPeriod: bucket, Timeout: rest,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.TotalFailures >= enough && c.TotalFailures > c.TotalSuccesses
		},
		IsSuccessful: func(err error) bool { return err == nil },
		IsExcluded:   func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(peer string, from, to gobreaker.State) {
			slog.Warn("circuit of a peer", "peer", peer, "from", from.String(), "to", to.String())
		},
	})}
}

// away is what callers are told of a peer that does not answer.
func (b *breaker) away(cause error) error {
	told := errs.WithFacts(
		errs.Later(errs.Unavailable, "SERVICE_UNAVAILABLE", "the "+b.peer+" service is not available, try again", rest),
		map[string]string{"service": b.peer})
	// The cause is for the log only: %v keeps it out of what is matched.
	return fmt.Errorf("%w: %v", told, cause) //nolint:errorlint // see above
}

// told gives the error of a call that the peer could not serve the peer's name.
func (b *breaker) told(err error) error {
	if !errors.Is(err, errs.Unavailable) {
		return err
	}
	// A service that chose its words said what is missing; it may be somebody else.
	if reason, answered := errs.Named(err); answered && reason != "UNAVAILABLE" {
		return err
	}
	return b.away(err)
}

// failed returns what counts against the peer: that nobody answered, or not in time.
// An answer, be it a refusal, shows that somebody is there; a caller who went away
// shows nothing.
func failed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, answered := errs.Named(err); errors.Is(err, errs.Unavailable) && !answered {
		return err
	}
	return nil
}

// unary is the interceptor of calls.
func (b *breaker) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	done, err := b.circuit.Allow()
	if err != nil {
		return b.away(err)
	}
	err = invoke(ctx, method, req, reply, cc, opts...)
	done(failed(err))
	return b.told(err)
}

// stream is the interceptor of streams. A stream counts with its first message: how
// long it lives says nothing.
func (b *breaker) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	done, err := b.circuit.Allow()
	if err != nil {
		return nil, b.away(err)
	}
	cs, err := open(ctx, desc, cc, method, opts...)
	if err != nil {
		done(failed(err))
		return nil, b.told(err)
	}
	judged := &judgedStream{ClientStream: cs, breaker: b}
	judged.judge = func(err error) { judged.once.Do(func() { done(failed(err)) }) }
	// Who opens a stream and never reads from it leaves the question open otherwise.
	context.AfterFunc(cs.Context(), func() { judged.judge(context.Canceled) })
	return judged, nil
}

// judgedStream tells the breaker how it began.
type judgedStream struct {
	grpc.ClientStream

	breaker *breaker
	once    sync.Once
	judge   func(error)
}

// RecvMsg implements grpc.ClientStream.
func (s *judgedStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil || errors.Is(err, io.EOF) {
		s.judge(nil)
		return err
	}
	s.judge(err)
	return s.breaker.told(err)
}
