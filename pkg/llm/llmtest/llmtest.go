// Package llmtest is a server of language models that does what a script says: on
// loopback, over real HTTP, in the forms of OpenAI's chat completions and of
// Perplexity's. It keeps its own account of what each key used, for ledgers to be
// compared with, and can do everything that servers do wrong: fail, refuse, stall,
// break off, think aloud, call tools that nobody offered.
//
// Tokens are counted by one rule that anybody can follow: a message is a token for each
// four bytes of its text, begun ones counted whole, and so is each of what is written:
// the thoughts and the text. Nothing else is a token, a schema neither. A server that
// is asked for at most so many tokens stops there.
package llmtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long Close waits for requests that nobody reads the answers of.
const patience = 5 * time.Second

// Server is a model server. It is safe for concurrent use.
type Server struct {
	script  Script
	address string
	closing chan struct{}
	stop    func() error

	mu       sync.Mutex
	handlers sync.WaitGroup // Add only with mu, before closing is closed
	calls    []Call
	accounts map[string]Account
}

// New starts a server for one test, on a port of its own.
func New(t testing.TB, script Script) *Server {
	t.Helper()
	s, err := Start(t.Context(), "127.0.0.1:0", script)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// Start starts a server on an address such as "127.0.0.1:0", for programs that are no
// tests. Whoever starts it closes it.
func Start(ctx context.Context, address string, script Script) (*Server, error) {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start a model server: %w", err)
	}
	s := &Server{
		script: script, address: listener.Addr().String(),
		closing: make(chan struct{}), accounts: map[string]Account{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, openAI) })
	mux.HandleFunc("POST /chat/completions", func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, perplexity) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	s.stop = sync.OnceValue(func() error {
		s.mu.Lock()
		close(s.closing)
		s.mu.Unlock()
		handled := make(chan struct{})
		go func() {
			defer close(handled)
			s.handlers.Wait()
		}()
		select {
		case <-handled:
		case <-time.After(patience):
		}
		err := server.Close()
		<-handled
		<-served
		return err
	})
	return s, nil
}

// OpenAI is the base URL at which it is a server like OpenAI's.
func (s *Server) OpenAI() string { return "http://" + s.address + "/v1" }

// Perplexity is the base URL at which it is Perplexity.
func (s *Server) Perplexity() string { return "http://" + s.address }

// Close ends all requests that wait or stall, and waits for the others. A second call
// does nothing.
func (s *Server) Close() error { return s.stop() }

// enter says that a request may be served; whoever serves it says when it is done.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closing:
		return false
	default:
		s.handlers.Add(1)
		return true
	}
}
