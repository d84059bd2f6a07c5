package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/websocket"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

const (
	// closeExpired is the close code of a credential that has expired, or was ended
	// with its session, key or membership.
	closeExpired = 4401
	// maxMessage is the largest message that a client may send, in bytes: the longest
	// text that `analyze` takes, in the longest encoding.
	maxMessage = 1 << 20
	// maxClientID is the longest name that a client may give itself.
	maxClientID = 128
	// closeTimeout is how long a client may take to close its side, and maxLinger how
	// much it may send meanwhile.
	closeTimeout = 5 * time.Second
	maxLinger    = 16 << 20
)

// These end a socket with the close code of their cause.
var (
	errRestart = errors.New("live: the server restarts")
	errExpired = errors.New("live: the token is no longer good")
	errAbuse   = errors.New("live: too many messages")
)

// Socket serves `GET /api/v1/ws/{clientId}`. What is wrong before the upgrade
// is answered as JSON with its HTTP status.
func (s *Server) Socket(w http.ResponseWriter, r *http.Request) {
	if !websocket.Asked(r) {
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
	leave, err := s.places.take(admitted.caller.UserID, edge.Address(r.Context()))
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	if !s.enter() {
		leave()
		reply.Error(w, r, publicError(feed.ErrClosed))
		return
	}
	opened, err := websocket.Upgrade(w, r, bearerProtocol)
	if err != nil {
		leave()
		s.open.Done()
		if errors.Is(err, websocket.ErrHandshake) {
			reply.Error(w, r, errs.New(errs.InvalidArgument, "BAD_HANDSHAKE", "this is no opening handshake of a WebSocket, version 13"))
			return
		}
		slog.DebugContext(r.Context(), "upgrade broke off", "error", err)
		return
	}
	sock := newSocket(s, opened)
	sock.guard = admitted
	// The request ends here, with its goroutine and its buffers; a socket is open for
	// hours, and must not hold the request either.
	ctx := beyond(r)
	go func() {
		defer s.open.Done()
		defer leave()
		sock.serve(ctx)
	}()
}

// beyond returns a context that outlives its request: of its values it has those that
// calls and logs go by, and nothing that would keep the request in memory.
func beyond(r *http.Request) context.Context {
	ctx := telemetry.WithRequestID(context.Background(), telemetry.RequestID(r.Context())) //nolint:forbidigo // it must not hold the request
	ctx = trace.ContextWithSpanContext(ctx, trace.SpanContextFromContext(r.Context()))
	return metadata.NewOutgoingContext(ctx, edge.Metadata(r))
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

// socket is one open WebSocket. One goroutine reads, and holds nothing while the
// client is silent; a timer keeps watch. Events are written by the sweep of their
// run, or, when the client is slow, by a goroutine of the follow; answers by a
// goroutine for each question. Nothing is queued between them, so a client that does
// not read stops only itself.
type socket struct {
	server    *Server
	conn      net.Conn
	form      feed.Form
	reader    *websocket.Reader
	out       *outlet
	guard     *guard
	allowance allowance
	ctx       context.Context         //nolint:containedctx // the life of the socket, which no call's context is
	cancel    context.CancelCauseFunc // see end
	keeper    keeper
	silent    chan struct{} // closed when nothing is read any more

	mu      sync.Mutex
	follows map[string]*follow // by analysis id
	ended   bool
	tasks   sync.WaitGroup
	writing atomic.Int32 // writes that may be waiting for the client
	asking  atomic.Int32 // answers that are being written
}

func newSocket(server *Server, opened websocket.Opened) *socket {
	s := &socket{
		server: server, conn: opened.Conn, form: feed.Form(opened.Deflate),
		out: newOutlet(opened.Conn), allowance: newAllowance(time.Now()), silent: make(chan struct{}),
	}
	limits := websocket.Limits{Message: maxMessage, Patience: writeTimeout}
	s.reader = websocket.NewReader(heard{opened.Conn, &s.keeper.heard}, opened, limits, s.control)
	return s
}

// serve runs the socket until either side closes it.
func (s *socket) serve(ctx context.Context) {
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	s.guard.ctx, s.guard.end = s.ctx, s.end
	defer s.server.add(s)()
	defer s.guard.watch()()
	s.keep()
	s.end(s.read())
	close(s.silent)
	s.unfollowAll()
	s.tasks.Wait()
	_ = s.conn.Close()
	slog.DebugContext(s.ctx, "socket closed", "cause", context.Cause(s.ctx))
}

// read handles what the client sends until the socket ends.
func (s *socket) read() error {
	for s.ctx.Err() == nil {
		kind, payload, err := s.reader.Next()
		if err != nil {
			return err
		}
		if err := s.apart(kind, payload); err != nil {
			return err
		}
	}
	return context.Cause(s.ctx)
}

// apart handles a message on a goroutine that ends with it, and waits. Decoding and
// verifying need a deep stack, which the reading goroutine would keep for hours.
func (s *socket) apart(kind websocket.Opcode, payload []byte) error {
	handled := make(chan error)
	go func() { handled <- s.handle(s.ctx, kind, payload) }()
	return <-handled
}

// control answers pings, which count as messages. Of a pong the reader has noted that
// the client lives.
func (s *socket) control(op websocket.Opcode, payload []byte) error {
	if op != websocket.Ping {
		return nil
	}
	if s.allowance.take(time.Now()) != taken {
		return errAbuse
	}
	return s.out.write(websocket.AppendFrame(nil, websocket.Pong, payload))
}

// end ends the socket for the first cause that it gets.
func (s *socket) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	s.cancel(cause)
	s.keeper.stop()
	s.tasks.Go(func() { s.close(cause) })
}

// close closes the connection with the code of its cause.
func (s *socket) close(cause error) {
	var violated *websocket.CloseError
	deadline := time.Now().Add(closeTimeout)
	frame := []byte(nil)
	switch {
	case errors.Is(cause, errRestart):
		frame = websocket.AppendClose(nil, websocket.CodeServiceRestart, "the server restarts, reconnect and resume")
	case errors.Is(cause, errExpired):
		frame = websocket.AppendClose(nil, closeExpired, "the access token is no longer good")
	case errors.Is(cause, errAbuse):
		frame = websocket.AppendClose(nil, websocket.CodePolicy, "too many messages")
	case errors.As(cause, &violated):
		frame = websocket.AppendClose(nil, violated.Code, violated.Reason)
	}
	if frame == nil || s.out.close(frame, deadline) != nil || (violated != nil && violated.ByPeer) {
		_ = s.conn.Close()
		return
	}
	s.linger()
}

// linger lets the client read the close frame: a connection that is closed with bytes
// of the client's in its buffer is reset, and the frame is lost. It ends when the
// client has closed its side, or will not.
func (s *socket) linger() {
	cut := time.AfterFunc(closeTimeout, func() { _ = s.conn.Close() })
	defer cut.Stop()
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the reading tells whether it is of any use
	}
	// The reading goroutine lets go; a deadline of its own comes at most once more.
	_ = s.conn.SetReadDeadline(time.Now())
	<-s.silent
	_ = s.conn.SetReadDeadline(time.Time{})
	_, _ = io.CopyN(io.Discard, s.conn, maxLinger)
	_ = s.conn.Close()
}
