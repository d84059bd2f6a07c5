// Package cache keeps what is expensive to make in Redis, and lets it be made once at
// a time over all replicas.
//
// [Cache.Lead] gives the value, or the lead: the task to make it and Put it. The lead
// is a lock with a short life that is renewed while its holder lives, so whoever dies
// frees it within seconds. All others who ask meanwhile wait for the value; if it does
// not come, because the leader failed, one of them leads next.
//
// Redis holds nothing that cannot be lost: while it does not answer nothing is found,
// everybody leads, and nothing is kept.
package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// defaultLease is how long a leader that died keeps the others waiting.
	defaultLease = 6 * time.Second
	// firstPause and longestPause are between two looks of those who wait.
	firstPause   = 20 * time.Millisecond
	longestPause = 250 * time.Millisecond
)

// Cache keeps values under keys. It is safe for concurrent use.
type Cache struct {
	redis redis.UniversalClient
	cfg   Config
}

// Config is how a Cache keeps.
type Config struct {
	// Prefix begins all keys in Redis.
	Prefix string
	// TTL is how long a value is kept; zero: nothing is kept, and nobody waits.
	TTL time.Duration
	// Lease is how long a leader that died keeps the others waiting; 6 seconds if zero.
	Lease time.Duration
}

// New returns a cache in Redis.
func New(client redis.UniversalClient, cfg Config) *Cache {
	if cfg.Lease <= 0 {
		cfg.Lease = defaultLease
	}
	return &Cache{redis: client, cfg: cfg}
}

// Lead is the task to make a value. End it, whether or not the value was Put.
type Lead struct {
	cache *Cache
	key   string
	token string // empty: without Redis there is no lock
	stop  context.CancelFunc
	done  chan struct{}
}

// Lead returns the value of a key, or, if there is none, the lead; while somebody else
// has that it waits. The error is the end of ctx.
func (c *Cache) Lead(ctx context.Context, key string) ([]byte, *Lead, error) {
	if c.cfg.TTL <= 0 {
		return nil, &Lead{cache: c}, ctx.Err()
	}
	token := rand.Text()
	wait := time.NewTimer(0)
	defer wait.Stop()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-wait.C:
		}
		value, leads, err := c.look(ctx, key, token)
		switch {
		case ctx.Err() != nil:
			c.free(ctx, key, token) // it may have been taken, and nobody heard of it
			return nil, nil, ctx.Err()
		case err != nil:
			slog.WarnContext(ctx, "the cache is not used: Redis does not answer", "error", err)
			return nil, &Lead{cache: c}, nil
		case value != nil:
			return value, nil, nil
		case leads:
			return nil, c.lead(ctx, key, token), nil
		}
		wait.Reset(pause)
	}
}

// lookScript returns the value, or takes the lock if nobody has it. KEYS: the value,
// the lock.
var lookScript = redis.NewScript(`
local value = redis.call('GET', KEYS[1])
if value then return {value, 0} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'', 1} end
return {'', 0}`)

// look looks once for the value, and else whether there is a leader.
func (c *Cache) look(ctx context.Context, key, token string) (value []byte, leads bool, err error) {
	reply, err := lookScript.Run(ctx, c.redis, c.keys(key), token, c.cfg.Lease.Milliseconds()).Slice()
	if err != nil {
		return nil, false, err
	}
	if len(reply) != 2 {
		return nil, false, errors.New("the script of the cache answered something else")
	}
	text, _ := reply[0].(string)
	if got, _ := reply[1].(int64); got == 1 {
		return nil, true, nil
	}
	if text == "" {
		return nil, false, nil
	}
	return []byte(text), false, nil
}

// keys are the keys in Redis of one key, in one slot of a cluster.
func (c *Cache) keys(key string) []string {
	base := c.cfg.Prefix + "{" + key + "}"
	return []string{base, base + ":lead"}
}

// lead keeps the lock until End.
func (c *Cache) lead(ctx context.Context, key, token string) *Lead {
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Lead{cache: c, key: key, token: token, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		tick := time.NewTicker(c.cfg.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-renewing.Done():
				return
			case <-tick.C:
				_ = renewScript.Run(renewing, c.redis, c.keys(key)[1:], token, c.cfg.Lease.Milliseconds()).Err() // the next one may succeed
			}
		}
	}()
	return l
}

// renewScript makes a lock last again, and freeScript frees it, if it still is the
// holder's.
var (
	renewScript = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`)
	freeScript  = redis.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
)

func (c *Cache) free(ctx context.Context, key, token string) {
	_ = freeScript.Run(context.WithoutCancel(ctx), c.redis, c.keys(key)[1:], token).Err() // it expires anyway
}

// End gives the lead up, so that who waits goes on. It works after the end of ctx, too.
func (l *Lead) End(ctx context.Context) {
	if l.token == "" {
		return
	}
	l.stop()
	<-l.done
	l.cache.free(ctx, l.key, l.token)
}

// Put keeps a value, which must not be empty, in place of the one that is there.
func (c *Cache) Put(ctx context.Context, key string, value []byte) {
	if c.cfg.TTL <= 0 {
		return
	}
	if err := c.redis.Set(context.WithoutCancel(ctx), c.keys(key)[0], value, c.cfg.TTL).Err(); err != nil {
		slog.WarnContext(ctx, "a value is not kept: Redis does not answer", "error", err)
	}
}

// forgetAtOnce is how many keys are looked at in one request.
const forgetAtOnce = 1000

// Forget drops all values whose keys begin so. The beginning holds no character that
// stands for others in a pattern of Redis.
func (c *Cache) Forget(ctx context.Context, beginning string) error {
	keys := c.redis.Scan(ctx, 0, c.cfg.Prefix+"{"+beginning+"*", forgetAtOnce).Iterator()
	for keys.Next(ctx) {
		if err := c.redis.Del(ctx, keys.Val()).Err(); err != nil {
			return fmt.Errorf("forget what is cached: %w", err)
		}
	}
	if err := keys.Err(); err != nil {
		return fmt.Errorf("look for what is cached: %w", err)
	}
	return nil
}
