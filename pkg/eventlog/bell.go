package eventlog

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// publishTimeout bounds one message to Redis.
const publishTimeout = 2 * time.Second

// bell carries wake-ups between the processes over one Redis channel. Its
// messages are "<stream key> <last sequence>", some hundred bytes; each process
// gets those of all streams and drops what nobody here follows.
type bell struct {
	client  *redis.Client
	channel string
	logger  *slog.Logger

	mu      sync.Mutex
	pending map[string]int64 // the newest sequence per stream, to be published
	more    chan struct{}    // of capacity 1: pending is not empty
}

// newBell makes a bell; ring and listen make it work.
func newBell(client *redis.Client, channel string, logger *slog.Logger) *bell {
	return &bell{client: client, channel: channel, logger: logger, pending: map[string]int64{}, more: make(chan struct{}, 1)}
}

// announce notes what is to be published. It does not wait.
func (b *bell) announce(key string, last int64) {
	b.mu.Lock()
	b.pending[key] = max(b.pending[key], last)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// ring publishes what is announced until ctx ends. What cannot be published is
// dropped: the pollers find it.
func (b *bell) ring(ctx context.Context) {
	broken := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.more:
		}
		err := b.publish(ctx, b.take())
		switch {
		case err != nil && !broken && ctx.Err() == nil: // once, not for every event
			b.logger.WarnContext(ctx, "cannot publish event wake-ups, followers on other replicas poll", "error", err)
		case err == nil && broken:
			b.logger.InfoContext(ctx, "event wake-ups are published again")
		}
		broken = err != nil
	}
}

// take returns what is pending and empties it.
func (b *bell) take() map[string]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	batch := b.pending
	b.pending = map[string]int64{}
	return batch
}

// publish sends a batch in one round trip.
func (b *bell) publish(ctx context.Context, batch map[string]int64) error {
	if len(batch) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	pipeline := b.client.Pipeline()
	for key, last := range batch {
		pipeline.Publish(ctx, b.channel, key+" "+strconv.FormatInt(last, 10))
	}
	_, err := pipeline.Exec(ctx)
	return err
}

// listen wakes followers as messages come, until ctx ends. The client reconnects
// by itself; each new subscription wakes all, since messages may have been lost.
func (b *bell) listen(ctx context.Context, h *hub) {
	subscription := b.client.Subscribe(ctx, b.channel)
	defer subscription.Close() //nolint:errcheck // the connection goes either way
	messages := subscription.ChannelWithSubscriptions()
	for {
		select {
		case <-ctx.Done():
			return
		case message, ok := <-messages:
			if !ok {
				return
			}
			switch m := message.(type) {
			case *redis.Subscription:
				h.wakeAll()
			case *redis.Message:
				key, number, _ := strings.Cut(m.Payload, " ")
				if last, err := strconv.ParseInt(number, 10, 64); err == nil {
					h.wake(key, last)
				}
			}
		}
	}
}
