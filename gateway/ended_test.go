package gateway

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const ended = websocket.StatusCode(4401)

var (
	// hourly keeps the regular check out of tests of the others.
	hourly  = limits{live: live.Options{Recheck: time.Hour}}
	quickly = limits{live: live.Options{Recheck: 20 * time.Millisecond, Heartbeat: 10 * time.Millisecond}}
)

func TestSocket_EndsAtOnceWithItsCredential(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{
		"session or key ended":     errRevoked,
		"no member any more":       errForeign,
		"role too low for anybody": errs.New(errs.PermissionDenied, "ROLE_TOO_LOW", "no"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serveFleet(t, Config{}, hourly)
			s, other := f.dial(t, alice), f.dial(t, bob)
			s.subscribe("1", 0)
			f.tokens.refuse(alice, refusal)
			f.tokens.tell()
			require.Equal(t, ended, s.closed())
			other.send(`{"id":"1"}`)
			require.Equal(t, "1", other.read().ID, "others are not meant")
			require.Eventually(t, func() bool { return f.tokens.open() == 1 }, 5*time.Second, 5*time.Millisecond, "nobody watches for it any more")
		})
	}
}

// The change is not told to the gateway, as it would be a moment before its message
// comes: the next frame fails all the same.
func TestSocket_EveryFrameIsVerified(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, hourly)
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	opened := f.analysis.opened()
	f.tokens.refuse(alice, errRevoked)
	s.send(`{"id":"2","subscribe":{"analysisId":%q}}`, runID)
	require.Equal(t, ended, s.closed())
	require.Equal(t, opened, f.analysis.opened())
}

func TestSocket_AFrameThatCannotBeVerifiedIsRefusedAndTheSocketStays(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, hourly)
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	f.tokens.refuse(alice, errs.New(errs.Unavailable, "AWAY", "auth is away"))
	f.tokens.tell()
	s.send(`{"id":"2","unsubscribe":{"analysisId":%q}}`, runID)
	a := s.read()
	require.Equal(t, "2", a.ID)
	require.Equal(t, "UNAVAILABLE", a.Error.Code)
	f.tokens.refuse(alice, nil)
	s.subscribe("3", 0)
}

func TestSocket_WhatCouldNotBeToldIsAskedAgain(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, hourly)
	s := f.dial(t, alice)
	s.subscribe("1", 0)
	f.tokens.refuse(alice, errs.New(errs.Unavailable, "AWAY", "auth is away"))
	f.tokens.tell()
	f.tokens.refuse(alice, errRevoked)
	require.Equal(t, ended, s.closed(), "without another word about it")
}

func TestSocket_FallsBackToTheClockWhileChangesAreNotHeard(t *testing.T) {
	t.Parallel()
	t.Run("what can be told here ends it", func(t *testing.T) {
		t.Parallel()
		f := serveFleet(t, Config{}, quickly)
		s := f.dial(t, alice)
		s.subscribe("1", 0)
		f.tokens.refuse(alice, errRevoked)
		require.Equal(t, ended, s.closed())
		require.Zero(t, f.auth.asked.Load(), "auth is not asked while changes are heard")
	})
	t.Run("what only auth can tell does, too", func(t *testing.T) {
		t.Parallel()
		f := serveFleet(t, Config{}, quickly)
		f.tokens.deafen()
		s := f.dial(t, alice)
		s.subscribe("1", 0)
		f.auth.refuses.Store(true)
		require.Equal(t, ended, s.closed())
		require.Positive(t, f.auth.asked.Load())
	})
}

func TestSSE_EndsAtOnceWithItsCredential(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, hourly)
	f.analysis.write(2)
	s, other := f.sse(t, alice, 0), f.sse(t, jwt(time.Now().Add(time.Hour)), 0)
	require.Equal(t, count(1, 2), s.ids(2))
	f.tokens.revoke(alice)
	require.Empty(t, s.ids(0))
	f.analysis.write(1)
	require.Equal(t, count(1, 3), other.ids(3), "others are not meant")
}

func TestSSE_FallsBackToTheClockWhileChangesAreNotHeard(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, quickly)
	f.tokens.deafen()
	f.analysis.write(1)
	s := f.sse(t, alice, 0)
	require.Equal(t, []int{1}, s.ids(1))
	f.auth.refuses.Store(true)
	require.Empty(t, s.ids(0))
}

// TestSocket_WatchingCostsNoGoroutine opens sockets and counts: three goroutines each
// of the socket itself, as before there was anything to watch for, and the server's
// and the client's of the connection.
//
//nolint:paralleltest // it counts goroutines
func TestSocket_WatchingCostsNoGoroutine(t *testing.T) {
	f := serveFleet(t, Config{}, hourly)
	first := f.dial(t, alice)
	first.send(`{"id":"1"}`)
	first.read()
	const more = 20
	settled := func() int {
		n := 0
		require.Eventually(t, func() bool { last := n; n = runtime.NumGoroutine(); return n == last }, 5*time.Second, 50*time.Millisecond)
		return n
	}
	before := settled()
	for range more {
		s := f.dial(t, alice)
		s.send(`{"id":"1"}`)
		s.read()
	}
	perSocket := (settled() - before) / more
	require.LessOrEqual(t, perSocket, 5)

	tell := make(chan struct{})
	go func() { defer close(tell); f.tokens.tell() }()
	select {
	case <-tell:
	case <-time.After(5 * time.Second):
		require.Fail(t, "telling of a change waits for sockets")
	}
	require.Equal(t, more+1, f.tokens.open())
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, first.conn.Write(ctx, websocket.MessageText, []byte(`{"id":"2"}`)))
	require.Equal(t, "2", first.read().ID)
}
