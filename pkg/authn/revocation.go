package authn

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// revokedPrefix starts the Redis keys of ended sessions.
	revokedPrefix = "revoked:"
	// lookupTimeout bounds the look-up that every call waits for, so that a
	// Redis that hangs slows the fleet down but does not stop it.
	lookupTimeout = 250 * time.Millisecond
)

// RedisRevocations keeps the ended sessions in Redis, where every service sees
// them at once, for as long as their access tokens could still be good.
//
// When Redis does not answer it lets calls through: tokens are short-lived, and
// refusing everyone because a cache is down would be the greater harm. It says
// so in the log once, and once more when Redis is back.
type RedisRevocations struct {
	client redis.Cmdable
	ttl    time.Duration
	down   atomic.Bool
}

var _ Revocations = (*RedisRevocations)(nil)

// NewRedisRevocations returns revocations in Redis. ttl is the life of access
// tokens; what was revoked longer ago is forgotten.
func NewRedisRevocations(client redis.Cmdable, ttl time.Duration) *RedisRevocations {
	return &RedisRevocations{client: client, ttl: ttl + leeway}
}

// Revoke ends sessions. From then on every service refuses their tokens.
func (r *RedisRevocations) Revoke(ctx context.Context, sessionIDs ...string) error {
	if len(sessionIDs) == 0 {
		return nil
	}
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range sessionIDs {
			p.Set(ctx, revokedPrefix+id, "1", r.ttl)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("revoke %d sessions in Redis: %w", len(sessionIDs), err)
	}
	return nil
}

// Revoked implements Revocations. Its error is always nil.
func (r *RedisRevocations) Revoked(ctx context.Context, sessionID string) (bool, error) {
	lookup, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	n, err := r.client.Exists(lookup, revokedPrefix+sessionID).Result()
	if err != nil {
		// A caller who hung up says nothing about Redis.
		if ctx.Err() == nil && r.down.CompareAndSwap(false, true) {
			slog.ErrorContext(ctx, "Redis does not answer: ended sessions stay usable until their tokens expire", "error", err)
		}
		return false, nil
	}
	if r.down.CompareAndSwap(true, false) {
		slog.InfoContext(ctx, "Redis answers again: ended sessions are refused at once")
	}
	return n > 0, nil
}
