// Package governor keeps all replicas together within the limits of somebody else:
// so many requests in a time, so many at once, so much rest between two. It is kept
// in Redis, one state for each key, and read and changed by one script at a time, so
// that the limit is that of the fleet and not of a process.
//
// Nobody waits inside. Acquire answers at once: with a Permit, or with a *Wait that
// says when to come again. Whoever comes again with the same ticket keeps its place
// in the line, so that requests go out in the order in which they were first asked
// for, whoever works them. A turn is kept for a second after the time that was told,
// twice as long after each time it was missed; then those behind may pass, so that a
// line goes on when its first is dead, and nobody starves who is merely slow. What
// counts is always when a request really goes: a latecomer waits for the limit like
// the others, and never goes too close to the one before.
//
// The rate is a token bucket, computed as GCRA (ITU-T I.371, as in go-redis/redis_rate),
// whose tokens come a little slower than the rate, by as much as a burst may take: so
// no window of time holds more than the limit, wherever it begins. That holds for
// weights up to the burst.
//
// Permit.Done says how it went. Failures in a row open the circuit: nobody goes for
// ten seconds, then one, and if that fails, too, nobody for twenty, up to five minutes.
// What a server says about its limits is obeyed by all replicas at once.
//
// The time is that of Redis, so clocks of replicas do not matter. Without Redis, strict
// limits let nothing through; others are kept by each process, with its share of them.
// Every key expires by itself.
package governor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// answerTime is how long Redis may take.
	answerTime = time.Second
	// blindTime is how long Redis is not asked again after it did not answer, so
	// that not every request waits for it.
	blindTime = time.Second
	// defaultLease is how long a permit lives when nobody says: what a process took
	// that was killed is free again before it is back.
	defaultLease = 6 * time.Second
)

// ErrUnchecked says that a strict limit could not be checked, because Redis did not
// answer: nothing may go.
var ErrUnchecked = errors.New("governor: the limits cannot be checked")

// Config is what a Governor needs to know of its process.
type Config struct {
	// Prefix begins all keys in Redis, "governor:" if empty.
	Prefix string
	// Replicas is by how many processes limits are shared while Redis is away; less
	// than one is one.
	Replicas int
	// Now is the clock for what is kept in the process while Redis is away; nil is
	// time.Now.
	Now func() time.Time
}

// Governor hands out permits. It is safe for concurrent use.
type Governor struct {
	redis  redis.UniversalClient
	config Config
	local  *local
	blind  atomic.Int64 // until when Redis is not asked, in Unix nanoseconds; 0 while it answers
}

// New returns a governor that keeps its state in Redis.
func New(client redis.UniversalClient, config Config) *Governor {
	if config.Prefix == "" {
		config.Prefix = "governor:"
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	config.Replicas = max(config.Replicas, 1)
	return &Governor{redis: client, config: config, local: newLocal(config.Now)}
}

// Ask is what somebody wants to do.
type Ask struct {
	// Key is what is limited: an API and an account there, a host. It is not secret.
	Key string
	// Limit is the limit of the key. All who share a key should name the same.
	Limit Limit
	// Ticket names who asks, the same each time until it is let through. Without one
	// it has no place in the line. One ticket asks for one thing at a time.
	Ticket string
	// Weight is how much of the rate it takes; less than one is one.
	Weight int
	// Lease is after which time the permit counts as given back, because its process
	// must have died; six seconds if zero. It is longer than the work may take, or the
	// permit is kept (Permit.Keep).
	Lease time.Duration
}

// Reason is why somebody has to wait.
type Reason int

// The reasons.
const (
	// Turn: others come first, or the limit is used up for the moment.
	Turn Reason = iota
	// Hold: the other side asked for a pause.
	Hold
	// Open: it failed too often, the circuit is open.
	Open
)

// Wait says that there is no permit yet. It is an error only in form.
type Wait struct {
	// After is when to ask again. The turn may come later than that, never sooner.
	After time.Duration
	// Why says what is waited for.
	Why Reason
}

// Error implements error.
func (w *Wait) Error() string { return fmt.Sprintf("governor: not before %s", w.After) }

// Acquire asks for a permit. The error is a *Wait, ErrUnchecked, a mistake in the
// Ask, or the end of ctx. Whoever gets a permit calls its Done.
func (g *Governor) Acquire(ctx context.Context, ask Ask) (*Permit, error) {
	ask.Weight = max(ask.Weight, 1)
	if ask.Lease <= 0 {
		ask.Lease = defaultLease
	}
	if err := errors.Join(ctx.Err(), ask.check()); err != nil {
		return nil, err
	}
	permit := &Permit{governor: g, key: ask.Key, limit: ask.Limit, weight: ask.Weight, lease: ask.Lease, id: rand.Text()}
	reply, err := g.run(ctx, acquireScript, g.keys(ask.Key), acquireArgs(ask, permit.id)...)
	switch {
	case err != nil && ctx.Err() != nil:
		permit.Done(ctx, Report{Outcome: Unsent}) // it may have been given, and nobody heard of it
		return nil, ctx.Err()
	case err != nil && ask.Limit.Strict:
		return nil, fmt.Errorf("%w: %w", ErrUnchecked, err)
	case err != nil:
		return g.local.acquire(permit, ask.Limit.share(g.config.Replicas))
	case len(reply) != 3:
		return nil, fmt.Errorf("governor: the script answered %v", reply)
	case reply[0] != granted:
		return nil, &Wait{After: ceil(reply[1]), Why: Reason(reply[0] - waiting)}
	}
	permit.began, permit.cost = reply[1], reply[2]
	return permit, nil
}

// Leave gives up the place of a ticket, for work that will not be done. Without it
// the others go on a second after the ticket's time.
func (g *Governor) Leave(ctx context.Context, key, ticket string) {
	if ticket == "" {
		return
	}
	keys := g.keys(key)
	_, _ = g.run(context.WithoutCancel(ctx), leaveScript, keys[2:], ticket) // it lapses anyway
}

// run runs a script and returns the numbers that it answers with. Redis is left
// alone for a moment after it did not answer.
func (g *Governor) run(ctx context.Context, script *redis.Script, keys []string, args ...any) ([]int64, error) {
	if until := g.blind.Load(); until > g.config.Now().UnixNano() {
		return nil, errors.New("redis did not answer just now")
	}
	ask, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	reply, err := script.Run(ask, g.redis, keys, args...).Int64Slice()
	if ctx.Err() == nil { // else the caller went away, which says nothing about Redis
		g.note(ctx, err)
	}
	return reply, err
}

// note remembers whether Redis answered, and logs when that changes.
func (g *Governor) note(ctx context.Context, err error) {
	var until int64
	if err != nil {
		until = g.config.Now().Add(blindTime).UnixNano()
	}
	before := g.blind.Swap(until)
	switch {
	case err != nil && before == 0:
		slog.WarnContext(ctx, "limits are not shared between replicas: Redis does not answer", "error", err)
	case err == nil && before != 0:
		slog.InfoContext(ctx, "limits are shared between replicas again")
	}
}

// keys are the keys in Redis of one key, in one slot of a cluster: its state, the
// permits that are out, the line, and what is known of those in it.
func (g *Governor) keys(key string) []string {
	base := g.config.Prefix + "{" + key + "}"
	return []string{base, base + ":out", base + ":line", base + ":tickets"}
}

// ceil turns microseconds into a duration of whole milliseconds, so that nobody
// comes a hair too early.
func ceil(micros int64) time.Duration {
	return time.Duration((micros+999)/1000) * time.Millisecond
}
