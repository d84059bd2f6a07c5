package authn

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// watchRetry is the pause before a broken subscription is opened again.
	watchRetry = time.Second
	// watchPing is how long a subscription may be silent before it is asked for a
	// sign of life, and how long that may take: a connection whose other end is
	// gone without a word would be silent for ever.
	watchPing = 5 * time.Second
)

// Watcher tells when a caller's standing may have changed, so that what is open
// can be verified again. It may call changed without reason, never too late: a
// change that was missed is made up for when it can hear again.
type Watcher interface {
	// Watch calls changed, which must not block, until stop.
	Watch(c Caller, changed func()) (stop func())
	// Hears reports whether changes are heard at this moment. While they are not,
	// who has something open may want to ask by other means.
	Hears() bool
}

// RedisWatcher hears of the changes that RedisRevocations writes. It is safe for
// concurrent use.
type RedisWatcher struct {
	client *redis.Client
	ping   time.Duration
	hears  atomic.Bool

	mu      sync.Mutex
	watched map[string]map[*func()]struct{} // by subject
}

var _ Watcher = (*RedisWatcher)(nil)

// NewRedisWatcher returns a watcher, which hears nothing until Run.
func NewRedisWatcher(client *redis.Client) *RedisWatcher {
	return &RedisWatcher{client: client, ping: watchPing, watched: map[string]map[*func()]struct{}{}}
}

// Watch implements Watcher. changed must not block and is not called after stop
// has returned, except for a call that is going on.
func (w *RedisWatcher) Watch(c Caller, changed func()) (stop func()) {
	watch := &changed
	keys := subjects(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range keys {
		if w.watched[key] == nil {
			w.watched[key] = map[*func()]struct{}{}
		}
		w.watched[key][watch] = struct{}{}
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, key := range keys {
			delete(w.watched[key], watch)
			if len(w.watched[key]) == 0 {
				delete(w.watched, key)
			}
		}
	}
}

// Hears implements Watcher.
func (w *RedisWatcher) Hears() bool { return w.hears.Load() }

// Run listens until ctx ends.
func (w *RedisWatcher) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.listen(ctx); err != nil && ctx.Err() == nil {
			slog.DebugContext(ctx, "changes of sessions are not heard for a moment", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchRetry):
		}
	}
}

// listen hears changes until the subscription breaks.
func (w *RedisWatcher) listen(ctx context.Context) error {
	sub := w.client.Subscribe(ctx, changesChannel)
	defer func() { _ = sub.Close() }()
	defer w.hears.Store(false)
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() }) // Receive does not heed ctx while it reads
	defer stop()
	for asked := false; ; {
		msg, err := sub.ReceiveTimeout(ctx, w.ping)
		var timeout net.Error
		switch {
		case err == nil:
			asked = false
			w.hear(msg)
		case asked || !errors.As(err, &timeout) || !timeout.Timeout():
			return err
		default:
			if err := sub.Ping(ctx); err != nil {
				return err
			}
			asked = true
		}
	}
}

// hear takes what came over the subscription.
func (w *RedisWatcher) hear(msg any) {
	switch msg := msg.(type) {
	case *redis.Subscription:
		w.hears.Store(true)
		w.tellAll() // what was published before is not heard any more
	case *redis.Message:
		w.tell(msg.Payload)
	}
}

// tell tells those who watch a subject.
func (w *RedisWatcher) tell(subject string) {
	for _, changed := range w.of(subject) {
		changed()
	}
}

// tellAll tells everyone.
func (w *RedisWatcher) tellAll() {
	w.mu.Lock()
	subjects := make([]string, 0, len(w.watched))
	for subject := range w.watched {
		subjects = append(subjects, subject)
	}
	w.mu.Unlock()
	for _, subject := range subjects {
		w.tell(subject)
	}
}

// of returns the functions that watch a subject.
func (w *RedisWatcher) of(subject string) []func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]func(), 0, len(w.watched[subject]))
	for changed := range w.watched[subject] {
		all = append(all, *changed)
	}
	return all
}
