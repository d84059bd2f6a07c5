package feed

import (
	"context"
	"io"

	"google.golang.org/grpc/metadata"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// Reader reads one analysis' events. It is for one goroutine, but for Close.
type Reader struct {
	// Analysis is the run as it stood when the reader came.
	Analysis *analysisv1.Analysis
	// Form is how the sink takes events; it is set before the reader is parked.
	Form Form

	hub      *Hub
	run      *run
	md       metadata.MD
	id       string
	position int64
	live     bool // has read from the window, so that falling out is news

	log       analysisv1.AnalysisService_WatchAnalysisClient // while it catches up
	cancelLog context.CancelFunc

	// Guarded by run.mu.
	failed error
	gone   bool // closed
	slot   int  // in run.parked, or nowhere
	sink   Sink // of a parked reader
}

// Next waits for the next events and returns them: none lost, none twice, in
// order. It returns io.EOF after the last event of a run that ended, ErrClosed
// when the hub closes, ctx's error when ctx ends (the reader stays usable), and
// the service's own error when the reader may not read any more.
func (r *Reader) Next(ctx context.Context) (Batch, error) {
	for {
		batch, wait, err := r.fromWindow()
		if err != nil || len(batch.Events) > 0 || batch.Lagged {
			return batch, err
		}
		if wait == nil { // behind the window: the log has it
			batch, err := r.fromLog(ctx)
			if err == nil || !r.mayRetry(ctx, err) {
				return batch, r.cause(ctx, err)
			}
			continue
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-r.hub.ctx.Done():
			return Batch{}, ErrClosed
		}
	}
}

// fromWindow returns what the window holds behind the reader's position, or
// what to wait for; neither when the position is before the window.
func (r *Reader) fromWindow() (Batch, <-chan struct{}, error) {
	run := r.run
	run.mu.Lock()
	defer run.mu.Unlock()
	first := run.last - int64(len(run.window)) + 1
	switch {
	case r.failed != nil:
		return Batch{}, nil, r.failed
	case r.position+1 < first:
		if r.live {
			r.live = false
			return Batch{Lagged: true, Position: r.position}, nil, nil
		}
		return Batch{}, nil, nil
	case r.position < run.last:
		events := run.window[r.position+1-first:]
		r.position = run.last
		r.live = true
		return Batch{Events: events, Position: r.position}, nil, nil
	case run.ended:
		return Batch{}, nil, io.EOF
	default:
		r.live = true
		return Batch{}, run.changed, nil
	}
}

// openLog opens a stream of the reader's own, to be read up to the window.
func (r *Reader) openLog() error {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(r.hub.ctx, r.md))
	stream, err := r.hub.client.WatchAnalysis(ctx, &analysisv1.WatchAnalysisRequest{AnalysisId: r.id, AfterSequence: r.position})
	if err != nil {
		cancel()
		return err
	}
	r.log, r.cancelLog = stream, cancel
	return nil
}

// fromLog returns the next event of the log. As soon as the window has what
// follows, the log is closed.
func (r *Reader) fromLog(ctx context.Context) (Batch, error) {
	if r.log == nil {
		if err := r.openLog(); err != nil {
			return Batch{}, err
		}
	}
	// Recv knows only the stream's context; the caller's ends it too.
	stop := context.AfterFunc(ctx, r.cancelLog)
	event, err := r.log.Recv()
	stop()
	if err == nil && event.GetSequence() != r.position+1 {
		err = errGap
	}
	if err != nil {
		r.closeLog()
		return Batch{}, err
	}
	encoded, err := encode(event)
	if err != nil {
		r.closeLog()
		return Batch{}, err
	}
	r.position = event.GetSequence()
	if r.inWindow() {
		r.closeLog()
	}
	return Batch{Events: []Event{encoded}, Position: r.position}, nil
}

// mayRetry waits a moment after the log broke off, and reports whether to open
// it again: not when the reader was refused, nor when nobody waits any more.
func (r *Reader) mayRetry(ctx context.Context, err error) bool {
	return !refused(err) && ctx.Err() == nil && r.hub.ctx.Err() == nil && sleep(ctx, r.hub.opts.Backoff)
}

// cause tells the end of the hub and of ctx from what the log ended with.
func (r *Reader) cause(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case r.hub.ctx.Err() != nil:
		return ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return err
	}
}

// inWindow reports whether the window has all that follows the position.
func (r *Reader) inWindow() bool {
	r.run.mu.Lock()
	defer r.run.mu.Unlock()
	return r.position >= r.run.last-int64(len(r.run.window))
}

func (r *Reader) closeLog() {
	if r.log != nil {
		r.cancelLog()
		r.log, r.cancelLog = nil, nil
	}
}

// Close ends the reader. The goroutine that reads calls it, when it is done.
func (r *Reader) Close() {
	r.closeLog()
	r.hub.leave(r)
}
