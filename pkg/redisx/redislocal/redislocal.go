// Package redislocal runs a Redis inside the process, for the local mode and for
// tests: the same client code against miniredis. It is a package of its own so
// that production binaries do not contain it.
package redislocal

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often time passes for the keys' expiry: miniredis has no clock of
// its own.
const tick = 100 * time.Millisecond

// Server is a Redis in this process. Nothing in it survives the process.
type Server struct {
	mini     *miniredis.Miniredis
	password string
	stop     chan struct{}
	stopped  sync.WaitGroup
	once     sync.Once
}

// Start runs a server on a free loopback port, with a password, since other users
// of the machine can reach the port, too.
func Start() (*Server, error) {
	s := &Server{mini: miniredis.NewMiniRedis(), password: rand.Text(), stop: make(chan struct{})}
	s.mini.RequireAuth(s.password)
	if err := s.mini.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start Redis in the process: %w", err)
	}
	s.stopped.Go(s.passTime)
	return s, nil
}

// passTime lets the keys age until Close.
func (s *Server) passTime() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.mini.FastForward(now.Sub(last))
			last = now
		}
	}
}

// URL is the address for redisx.Open. It contains the password.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", s.password), Host: s.mini.Addr(), Path: "/0"}
	return u.String()
}

// Close stops the server and drops what it holds.
func (s *Server) Close() {
	s.once.Do(func() {
		close(s.stop)
		s.stopped.Wait()
		s.mini.Close()
	})
}
