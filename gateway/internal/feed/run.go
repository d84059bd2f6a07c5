package feed

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// errGap means that the log skipped a number, which it never does: the stream
// is not to be believed and is opened again.
var errGap = errors.New("feed: gap in the log")

// run is one followed analysis.
type run struct {
	hub    *Hub
	id     string
	cancel context.CancelFunc

	mu      sync.Mutex
	window  []Event // newest events, consecutive; elements never change
	bytes   int     // of the events in window
	last    int64   // sequence of the newest event read
	ended   bool    // the log is complete
	readers map[*Reader]struct{}
	parked  []*Reader     // those of readers that the next sweep serves
	changed chan struct{} // closed, and replaced, by each sweep
	more    chan struct{} // of capacity 1: something has changed since the last sweep
	over    chan struct{} // closed when nothing will change any more
}

// join adds a reader.
func (r *run) join(reader *Reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers[reader] = struct{}{}
}

// part removes a reader and returns how many are left.
func (r *run) part(reader *Reader) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.readers, reader)
	reader.gone = true
	r.unpark(reader)
	return len(r.readers)
}

// wake asks for a sweep.
func (r *run) wake() {
	select {
	case r.more <- struct{}{}:
	default: // it is asked for already
	}
}

// anyReader returns a reader under whose token the upstream can be opened.
func (r *run) anyReader() *Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	for reader := range r.readers {
		if reader.failed == nil {
			return reader
		}
	}
	return nil
}

// fail ends one reader: it may not read any more.
func (r *run) fail(reader *Reader, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reader.failed = err
	r.wake()
}

// pump keeps the upstream open until the log ends or nobody reads.
func (r *run) pump(ctx context.Context) {
	defer close(r.over)
	defer r.cancel()
	pause := r.hub.opts.Backoff
	for ctx.Err() == nil {
		reader := r.anyReader()
		if reader == nil {
			if r.hub.retireIdle(r) {
				return
			}
			continue
		}
		before := r.newest()
		err := r.watch(ctx, reader)
		switch {
		case err == nil:
			// In this order: whoever comes after the end asks anew, because a
			// run that failed may have been taken up again.
			r.hub.retire(r)
			r.end()
			return
		case ctx.Err() != nil:
			return
		case refused(err):
			r.fail(reader, err) // its token, not the run: try another's
			continue
		}
		slog.WarnContext(ctx, "watch broke off", "analysis", r.id, "error", err)
		if r.newest() > before {
			pause = r.hub.opts.Backoff
		}
		if !sleep(ctx, pause) {
			return
		}
		pause = min(2*pause, 32*r.hub.opts.Backoff)
	}
}

// refused reports whether the service will not let this reader read.
func refused(err error) bool {
	return errors.Is(err, errs.Unauthenticated) || errors.Is(err, errs.PermissionDenied) ||
		errors.Is(err, errs.NotFound) || errors.Is(err, errs.InvalidArgument)
}

// sleep waits for about d, spread so that gateways do not return all at once.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // jitter, not a secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// watch reads one upstream to its end. It returns nil when the log is complete.
func (r *run) watch(ctx context.Context, reader *Reader) error {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(ctx, reader.md))
	defer cancel()
	stream, err := r.hub.client.WatchAnalysis(ctx, &analysisv1.WatchAnalysisRequest{AnalysisId: r.id, AfterSequence: r.newest()})
	if err != nil {
		return err
	}
	final := false
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := r.append(event); err != nil {
			return err
		}
		final = Final(event.GetStateChanged().GetState())
	}
	if final {
		return nil
	}
	// A stream also ends where a service shuts down. Ask before believing it.
	analysis, err := r.hub.client.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: r.id})
	if err != nil {
		return err
	}
	if Final(analysis.GetState()) && analysis.GetLastSequence() <= r.newest() {
		return nil
	}
	return errors.New("the stream ended before the run")
}

// Final reports whether a run in the state has ended. AWAITING_APPROVAL, the highest
// number, has not.
func Final(state analysisv1.Analysis_State) bool {
	return state >= analysisv1.Analysis_COMPLETED && state <= analysisv1.Analysis_CANCELLED
}

// newest returns the sequence of the newest event read.
func (r *run) newest() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// end says that the log is complete.
func (r *run) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.wake()
}

// append adds the next event to the window. One that is known is skipped.
func (r *run) append(event *analysisv1.Event) error {
	encoded, err := encode(event)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case event.GetSequence() <= r.last:
		return nil
	case event.GetSequence() > r.last+1:
		return errGap
	}
	r.last = event.GetSequence()
	// Readers hold slices of the window: it is only ever appended to and cut at
	// its start, and append moves what is left to a new array now and then.
	r.window = append(r.window, encoded)
	r.bytes += len(encoded.JSON)
	for len(r.window) > 1 && (len(r.window) > r.hub.opts.Events || r.bytes > r.hub.opts.Bytes) {
		r.bytes -= len(r.window[0].JSON)
		r.window = r.window[1:]
	}
	r.wake()
	return nil
}
