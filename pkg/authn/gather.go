package authn

import (
	"context"
	"sync"

	"github.com/redis/go-redis/v9"
)

// gather reads keys from Redis for many calls at once: those that come while a
// look-up is on its way go together in the next one. So a busy service looks up as
// often as Redis can answer, not as often as it is called, and yet nobody is told
// what was read before they asked.
type gather struct {
	client redis.Cmdable

	mu      sync.Mutex
	next    *round // to which keys can be added; nil when there are none
	sending bool
}

// round is one look-up.
type round struct {
	keys   []string
	values []any // set, like err, before done is closed
	err    error
	done   chan struct{}
}

// get returns the values of keys, nil for one that is not there. It may have to wait
// for the look-up before, so it takes twice lookupTimeout at most.
func (g *gather) get(ctx context.Context, keys ...string) ([]any, error) {
	mine, from := g.join(ctx, keys)
	select {
	case <-mine.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if mine.err != nil {
		return nil, mine.err
	}
	return mine.values[from : from+len(keys)], nil
}

// join adds keys to the next look-up, and says where in it they are.
func (g *gather) join(ctx context.Context, keys []string) (mine *round, from int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = &round{done: make(chan struct{})}
	}
	mine, from = g.next, len(g.next.keys)
	mine.keys = append(mine.keys, keys...)
	if !g.sending {
		g.sending = true
		// Of those who wait the first may hang up; the others still want it.
		go g.send(context.WithoutCancel(ctx))
	}
	return mine, from
}

// send looks up, one round after the other, until nobody waits.
func (g *gather) send(ctx context.Context) {
	for r := g.take(); r != nil; r = g.take() {
		lookup, cancel := context.WithTimeout(ctx, lookupTimeout)
		r.values, r.err = g.client.MGet(lookup, r.keys...).Result()
		cancel()
		close(r.done)
	}
}

// take closes the next look-up to further keys and returns it, nil when there is none.
func (g *gather) take() *round {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.next
	g.next = nil
	g.sending = r != nil
	return r
}
