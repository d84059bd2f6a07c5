package authn

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// revokedPrefix starts the Redis keys of ended sessions and API keys.
	revokedPrefix = "revoked:"
	// membershipPrefix starts the Redis keys of changed memberships.
	membershipPrefix = "membership:"
	// changesChannel is where the subject of each change is published.
	changesChannel = "authn:changes"
	// completeKey is there as long as Redis has all that was written to it.
	completeKey = "authn:complete"
	// lookupTimeout bounds a look-up, for which every call waits, so that a
	// Redis that hangs slows the fleet down but does not stop it.
	lookupTimeout = 250 * time.Millisecond
	// probeInterval is the time between two look-ups while Redis does not answer,
	// so that not every call waits for it in vain.
	probeInterval = time.Second
)

// Standing is what has changed about a caller since the credential was made.
type Standing struct {
	// Ended says that the session or the API key was ended.
	Ended bool
	// Membership is the version of the last change of the user's membership in
	// the workspace, 0 for none.
	Membership int64
}

// Revocations tell whether a session, a key or a role was ended before its
// credential expires. An error refuses the call with errs.Unavailable; an
// implementation that would rather let calls through returns a zero Standing.
type Revocations interface {
	Standing(ctx context.Context, c Caller) (Standing, error)
}

// Membership is a change of a user's membership in a workspace: another role, or
// its end.
type Membership struct {
	WorkspaceID, UserID string
	// Version is greater than that of any earlier change.
	Version int64
}

// RedisRevocations keeps in Redis, where every service sees it at once, what has
// ended, for as long as a credential or a cached answer could still say otherwise.
//
// When Redis does not answer it lets calls through: tokens are short-lived, and
// refusing everyone because a cache is down would be the greater harm. It says
// so in the log once, and once more when Redis is back.
type RedisRevocations struct {
	client redis.Cmdable
	reads  gather
	ttl    time.Duration
	now    func() time.Time
	// probe is when to look again, in Unix nanoseconds; 0 while Redis answers.
	probe atomic.Int64
}

var _ Revocations = (*RedisRevocations)(nil)

// NewRedisRevocations returns revocations in Redis. ttl is the life of access
// tokens.
func NewRedisRevocations(client redis.Cmdable, ttl time.Duration) *RedisRevocations {
	return &RedisRevocations{client: client, reads: gather{client: client}, ttl: max(ttl, staleFor) + leeway, now: time.Now}
}

// Revoke ends sessions and API keys. From then on every service refuses them.
func (r *RedisRevocations) Revoke(ctx context.Context, ids ...string) error {
	changes := make(map[string]any, len(ids))
	for _, id := range ids {
		changes[revokedPrefix+id] = "1"
	}
	return r.set(ctx, changes)
}

// ChangeMemberships tells that memberships have changed. From then on every
// service looks the caller's role up again.
func (r *RedisRevocations) ChangeMemberships(ctx context.Context, changed ...Membership) error {
	changes := make(map[string]any, len(changed))
	for _, m := range changed {
		changes[membershipKey(m.WorkspaceID, m.UserID)] = m.Version
	}
	return r.set(ctx, changes)
}

// Life is how long what has ended is kept.
func (r *RedisRevocations) Life() time.Duration { return r.ttl }

// Complete reports whether Redis has lost nothing since MarkComplete. False means
// that what has ended within Life is to be told again.
func (r *RedisRevocations) Complete(ctx context.Context) (bool, error) {
	n, err := r.client.Exists(ctx, completeKey).Result()
	if err != nil {
		return false, fmt.Errorf("ask Redis whether it has lost anything: %w", err)
	}
	return n > 0, nil
}

// MarkComplete says that Redis has been told all that has ended.
func (r *RedisRevocations) MarkComplete(ctx context.Context) error {
	if err := r.client.Set(ctx, completeKey, "1", 0).Err(); err != nil {
		return fmt.Errorf("mark that Redis has lost nothing: %w", err)
	}
	return nil
}

// set writes changes and tells of them.
func (r *RedisRevocations) set(ctx context.Context, changes map[string]any) error {
	if len(changes) == 0 {
		return nil
	}
	_, err := r.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for key, value := range changes {
			p.Set(ctx, key, value, r.ttl)
		}
		for key := range changes { // after all are set: who hears of one looks
			p.Publish(ctx, changesChannel, key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell Redis of %d revocations: %w", len(changes), err)
	}
	return nil
}

// Standing implements Revocations. Its error is always nil.
func (r *RedisRevocations) Standing(ctx context.Context, c Caller) (Standing, error) {
	if !r.mayAsk() {
		return Standing{}, nil
	}
	values, err := r.reads.get(ctx, subjects(c)...)
	if err != nil {
		if ctx.Err() == nil { // a caller who hung up says nothing about Redis
			r.failed(ctx, err)
		}
		return Standing{}, nil
	}
	if r.probe.Swap(0) != 0 {
		slog.InfoContext(ctx, "Redis answers again: ended sessions are refused at once")
	}
	version, _ := values[1].(string)
	membership, _ := strconv.ParseInt(version, 10, 64) // 0 when there is none
	return Standing{Ended: values[0] != nil, Membership: membership}, nil
}

// mayAsk reports whether to look up: always while Redis answers, and for one call
// a second while it does not.
func (r *RedisRevocations) mayAsk() bool {
	at := r.probe.Load()
	now := r.now()
	if at == 0 {
		return true
	}
	return now.UnixNano() >= at && r.probe.CompareAndSwap(at, now.Add(probeInterval).UnixNano())
}

// failed remembers that Redis did not answer, and says so the first time.
func (r *RedisRevocations) failed(ctx context.Context, err error) {
	if r.probe.Swap(r.now().Add(probeInterval).UnixNano()) == 0 {
		slog.ErrorContext(ctx, "Redis does not answer: ended sessions stay usable until their tokens expire", "error", err)
	}
}

// subjects are the Redis keys that tell of changes to a caller: the credential,
// then the membership.
func subjects(c Caller) []string {
	return []string{revokedPrefix + c.CredentialID(), membershipKey(c.WorkspaceID, c.UserID)}
}

func membershipKey(workspaceID, userID string) string {
	return membershipPrefix + workspaceID + ":" + userID
}
