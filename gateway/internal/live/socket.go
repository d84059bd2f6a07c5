package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// closeExpired is the close code of a credential that has expired, or was ended
	// with its session, key or membership.
	closeExpired websocket.StatusCode = 4401
	// maxMessage is the largest message that a client may send, in bytes: the longest
	// text that `analyze` takes, in the longest encoding.
	maxMessage = 1 << 20
	// maxClientID is the longest name that a client may give itself.
	maxClientID = 128
	// pongTimeout is how long a client may take to answer a ping. It is as long
	// as for a write: a slow reader is slow to see the ping, too.
	pongTimeout = writeTimeout
)

// errRestart and errExpired end a socket with the close code of their cause.
var (
	errRestart = errors.New("live: the server restarts")
	errExpired = errors.New("live: the token is no longer good")
)

// Socket serves `GET /api/v1/ws/{clientId}`. What is wrong before the upgrade
// is answered as JSON with its HTTP status.
func (s *Server) Socket(w http.ResponseWriter, r *http.Request) {
	takeToken(r)
	takeWorkspace(r)
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		reply.ErrorCode(w, r, http.StatusUpgradeRequired,
			errs.New(errs.InvalidArgument, "UPGRADE_REQUIRED", "this address takes WebSocket connections only"))
		return
	}
	admitted, err := s.admitSocket(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	if !s.enter() {
		reply.Error(w, r, publicError(feed.ErrClosed))
		return
	}
	defer s.open.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{bearerProtocol},
		InsecureSkipVerify: true, // admit has checked the origin
	})
	if err != nil {
		slog.DebugContext(r.Context(), "upgrade refused", "error", err)
		return // Accept has answered
	}
	conn.SetReadLimit(maxMessage)
	// The request's context is not for use behind an upgrade; its values are.
	sock := &socket{server: s, conn: conn, guard: admitted, follows: map[string]*follow{}}
	sock.serve(context.WithoutCancel(edge.Outgoing(r)))
}

// admitSocket decides before the upgrade whether a socket may be opened.
func (s *Server) admitSocket(r *http.Request) (*guard, error) {
	if id := r.PathValue("clientId"); len(id) > maxClientID {
		return nil, errs.Field("clientId", "must be 1 to 128 bytes")
	}
	if !s.originAllowed(r) {
		return nil, errs.New(errs.PermissionDenied, "ORIGIN_NOT_ALLOWED", "pages of this origin may not connect")
	}
	return s.admit(r)
}

// socket is one open WebSocket. One goroutine reads, one keeps watch over the
// connection, and one for each analysis that is followed writes its events, and one for
// each question its answer;
// nothing is queued between them, so a client that does not read stops only
// itself.
type socket struct {
	server *Server
	conn   *websocket.Conn
	guard  *guard
	cancel context.CancelCauseFunc // ends the socket

	mu      sync.Mutex
	follows map[string]*follow // by analysis id
	tasks   sync.WaitGroup
	pinging atomic.Bool
	writing atomic.Int32 // writes that are going on
	asking  atomic.Int32 // answers that are being written
}

// serve runs the socket until either side closes it.
func (s *socket) serve(ctx context.Context) {
	ctx, s.cancel = context.WithCancelCause(ctx)
	defer s.cancel(nil)
	s.guard.ctx, s.guard.end = ctx, s.cancel
	defer s.guard.watch()()
	s.tasks.Go(func() { s.watch(ctx) })
	s.tasks.Go(func() {
		<-ctx.Done()
		s.close(context.Cause(ctx))
	})
	for {
		// A context that ends cuts the connection, and with it the close
		// handshake: reads and writes end by the closing of the socket instead.
		kind, data, err := s.conn.Read(context.WithoutCancel(ctx))
		if err == nil {
			err = s.handle(ctx, kind, data)
		}
		if err != nil {
			s.cancel(err)
			break
		}
	}
	s.tasks.Wait()
	slog.DebugContext(ctx, "socket closed", "cause", context.Cause(ctx))
}

// watch keeps the connection alive and ends it when its time has come.
func (s *socket) watch(ctx context.Context) {
	ping := time.NewTicker(s.server.opts.Heartbeat)
	defer ping.Stop()
	recheck := time.NewTicker(s.server.opts.Recheck)
	defer recheck.Stop()
	var expired <-chan time.Time // never, for a key without an end
	if expire := s.guard.caller.Expire; !expire.IsZero() {
		timer := time.NewTimer(time.Until(expire))
		defer timer.Stop()
		expired = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.server.hub.Closing():
			s.cancel(errRestart)
		case <-expired:
			s.cancel(errExpired)
		case <-recheck.C:
			s.guard.check()
		case <-ping.C:
			s.pingAside(ctx)
		}
	}
}

// pingAside pings without keeping watch from its other duties, unless the last
// ping is still going on.
func (s *socket) pingAside(ctx context.Context) {
	if !s.pinging.CompareAndSwap(false, true) {
		return
	}
	s.tasks.Go(func() {
		defer s.pinging.Store(false)
		s.ping(ctx)
	})
}

// ping asks the client for a sign of life and ends the socket when none comes.
// While something is being written there is nothing to ask: the write tells by
// its own timeout, and a ping behind it would end a client that is only slow.
func (s *socket) ping(ctx context.Context) {
	if s.writing.Load() > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pongTimeout)
	defer cancel()
	// Failing earlier than ctx it was either not sent, because a write came in
	// between, or the connection is gone, which the reading goroutine learns.
	if err := s.conn.Ping(ctx); err != nil && ctx.Err() != nil {
		s.cancel(fmt.Errorf("no answer to a ping: %w", err))
	}
}

// close closes the connection with the code of its cause.
func (s *socket) close(cause error) {
	switch {
	case errors.Is(cause, errRestart):
		_ = s.conn.Close(websocket.StatusServiceRestart, "the server restarts, reconnect and resume")
	case errors.Is(cause, errExpired):
		_ = s.conn.Close(closeExpired, "the access token is no longer good")
	default:
		_ = s.conn.CloseNow()
	}
}

// write sends one text frame. A client that takes none for writeTimeout is cut.
func (s *socket) write(ctx context.Context, frame []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	s.writing.Add(1)
	defer s.writing.Add(-1)
	return s.conn.Write(ctx, websocket.MessageText, frame)
}
