package authn_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// listening returns a watcher that hears, and how to stop it.
func listening(t *testing.T, client *redis.Client) (w *authn.RedisWatcher, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w = authn.NewRedisWatcher(client)
	w.SetPing(50 * time.Millisecond)
	require.False(t, w.Hears(), "before it listens")
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	require.Eventually(t, w.Hears, 5*time.Second, time.Millisecond)
	return w, stop
}

// watch returns a channel that gets a value when the caller's standing may have changed.
func watch(w *authn.RedisWatcher, c authn.Caller) (changed chan struct{}, stop func()) {
	changed = make(chan struct{}, 100)
	return changed, w.Watch(c, func() { changed <- struct{}{} })
}

func heard(t *testing.T, changed chan struct{}, why string) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		require.Fail(t, "not heard: "+why)
	}
}

var (
	bySession = authn.Caller{UserID: "u", WorkspaceID: "w", SessionID: "s"}
	byKey     = authn.Caller{UserID: "u", WorkspaceID: "w", KeyID: "k"}
	elsewhere = authn.Caller{UserID: "u", WorkspaceID: "w2", SessionID: "s2"}
)

func TestWatcher_HearsWhatIsItsCallers(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	w, _ := listening(t, client)
	r := authn.NewRedisRevocations(client, time.Minute)
	session, _ := watch(w, bySession)
	key, _ := watch(w, byKey)
	other, _ := watch(w, elsewhere)

	require.NoError(t, r.Revoke(t.Context(), "s"))
	heard(t, session, "the session's end")
	require.NoError(t, r.Revoke(t.Context(), "k"))
	heard(t, key, "the key's end")
	require.NoError(t, r.ChangeMemberships(t.Context(), authn.Membership{WorkspaceID: "w", UserID: "u", Version: 2}))
	heard(t, session, "the membership's change")
	heard(t, key, "the membership's change")
	// Messages come in order, so this one shows that no other came before.
	require.NoError(t, r.Revoke(t.Context(), "s2"))
	heard(t, other, "its own end")
	require.Empty(t, other)
	require.Empty(t, session)
	require.Empty(t, key)
}

func TestWatcher_WhatIsWatchedIsForgottenAfterStop(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	w, _ := listening(t, client)
	first, stopFirst := watch(w, bySession)
	second, stopSecond := watch(w, bySession)
	stopFirst()
	stopFirst() // twice is as once
	require.NoError(t, authn.NewRedisRevocations(client, time.Minute).Revoke(t.Context(), "s"))
	heard(t, second, "the other goes on")
	require.Empty(t, first)
	stopSecond()
	require.Zero(t, w.Watched())
}

func TestWatcher_ARestartOfRedisIsMadeUpFor(t *testing.T) {
	t.Parallel()
	server := miniredis.NewMiniRedis()
	require.NoError(t, server.Start())
	t.Cleanup(server.Close)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	w, _ := listening(t, client)
	changed, _ := watch(w, bySession)

	server.Close()
	require.Eventually(t, func() bool { return !w.Hears() }, 10*time.Second, time.Millisecond, "it knows that it is deaf")
	for len(changed) > 0 {
		<-changed
	}
	require.NoError(t, server.Restart())
	heard(t, changed, "everyone looks again, for what was missed")
	require.Eventually(t, w.Hears, 10*time.Second, time.Millisecond)
}

// A Redis that is gone without a word, as behind a broken network, is noticed.
func TestWatcher_NoticesASilentEnd(t *testing.T) {
	t.Parallel()
	server, _ := newRedis(t)
	pipe := newPipe(t, server.Addr())
	client := redis.NewClient(&redis.Options{
		MaxRetries: -1, DialTimeout: 100 * time.Millisecond, ReadTimeout: 100 * time.Millisecond,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { return pipe.dial(ctx) },
	})
	t.Cleanup(func() { _ = client.Close() })
	w, _ := listening(t, client)
	pipe.freeze()
	require.Eventually(t, func() bool { return !w.Hears() }, 10*time.Second, time.Millisecond)
	pipe.thaw()
	require.Eventually(t, w.Hears, 10*time.Second, time.Millisecond)
}

func TestWatcher_AQuietSubscriptionStays(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	w, _ := listening(t, client)
	changed, _ := watch(w, bySession)
	commands := server.CommandCount()
	require.Eventually(t, func() bool { return server.CommandCount() >= commands+4 }, 10*time.Second, time.Millisecond, "it asks for signs of life")
	require.True(t, w.Hears())
	require.Empty(t, changed, "and none of them is a change")
}

//nolint:paralleltest // it counts goroutines
func TestWatcher_LeavesNothingRunning(t *testing.T) {
	_, client := newRedis(t)
	require.NoError(t, client.Ping(t.Context()).Err())
	ignore := goleak.IgnoreCurrent()
	w, stop := listening(t, client)
	_, stopWatching := watch(w, bySession)
	stopWatching()
	stop()
	require.False(t, w.Hears())
	// miniredis has a goroutine for each connection, which the client keeps.
	goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/alicebob/miniredis/v2/server.(*Server).servePeer"))
}

// pipe dials a server over connections that can be frozen: they stay open, and what is
// written is lost.
type pipe struct {
	addr   string
	mu     sync.Mutex
	frozen bool
}

func newPipe(t *testing.T, addr string) *pipe {
	t.Helper()
	return &pipe{addr: addr}
}

func (p *pipe) freeze() { p.mu.Lock(); p.frozen = true; p.mu.Unlock() }
func (p *pipe) thaw()   { p.mu.Lock(); p.frozen = false; p.mu.Unlock() }

func (p *pipe) isFrozen() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frozen
}

func (p *pipe) dial(ctx context.Context) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.addr)
	if err != nil {
		return nil, err
	}
	return &frozenConn{Conn: conn, pipe: p}, nil
}

// frozenConn loses what is written while its pipe is frozen, so that no answer comes.
type frozenConn struct {
	net.Conn
	pipe *pipe
}

// Write implements net.Conn.
func (c *frozenConn) Write(b []byte) (int, error) {
	if c.pipe.isFrozen() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}
