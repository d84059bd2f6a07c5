package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// The pause before an EventSource comes back is between these.
const (
	minRetry = time.Second
	maxRetry = 3 * time.Second
)

// WantsEvents reports whether the client asked for Server-Sent Events.
func WantsEvents(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return false // HEAD goes where GET goes
	}
	for value := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if mediaType, _, err := mime.ParseMediaType(value); err == nil && mediaType == "text/event-stream" {
			return true
		}
	}
	return false
}

// Events serves an analysis' log as Server-Sent Events: the events after the
// client's last one, then each new one, until the run ends. The path value is
// the analysis' id. A client that has all events of an ended run gets 204, which
// tells an EventSource not to come back.
func (s *Server) Events(w http.ResponseWriter, r *http.Request) {
	after, err := afterSequence(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	admitted, err := s.admit(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	leave, err := s.places.take(admitted.caller.UserID, edge.Address(r.Context()))
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	defer leave()
	reader, err := s.hub.Follow(edge.Outgoing(r), r.PathValue("id"), after)
	if err != nil {
		reply.Error(w, r, publicError(err))
		return
	}
	defer reader.Close()
	if feed.Final(reader.Analysis.GetState()) && after >= reader.Analysis.GetLastSequence() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := &eventStream{w: w, rc: http.NewResponseController(w), opts: s.opts, guard: admitted}
	if err := out.serve(edge.Outgoing(r), reader); err != nil {
		slog.DebugContext(r.Context(), "event stream ended", "error", err)
	}
}

// afterSequence reads where the client wants to go on: the Last-Event-ID that a
// browser sends when it comes back, else the query.
func afterSequence(r *http.Request) (int64, error) {
	field, text := "Last-Event-ID", r.Header.Get("Last-Event-ID")
	for _, name := range []string{"afterSequence", "after_sequence"} {
		if text == "" {
			field, text = name, r.URL.Query().Get(name)
		}
	}
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, errs.Field(field, "must be the sequence number of an event")
	}
	return after, nil
}

// eventStream writes Server-Sent Events (WHATWG HTML, section 9.2).
type eventStream struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	opts  Options
	guard *guard
}

// serve writes the reader's events while the client's credential is good.
func (s *eventStream) serve(ctx context.Context, reader *feed.Reader) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if expire := s.guard.caller.Expire; !expire.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, expire, errExpired)
		defer cancel()
	}
	s.guard.ctx, s.guard.end = ctx, end
	defer s.guard.watch()()
	if err := s.pump(ctx, reader); err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return nil
}

// pump writes what the reader has until the run ends, the client goes, or ctx ends.
// A comment every heartbeat keeps proxies from closing a quiet stream, and finds
// clients that are gone.
func (s *eventStream) pump(ctx context.Context, reader *feed.Reader) error {
	checked := time.Now()
	// Each stream is told another pause, so that they do not come back all at once.
	retry := minRetry + rand.N(maxRetry-minRetry) //nolint:gosec // jitter, not a secret
	if err := s.write(fmt.Appendf(nil, "retry: %d\n\n", retry.Milliseconds())); err != nil {
		return err
	}
	for ctx.Err() == nil { // Next does not look while there are events
		if time.Since(checked) >= s.opts.Recheck {
			s.guard.check()
			checked = time.Now()
		}
		wait, cancel := context.WithTimeout(ctx, s.opts.Heartbeat)
		batch, err := reader.Next(wait)
		cancel()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)):
			return err
		case err != nil: // only the wait is over
			err = s.write([]byte(": heartbeat\n\n"))
		default:
			err = s.write(frames(batch))
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// frames writes a batch's events. Falling behind needs no word of its own: the
// events follow from the log, and the client sees only a stream.
func frames(batch feed.Batch) []byte {
	var out []byte
	for _, e := range batch.Events {
		out = append(out, "id: "...)
		out = strconv.AppendInt(out, e.Sequence, 10)
		out = append(out, "\nevent: "...)
		out = append(out, e.Type...)
		out = append(out, "\ndata: "...)
		out = append(out, e.JSON...) // one line: protojson breaks none
		out = append(out, "\n\n"...)
	}
	return out
}

// write sends the bytes at once, and gives up on a client that does not take
// them.
func (s *eventStream) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write(p); err != nil { //nolint:gosec // JSON in an event stream, which no browser renders
		return err
	}
	return s.rc.Flush()
}
