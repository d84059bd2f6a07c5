// Package live serves what happens while it happens: the events of analyses and
// answers that are being written, as Server-Sent Events and over the WebSocket of the
// contract.
package live

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// writeTimeout is how long a client may take to accept what is written to it,
// buffers of the network included, before it counts as gone.
const writeTimeout = time.Minute

const (
	// closeAtOnce sockets are ended every closePace at a restart: 5,000 in a second.
	closeAtOnce = 50
	closePace   = 10 * time.Millisecond
)

// Options say how clients are treated. Zero values mean the defaults.
type Options struct {
	// Heartbeat is the pause after which a quiet connection gets a sign of
	// life; 15 s.
	Heartbeat time.Duration
	// Recheck is how often the credential of what is open is verified without
	// reason, and shown to auth while changes are not heard; 1 min.
	Recheck time.Duration
	// MaxFollows is how many analyses one socket may follow at a time; 32.
	MaxFollows int
	// MaxAsks is how many questions one socket may ask at a time; 4.
	MaxAsks int
	// PerUser and PerAddress are how many sockets and event streams a user, and an
	// address, may have open at this gateway; 200 and 2,000.
	PerUser, PerAddress int
	// AnswerTimeout is how long an answer may take; 5 min.
	AnswerTimeout time.Duration
	// Origins are the web origins, besides the server's own, whose pages may
	// open a socket.
	Origins []string
}

func (o Options) withDefaults() Options {
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Recheck <= 0 {
		o.Recheck = time.Minute
	}
	if o.MaxFollows <= 0 {
		o.MaxFollows = 32
	}
	if o.MaxAsks <= 0 {
		o.MaxAsks = 4
	}
	if o.PerUser <= 0 {
		o.PerUser = 200
	}
	if o.PerAddress <= 0 {
		o.PerAddress = 2000
	}
	if o.AnswerTimeout <= 0 {
		o.AnswerTimeout = 5 * time.Minute
	}
	return o
}

// Server serves live events.
type Server struct {
	hub     *feed.Hub
	callers Callers
	opts    Options
	places  *places
	// auth is asked about credentials, conversations for answers.
	auth          authv1.AuthServiceClient
	conversations analysisv1.ConversationServiceClient

	mu       sync.Mutex
	closed   bool
	sockets  map[*socket]struct{}
	open     sync.WaitGroup // sockets, and checks of credentials
	checking chan struct{}  // one token for each check that is going on
}

// Peers are the services that a Server asks.
type Peers struct {
	Auth          authv1.AuthServiceClient
	Conversations analysisv1.ConversationServiceClient
}

// New returns a server that reads events from hub for the callers that it knows
// from callers, or, while these cannot hear of changes, from auth.
func New(hub *feed.Hub, callers Callers, peers Peers, opts Options) *Server {
	opts = opts.withDefaults()
	return &Server{
		hub: hub, callers: callers, auth: peers.Auth, conversations: peers.Conversations,
		opts: opts, places: newPlaces(opts.PerUser, opts.PerAddress),
		sockets: map[*socket]struct{}{}, checking: make(chan struct{}, maxChecks),
	}
}

// Close ends every stream and socket, these with code 1012 so that clients come
// back and resume, and waits for them. Many sockets are ended over a moment, so that
// those who come back do not come all at once.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	all := make([]*socket, 0, len(s.sockets))
	for sock := range s.sockets {
		all = append(all, sock)
	}
	s.mu.Unlock()
	s.hub.Close()
	pace := time.NewTicker(closePace)
	defer pace.Stop()
	for some := range slices.Chunk(all, closeAtOnce) {
		for _, sock := range some {
			sock.end(errRestart)
		}
		<-pace.C
	}
	s.open.Wait()
}

// add notes a socket as open, and returns how to note that it is not.
func (s *Server) add(sock *socket) (remove func()) {
	s.mu.Lock()
	s.sockets[sock] = struct{}{}
	closed := s.closed
	s.mu.Unlock()
	if closed { // after it was admitted
		sock.end(errRestart)
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sockets, sock)
	}
}

// enter counts a socket or a check in; it returns false when the server closes.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open.Add(1)
	return true
}

// publicError gives the hub's own errors words for clients.
func publicError(err error) error {
	if errors.Is(err, feed.ErrClosed) {
		return errs.New(errs.Unavailable, "RESTARTING", "the server is restarting, try again")
	}
	return err
}

// originAllowed reports whether a page may open a socket: one of this very
// server or of an allowed origin. What is no browser sends no origin.
func (s *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || edge.OriginAllowed(s.opts.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
