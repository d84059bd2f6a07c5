package live

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/websocket"
	"github.com/researcherpro/researcherpro/pkg/errs"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// writeSize is how much of what a socket has missed is written at a time.
const writeSize = 64 << 10

// The states of a follow say who may use its reader.
const (
	running int32 = iota // a goroutine of its own, or the sweep that delivers to it
	parked               // nobody, until there is something to do
	closed               // nobody any more
)

// follow is one analysis that a socket follows. While the client keeps up it is
// parked with the run, and costs no goroutine; when the client is slow, or has to be
// told of the past, a goroutine writes at the client's pace until it is parked again.
type follow struct {
	socket      *socket
	subscribeID string // of the message that asked for it, for its errors
	analysisID  string
	reader      *feed.Reader
	state       atomic.Int32
	unwanted    atomic.Bool     // nothing more is to be written
	ctx         context.Context //nolint:containedctx // the life of the follow, which no call's context is
	stop        context.CancelFunc
}

// subscribe starts to write an analysis' events, and first the ack.
func (s *socket) subscribe(ctx context.Context, id string, req *realtimev1.Subscribe) error {
	s.unfollow(req.GetAnalysisId()) // subscribing again moves the reading point
	reader, err := s.open(ctx, req)
	if err != nil {
		return s.refuse(ctx, id, publicError(err))
	}
	if err := s.ack(id); err != nil {
		reader.Close()
		return err
	}
	reader.Analysis = nil // a socket stays open for long and has no use for it
	reader.Form = s.form
	f := &follow{socket: s, subscribeID: id, analysisID: req.GetAnalysisId(), reader: reader}
	f.ctx, f.stop = context.WithCancel(ctx)
	s.mu.Lock()
	if s.follows == nil {
		s.follows = map[string]*follow{}
	}
	s.follows[f.analysisID] = f
	s.mu.Unlock()
	s.tasks.Go(f.run)
	return nil
}

// open checks the request and authorises the reader.
func (s *socket) open(ctx context.Context, req *realtimev1.Subscribe) (*feed.Reader, error) {
	var v errs.Violations
	v.Check(req.GetAnalysisId() != "", "subscribe.analysis_id", "must be the id of an analysis")
	v.Check(req.GetAfterSequence() >= 0, "subscribe.after_sequence", "must not be negative")
	if err := v.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	full := len(s.follows) >= s.server.opts.MaxFollows
	s.mu.Unlock()
	if full {
		return nil, errs.Newf(errs.ResourceExhausted, "TOO_MANY_SUBSCRIPTIONS",
			"a socket follows at most %d analyses", s.server.opts.MaxFollows)
	}
	return s.server.hub.Follow(ctx, req.GetAnalysisId(), req.GetAfterSequence())
}

// unfollow stops writing an analysis' events. What is written after it returns is
// none of them.
func (s *socket) unfollow(analysisID string) {
	s.mu.Lock()
	f := s.follows[analysisID]
	s.mu.Unlock()
	if f != nil {
		f.end()
	}
}

// unfollowAll ends every follow, with the socket.
func (s *socket) unfollowAll() {
	s.mu.Lock()
	all := make([]*follow, 0, len(s.follows))
	for _, f := range s.follows {
		all = append(all, f)
	}
	s.mu.Unlock()
	for _, f := range all {
		f.end()
	}
}

// end lets nothing more be written. Who uses the reader closes it; else this does.
func (f *follow) end() {
	f.unwanted.Store(true)
	f.stop()
	f.forget()
	f.drop(parked)
}

// forget takes the follow out of its socket's.
func (f *follow) forget() {
	f.socket.mu.Lock()
	defer f.socket.mu.Unlock()
	if f.socket.follows[f.analysisID] == f {
		delete(f.socket.follows, f.analysisID)
	}
}

// drop closes the reader, if the follow is in the state that the caller knows.
func (f *follow) drop(from int32) {
	if f.state.CompareAndSwap(from, closed) {
		f.stop()
		f.forget()
		f.reader.Close()
	}
}

// wanted reports whether events may still be written.
func (f *follow) wanted() bool { return !f.unwanted.Load() }

// park gives the reader to its run, and reports whether it took it.
func (f *follow) park() bool {
	// In this order: the run may deliver before Park returns.
	f.state.Store(parked)
	if f.reader.Park(f) {
		if !f.wanted() { // ended meanwhile, by someone who saw it running
			f.drop(parked)
		}
		return true
	}
	// Whoever ended it meanwhile has closed it.
	return !f.state.CompareAndSwap(parked, running)
}

// Deliver implements feed.Sink: it writes at once, or lets a goroutine do it.
func (f *follow) Deliver(frames []byte) bool {
	if !f.state.CompareAndSwap(parked, running) {
		return false
	}
	rest, done, ok := f.socket.out.offer(frames, f.wanted)
	if done {
		f.state.Store(parked)
		if !f.wanted() {
			f.drop(parked)
			return false
		}
		return true
	}
	f.socket.writing.Add(1)
	go func() {
		defer f.socket.writing.Add(-1)
		var err error
		if ok {
			err = f.socket.out.complete(rest)
		} else {
			err = f.write(frames)
		}
		f.goOn(err)
	}()
	return false
}

// Resume implements feed.Sink: there is something to tell that needs time.
func (f *follow) Resume() {
	if f.state.CompareAndSwap(parked, running) {
		go f.goOn(nil)
	}
}

// goOn is run behind a write, by a goroutine that the socket does not wait for: it
// ends with the reader, or with a write, which the end of the socket cuts short.
func (f *follow) goOn(err error) {
	if err != nil {
		f.socket.end(err)
		f.drop(running)
		return
	}
	f.run()
}

// run writes what the reader has, at the pace of the client, until the reader is
// parked or has come to its end.
func (f *follow) run() {
	for {
		if f.park() {
			return
		}
		batch, err := f.reader.Next(f.ctx)
		if err == nil {
			err = f.writeBatch(batch)
		} else {
			err = f.farewell(err)
			if err == nil {
				f.drop(running)
				return
			}
		}
		if err != nil {
			f.socket.end(err)
			f.drop(running)
			return
		}
	}
}

// farewell tells why nothing follows. The end of the run was its last event; the ends
// of the socket and of the server are told by closing. What is left is a refusal.
func (f *follow) farewell(err error) error {
	if f.ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, feed.ErrClosed) {
		return nil //nolint:nilerr // not an error of the socket
	}
	return f.socket.refuse(f.ctx, f.subscribeID, err)
}

// writeBatch writes events, or that the client was too slow for them.
func (f *follow) writeBatch(batch feed.Batch) error {
	f.socket.writing.Add(1)
	defer f.socket.writing.Add(-1)
	if batch.Lagged {
		lagged := &realtimev1.Lagged{AnalysisId: f.analysisID, ResumeAfter: batch.Position}
		body, err := reply.JSON().Marshal(lagged)
		if err != nil {
			return err
		}
		message := append(append([]byte(`{"lagged":`), body...), '}')
		return f.write(websocket.AppendFrame(nil, websocket.Text, message))
	}
	var frames []byte
	for left := batch.Events; len(left) > 0; {
		var n int
		frames, n = feed.Frames(frames[:0], left, f.reader.Form, writeSize)
		left = left[n:]
		if err := f.write(frames); err != nil {
			return err
		}
	}
	return nil
}

// write writes frames unless nobody wants them any more.
func (f *follow) write(frames []byte) error {
	out := f.socket.out
	out.mu.Lock()
	defer out.mu.Unlock()
	switch {
	case !f.wanted():
		return nil
	case out.shut:
		return errShut
	}
	return out.finish(frames)
}
