package live

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/websocket"
)

// pongTimeout is how long a client may take to answer a ping. It is as long as for a
// write: a slow reader is slow to see the ping, too.
const pongTimeout = writeTimeout

// errNoPong is the end of a socket whose client is gone without a word.
var errNoPong = errors.New("live: no answer to a ping")

// keeper says what a socket's watch has to do next. It is one timer, for pings, the
// regular check of the credential and its end; between its calls it costs nothing.
type keeper struct {
	timer *time.Timer
	heard atomic.Int64 // when the client was last heard of, in nanoseconds since 1970

	ping, check, expire time.Time // when each is due; expire may be never
	pinged              time.Time // when the ping was sent that is not answered yet
}

// stop ends the watch. The caller holds the socket's lock.
func (k *keeper) stop() {
	if k.timer != nil {
		k.timer.Stop()
	}
}

// next returns when there is something to do.
func (k *keeper) next() time.Time {
	due := k.ping
	for _, t := range []time.Time{k.check, k.expire} {
		if !t.IsZero() && t.Before(due) {
			due = t
		}
	}
	return due
}

// keep begins to watch. Sockets that came together, after a restart, are spread over
// the time between two pings.
func (s *socket) keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	now, opts := time.Now(), s.server.opts
	k := &s.keeper
	k.ping = now.Add(opts.Heartbeat/2 + rand.N(opts.Heartbeat/2+1)) //nolint:gosec // jitter, not a secret
	k.check = now.Add(opts.Recheck/2 + rand.N(opts.Recheck/2+1))    //nolint:gosec // jitter, not a secret
	k.expire = s.guard.caller.Expire
	k.timer = time.AfterFunc(time.Until(k.next()), s.tick)
}

// tick does what is due. It never runs twice at a time.
func (s *socket) tick() {
	now, k := time.Now(), &s.keeper
	if !k.expire.IsZero() && !now.Before(k.expire) {
		s.end(errExpired)
		return
	}
	if !now.Before(k.check) {
		s.guard.check()
		k.check = now.Add(s.server.opts.Recheck)
	}
	if !now.Before(k.ping) {
		s.askForLife(now)
		k.ping = now.Add(s.server.opts.Heartbeat)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		k.timer.Reset(time.Until(k.next()))
	}
}

// askForLife pings, and ends the socket when the ping before was not answered. While
// something is being written there is nothing to ask: the write tells by its own
// timeout, and a ping behind it would end a client that is only slow.
func (s *socket) askForLife(now time.Time) {
	k := &s.keeper
	if k.pinged.UnixNano() <= k.heard.Load() {
		k.pinged = time.Time{}
	}
	switch {
	case s.writing.Load() > 0:
		k.pinged = time.Time{}
		return
	case !k.pinged.IsZero() && now.Sub(k.pinged) > pongTimeout:
		s.end(errNoPong)
		return
	case !k.pinged.IsZero():
		return
	}
	rest, done, ok := s.out.offer(websocket.AppendHeader(nil, websocket.Ping, 0), always)
	if done {
		k.pinged = now
	}
	if done || !ok {
		return
	}
	s.writing.Add(1)
	go func() {
		defer s.writing.Add(-1)
		if err := s.out.complete(rest); err != nil {
			s.end(err)
		}
	}()
}

func always() bool { return true }

// heard is a connection that notes when something came.
type heard struct {
	net.Conn
	at *atomic.Int64
}

// Read implements net.Conn.
func (h heard) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if n > 0 {
		h.at.Store(time.Now().UnixNano())
	}
	return n, err
}
