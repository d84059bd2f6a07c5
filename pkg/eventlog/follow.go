package eventlog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/researcherpro/researcherpro/pkg/page"
)

// Follow calls fn with each event of a stream after the given sequence: the past
// ones, then new ones as they come; each once, in order, without a gap. It returns
// nil after the final event of a closed stream; else the error of fn, of ctx, or of
// the database, and then the caller goes on from the last event that fn took.
//
// fn is never called concurrently. While it takes its time, nothing is buffered:
// the events wait in the table.
func (l *Log) Follow(ctx context.Context, workspaceID, streamID string, after int64, fn func(Event) error) error {
	// Registered before the first read: what is appended in between rings.
	f := l.hub.add(streamKey(workspaceID, streamID), after)
	defer l.hub.remove(f)
	poll := time.NewTicker(l.opts.PollInterval)
	defer poll.Stop()

	for {
		ended, err := l.deliver(ctx, workspaceID, streamID, f, fn)
		if err != nil || ended {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.wake:
		case <-poll.C:
		}
	}
}

// deliver calls fn with all events that the table has, and reports whether the
// stream has ended.
func (l *Log) deliver(ctx context.Context, workspaceID, streamID string, f *follower, fn func(Event) error) (bool, error) {
	for {
		events, ended, err := l.read(ctx, workspaceID, streamID, page.Query[int64]{After: f.seen.Load(), Limit: pageSize})
		if err != nil {
			return false, err
		}
		for _, event := range events {
			if err := fn(event); err != nil {
				return false, err
			}
			f.seen.Store(event.Sequence)
		}
		if ended || len(events) < pageSize {
			return ended, nil
		}
	}
}

// follower is one running Follow.
type follower struct {
	key  string
	seen atomic.Int64  // the last sequence that was delivered
	wake chan struct{} // of capacity 1: many wake-ups are one
}

// ring wakes the follower unless it has seen that sequence.
func (f *follower) ring(last int64) {
	if last <= f.seen.Load() {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default: // it is awake already
	}
}

// hub knows the followers of this process.
type hub struct {
	mu        sync.Mutex
	followers map[string]map[*follower]struct{} // by stream
}

// newHub makes an empty hub.
func newHub() *hub {
	return &hub{followers: map[string]map[*follower]struct{}{}}
}

// add registers a follower of a stream that has seen the given sequence.
func (h *hub) add(key string, seen int64) *follower {
	f := &follower{key: key, wake: make(chan struct{}, 1)}
	f.seen.Store(seen)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.followers[key] == nil {
		h.followers[key] = map[*follower]struct{}{}
	}
	h.followers[key][f] = struct{}{}
	return f
}

// remove forgets a follower.
func (h *hub) remove(f *follower) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.followers[f.key], f)
	if len(h.followers[f.key]) == 0 {
		delete(h.followers, f.key)
	}
}

// wake wakes the followers of one stream.
func (h *hub) wake(key string, last int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range h.followers[key] {
		f.ring(last)
	}
}

// wakeAll wakes every follower: after a time in which messages may have been lost.
func (h *hub) wakeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, followers := range h.followers {
		for f := range followers {
			f.ring(f.seen.Load() + 1)
		}
	}
}
