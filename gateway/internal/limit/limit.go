// Package limit keeps one client from taking more than its share of the edge: so
// many requests of a class in a minute, for each user or API key, and for each
// address of those who are nobody yet. The counts are in Redis, so they are one for
// all replicas.
//
// A request does not cost a call to Redis: a replica takes small batches of what a
// client is granted and spends them by itself. All that is spent was taken from the
// one count before, and what is not spent within a second is thrown away. So the
// fleet never admits more than the limit and one batch for each replica; it may
// refuse a client that changes between replicas by as much too early. A batch begins
// with one, doubles while it is used up, and is at most a fiftieth of the limit, so
// limits below 100 a minute are exact.
//
// The count is kept by the generic cell rate algorithm: one time for each client, at
// which its quota is whole again. redis_rate does the same, but loses fractions of
// what it grants at most, and trusts the form of every reply.
package limit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// window is the time that limits are for.
	window = time.Minute
	// maxPerMinute keeps the time of one request well above the clock's microsecond.
	maxPerMinute = 1_000_000
	// maxClients is how many clients a replica remembers; who is forgotten has only
	// the rest of a batch to lose.
	maxClients = 1 << 16
	// askTimeout is how long Redis may take. It is short: a request waits for it.
	askTimeout = 100 * time.Millisecond
	// pause is how long Redis is left alone after it did not answer.
	pause = time.Second
)

// The ways to go on while Redis is away.
const (
	// Local lets each replica count by itself.
	Local = "local"
	// Open lets everything through.
	Open = "open"
	// Closed refuses every request that has a limit.
	Closed = "closed"
)

// Options say what the limits are.
type Options struct {
	// PerMinute is how many requests of a class a client has each minute; a class
	// that is missing or 0 has no limit.
	PerMinute map[Class]int
	// WithoutRedis is Local, Open or Closed; "" is Local.
	WithoutRedis string
	// Now is the clock of batches and of what is counted here; nil is time.Now.
	Now func() time.Time
}

// Limiter counts requests.
type Limiter struct {
	opts    Options
	redis   *redis.Client
	clients *lru.Cache[client, *lease]
	// awayUntil is when Redis is asked again, in Unix nanoseconds.
	awayUntil atomic.Int64
}

// client is who a count is of.
type client struct {
	class Class
	who   string
}

// Verdict is what became of a request, and how much the client has left.
type Verdict struct {
	// Allowed says that the request may go on.
	Allowed bool
	// Limit is how many requests the client has each minute; 0 means no limit.
	Limit int
	// Left is how many it has now, as far as this replica knows.
	Left int
	// Reset is when it has all of them again.
	Reset time.Duration
	// Retry is when the next one is allowed, after a refusal.
	Retry time.Duration
}

// New returns a limiter. The client of Redis stays the caller's to close; without
// one, every replica counts by itself.
func New(client *redis.Client, opts Options) (*Limiter, error) {
	switch opts.WithoutRedis {
	case "":
		opts.WithoutRedis = Local
	case Local, Open, Closed:
	default:
		return nil, fmt.Errorf("%q is not %s, %s or %s", opts.WithoutRedis, Local, Open, Closed)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	for class, n := range opts.PerMinute {
		if n < 0 || n > maxPerMinute {
			return nil, fmt.Errorf("the limit of %s is %d, it must be 0 to %d", class, n, maxPerMinute)
		}
	}
	leases, err := newLeases()
	if err != nil {
		return nil, err
	}
	return &Limiter{opts: opts, redis: client, clients: leases}, nil
}

func newLeases() (*lru.Cache[client, *lease], error) {
	leases, err := lru.New[client, *lease](maxClients)
	if err != nil {
		return nil, fmt.Errorf("make room for clients: %w", err)
	}
	return leases, nil
}

// errClosed refuses while nothing can be counted and nothing may go on uncounted.
var errClosed = errs.Later(errs.Unavailable, "LIMITS_UNAVAILABLE", "requests cannot be counted at the moment, try again", pause)

// Take counts a request of a client. The error is one for the client, and only
// comes when it is configured that nothing goes on without Redis.
func (l *Limiter) Take(ctx context.Context, class Class, who string) (Verdict, error) {
	limit := l.opts.PerMinute[class]
	if limit == 0 {
		return Verdict{Allowed: true}, nil
	}
	one := l.lease(client{class, who})
	one.mu.Lock()
	defer one.mu.Unlock()
	now := l.opts.Now()
	if v, ok := one.spend(now, limit); ok {
		return v, nil
	}
	granted, err := l.ask(ctx, class.key(who), one.want(now, limit), limit)
	switch {
	case err == nil:
		return one.renew(now, limit, granted), nil
	case l.opts.WithoutRedis == Closed:
		return Verdict{}, errClosed
	case l.opts.WithoutRedis == Open:
		return Verdict{Allowed: true}, nil
	default:
		return one.alone(now, limit), nil
	}
}

// Blocked reports whether a client is known here to have nothing left, and for how
// long. It counts nothing and asks nobody.
func (l *Limiter) Blocked(class Class, who string) (Verdict, bool) {
	one, ok := l.clients.Get(client{class, who})
	if !ok {
		return Verdict{}, false
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.refused(l.opts.Now(), l.opts.PerMinute[class])
}

// lease returns what this replica knows of a client.
func (l *Limiter) lease(c client) *lease {
	if one, ok := l.clients.Get(c); ok {
		return one
	}
	fresh := &lease{}
	if known, ok, _ := l.clients.PeekOrAdd(c, fresh); ok {
		return known // somebody was faster
	}
	return fresh
}

// errAway means that Redis was not asked, because it did not answer just now.
var errAway = errors.New("redis is away")

// ask takes up to want requests from the count in Redis.
func (l *Limiter) ask(ctx context.Context, key string, want, limit int) (grant, error) {
	now := time.Now()
	if l.redis == nil || now.UnixNano() < l.awayUntil.Load() {
		return grant{}, errAway
	}
	// Not the request's own time: a client that went away must not look like Redis
	// that did.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
	defer cancel()
	granted, err := take(bounded, l.redis, key, want, limit)
	if err == nil {
		return granted, nil
	}
	if was := l.awayUntil.Swap(now.Add(pause).UnixNano()); now.UnixNano()-was > int64(2*pause) {
		slog.WarnContext(ctx, "limits are not shared, Redis does not answer", "instead", l.opts.WithoutRedis, "error", err)
	}
	return grant{}, err
}
