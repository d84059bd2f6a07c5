// Package feed hands the events of running analyses to many readers while it
// asks the analysis service for each run's events only once.
//
// A run that is followed has one upstream WatchAnalysis, whatever the number of
// its readers, and a window of its newest events, encoded once and shared. A
// reader is a position in the log: it takes what is behind its position from the
// window, so no reader has a queue and a slow one costs nothing. One that falls
// out of the window is told so and reads from the durable log until it is back.
//
// A reader waits by itself (Next), or is parked: then the run hands it what is new,
// to all its parked readers in one sweep (Park). Ten thousand sockets are a list to
// go through, not ten thousand goroutines to wake.
//
// Every reader is authorised by itself, with GetAnalysis under its own token,
// before it may look into a window that another reader's token filled.
package feed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// ErrClosed is what readers get when the hub closes: the process is stopping.
var ErrClosed = errors.New("feed: closed")

// Options bound the hub. Zero values mean the defaults.
type Options struct {
	// Events is how many of a run's newest events the window holds; 1,024.
	Events int
	// Bytes is how large the events in the window may be together; 4 MiB. At
	// least one event is always held.
	Bytes int
	// Backoff is the first pause before a broken upstream is opened again; it
	// doubles up to 32 times of it. 200 ms.
	Backoff time.Duration
}

func (o Options) withDefaults() Options {
	if o.Events <= 0 {
		o.Events = 1024
	}
	if o.Bytes <= 0 {
		o.Bytes = 4 << 20
	}
	if o.Backoff <= 0 {
		o.Backoff = 200 * time.Millisecond
	}
	return o
}

// Hub is the set of runs that are followed.
type Hub struct {
	client analysisv1.AnalysisServiceClient
	admit  admissions
	opts   Options
	ctx    context.Context //nolint:containedctx // the hub's own life, which no caller's context is
	stop   context.CancelFunc
	pumps  sync.WaitGroup
	// sweeping has a place for each run that may be swept at the same time.
	sweeping chan struct{}

	mu   sync.Mutex
	runs map[string]*run
}

// New returns a hub that reads through client. It lives until Close or the end
// of ctx.
func New(ctx context.Context, client analysisv1.AnalysisServiceClient, opts Options) *Hub {
	ctx, stop := context.WithCancel(ctx)
	return &Hub{client: client, opts: opts.withDefaults(), ctx: ctx, stop: stop, sweeping: make(chan struct{}, sweepsAtOnce()), runs: map[string]*run{}}
}

// Close ends every reader with ErrClosed and waits for the upstreams to end.
func (h *Hub) Close() {
	h.mu.Lock() // so that no run is opened while this waits
	h.stop()
	h.mu.Unlock()
	h.pumps.Wait()
}

// Closing is closed when the hub closes.
func (h *Hub) Closing() <-chan struct{} { return h.ctx.Done() }

// Follow returns a reader of an analysis' events after a sequence number. The
// outgoing metadata of ctx say who reads; the reader lives until its Close, not
// ctx's end. Errors are those of GetAnalysis.
func (h *Hub) Follow(ctx context.Context, analysisID string, after int64) (*Reader, error) {
	md, _ := metadata.FromOutgoingContext(ctx)
	analysis, err := h.admit.get(ctx, shown(md, analysisID), func(ctx context.Context) (*analysisv1.Analysis, error) {
		return h.client.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: analysisID})
	})
	if err != nil {
		return nil, fmt.Errorf("authorise reader: %w", err)
	}
	reader := &Reader{hub: h, md: md, id: analysis.GetId(), position: after, slot: nowhere, Analysis: analysis}

	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() != nil {
		return nil, ErrClosed
	}
	r, ok := h.runs[reader.id]
	if !ok {
		r = h.open(analysis)
	}
	reader.run = r
	r.join(reader)
	return reader, nil
}

// open makes a run and starts its upstream, early enough in the log that
// readers who come back from a short absence find all they missed in the
// window. The caller holds h.mu.
func (h *Hub) open(analysis *analysisv1.Analysis) *run {
	start := max(0, analysis.GetLastSequence()-int64(h.opts.Events))
	ctx, cancel := context.WithCancel(h.ctx)
	r := &run{
		hub: h, id: analysis.GetId(), cancel: cancel,
		last: start, readers: map[*Reader]struct{}{}, changed: make(chan struct{}), more: make(chan struct{}, 1), over: make(chan struct{}),
	}
	h.runs[r.id] = r
	h.pumps.Go(func() { r.pump(ctx) })
	h.pumps.Go(r.broadcast)
	return r
}

// leave takes a reader away; the last one takes the run's upstream with it.
func (h *Hub) leave(reader *Reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if reader.run.part(reader) == 0 {
		h.forget(reader.run)
	}
}

// retire lets readers who come later open the run anew; those who are there
// keep the window and read on to its end.
func (h *Hub) retire(r *run) {
	h.admit.forget(r.id)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(r)
}

// retireIdle retires a run that nobody may read and reports whether it did. It
// looks again under the lock under which readers join.
func (h *Hub) retireIdle(r *run) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.anyReader() != nil {
		return false
	}
	h.forget(r)
	return true
}

// forget drops a run from the set. The caller holds h.mu.
func (h *Hub) forget(r *run) {
	r.cancel()
	if h.runs[r.id] == r {
		delete(h.runs, r.id)
	}
}
