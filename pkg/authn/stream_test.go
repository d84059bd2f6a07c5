package authn_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// standing is a Verifier and Watcher of one caller whose standing a test changes.
type standing struct {
	mu       sync.Mutex
	caller   authn.Caller
	err      error
	verified int
	watching map[int]func()
	watches  int
}

func newStanding(c authn.Caller) *standing {
	return &standing{caller: c, watching: map[int]func(){}}
}

// Verify implements authn.Verifier.
func (s *standing) Verify(context.Context, authn.Credential) (authn.Caller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verified++
	return s.caller, s.err
}

// Watch implements authn.Watcher.
func (s *standing) Watch(_ authn.Caller, changed func()) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches++
	id := s.watches
	s.watching[id] = changed
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watching, id)
	}
}

// Hears implements authn.Watcher.
func (s *standing) Hears() bool { return true }

// change changes the standing, and tells of it or not.
func (s *standing) change(tell bool, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	if tell {
		for _, changed := range s.watching {
			changed()
		}
	}
}

func (s *standing) counts() (verified, watching int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified, len(s.watching)
}

// quiet is a stream whose client sends and takes nothing.
type quiet struct {
	grpc.ServerStream
	ctx  context.Context
	sent chan any
}

// Context, RecvMsg and SendMsg implement grpc.ServerStream.
func (q quiet) Context() context.Context { return q.ctx }

func (q quiet) RecvMsg(any) error {
	<-q.ctx.Done()
	return q.ctx.Err()
}

func (q quiet) SendMsg(m any) error {
	q.sent <- m
	return nil
}

// opened is a stream that is served in the background.
type opened struct {
	*standing
	ended chan error
	sent  chan any
	close func()
}

// open serves a stream of /x/Write with a handler.
func open(t *testing.T, who *standing, handle grpc.StreamHandler) *opened {
	t.Helper()
	ctx, cancel := context.WithCancel(metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer x")))
	o := &opened{standing: who, ended: make(chan error, 1), sent: make(chan any, 10), close: cancel}
	t.Cleanup(cancel)
	go func() {
		err := authn.Stream(who, rules)(nil, quiet{ctx: ctx, sent: o.sent}, &grpc.StreamServerInfo{FullMethod: "/x/Write"}, handle)
		cancel() // as gRPC does
		o.ended <- err
	}()
	return o
}

// The handlers of streams that wait: for their context, for the client.
var (
	waits grpc.StreamHandler = func(_ any, ss grpc.ServerStream) error {
		<-ss.Context().Done()
		return ss.Context().Err()
	}
	reads grpc.StreamHandler = func(_ any, ss grpc.ServerStream) error { return ss.RecvMsg(nil) }
)

// writer is whom the streams of the tests are opened by.
var writer = authn.Caller{UserID: "u", WorkspaceID: "w", SessionID: "s", Role: authn.RoleResearcher}

func TestStream_EndsWithItsCaller(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*standing)
		want   error
	}{
		"session ended":           {func(s *standing) { s.err = errs.Unauthenticated }, errs.Unauthenticated},
		"no member any more":      {func(s *standing) { s.err = errs.NotFound }, errs.NotFound},
		"role below the method's": {func(s *standing) { s.caller.Role = authn.RoleViewer }, errs.PermissionDenied},
	}
	for name, tc := range tests {
		for kind, handle := range map[string]grpc.StreamHandler{"a handler that waits": waits, "a handler that reads": reads} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					o := open(t, newStanding(writer), handle)
					synctest.Wait()
					require.Empty(t, o.ended)
					start := time.Now()
					o.change(true, func() { tc.change(o.standing) })
					require.ErrorIs(t, <-o.ended, tc.want)
					require.Zero(t, time.Since(start), "at once")
					synctest.Wait() // and nothing is left running, or the bubble would say so
					_, watching := o.counts()
					require.Zero(t, watching)
				})
			})
		}
	}
}

func TestStream_StaysWhileItsCallerMayCall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		caller authn.Caller
		change func(*standing)
	}{
		"a higher role":                 {writer, func(s *standing) { s.caller.Role = authn.RoleAdmin }},
		"it cannot be told":             {writer, func(s *standing) { s.err = errs.Unavailable }},
		"a service stands for itself":   {authn.Caller{Service: "analysis", WorkspaceID: "w", Expire: time.Unix(1, 0)}, func(s *standing) { s.err = errs.Unauthenticated }},
		"a key without an end, for now": {authn.Caller{UserID: "u", WorkspaceID: "w", KeyID: "k", Role: authn.RoleOwner, Scopes: []string{""}}, func(*standing) {}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := open(t, newStanding(tc.caller), waits)
				synctest.Wait()
				o.change(true, func() { tc.change(o.standing) })
				<-time.After(time.Hour) // of the bubble's clock
				require.Empty(t, o.ended)
				o.close()
				require.ErrorIs(t, <-o.ended, context.Canceled)
			})
		})
	}
}

func TestStream_EndsWhenItsTokenExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := writer
		c.Expire = time.Now().Add(time.Minute)
		o := open(t, newStanding(c), reads)
		start := time.Now()
		err := <-o.ended
		require.Equal(t, "TOKEN_EXPIRED", errs.Reason(err))
		require.InDelta(t, time.Minute, time.Since(start), float64(10*time.Second))
	})
}

func TestStream_WhatWasNotHeardIsFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before func(*opened)
		within time.Duration
	}{
		"ended without a word": {func(*opened) {}, time.Minute},
		"it could not be told for a moment": {func(o *opened) {
			o.change(true, func() { o.err = errs.Unavailable })
			synctest.Wait()
		}, time.Second},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := open(t, newStanding(writer), waits)
				synctest.Wait()
				tc.before(o)
				start := time.Now()
				o.change(false, func() { o.err = errs.Unauthenticated })
				require.ErrorIs(t, <-o.ended, errs.Unauthenticated)
				require.LessOrEqual(t, time.Since(start), tc.within)
			})
		})
	}
}

// The watching begins after the admission, so it has to look once more by itself.
func TestStream_LooksAgainOnceItWatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, newStanding(writer), waits)
		synctest.Wait()
		verified, watching := o.counts()
		require.Equal(t, 2, verified)
		require.Equal(t, 1, watching)
		o.close()
		<-o.ended
		_, watching = o.counts()
		require.Zero(t, watching)
	})
}

func TestStream_GivesNothingAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var late error
		o := open(t, newStanding(writer), func(_ any, ss grpc.ServerStream) error {
			if err := ss.SendMsg("before"); err != nil {
				return err
			}
			<-ss.Context().Done()
			late = ss.SendMsg("after")
			return nil // a handler that does not care
		})
		require.Equal(t, "before", <-o.sent)
		o.change(true, func() { o.err = errs.Unauthenticated })
		require.ErrorIs(t, <-o.ended, errs.Unauthenticated)
		require.ErrorIs(t, late, errs.Unauthenticated)
		require.Empty(t, o.sent)
	})
}

func TestStream_TheHandlersOwnEndIsItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, newStanding(writer), func(any, grpc.ServerStream) error { return io.ErrUnexpectedEOF })
		require.ErrorIs(t, <-o.ended, io.ErrUnexpectedEOF)
	})
}
