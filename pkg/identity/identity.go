// Package identity opens what a process needs to know its callers by itself: the
// verifier of their credentials, and Redis, which says at once what has ended.
package identity

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/redisx"
)

// Config is what the processes of a fleet have in common.
type Config struct {
	// RedisURL is where Redis is, REDIS_URL.
	RedisURL string
	// SecretKey is the fleet's secret, SECRET_KEY.
	SecretKey string
	// Algorithm signs access tokens, ALGORITHM.
	Algorithm string
	// TokenLife is how long an access token is good for. Only who ends sessions
	// needs to know.
	TokenLife time.Duration
}

// Sources are where a process learns who its callers are.
type Sources struct {
	// Keys verify users' access tokens; not asked when Algorithm is HS256.
	Keys authn.KeySource
	// Directory says what tokens do not.
	Directory authn.Directory
}

// Identity is a verifier with what it stands on.
type Identity struct {
	// Verifier knows callers. It is a Watcher, too.
	Verifier *authn.TokenVerifier
	// Redis is the client that the verifier uses; others may.
	Redis *redis.Client

	unwatch func()
}

// Open opens an identity. A Redis that cannot be reached is no error: it is used
// when it is there. A malformed URL, a short secret and an unknown algorithm are.
func Open(ctx context.Context, cfg Config, from Sources) (*Identity, error) {
	client, err := redisx.Open(ctx, cfg.RedisURL)
	if err != nil {
		return nil, err
	}
	watcher := authn.NewRedisWatcher(client)
	i := &Identity{Redis: client, unwatch: listen(ctx, watcher)}
	i.Verifier, err = authn.NewVerifier(authn.Options{
		Secret:      []byte(cfg.SecretKey),
		Algorithm:   cfg.Algorithm,
		Keys:        from.Keys,
		Directory:   from.Directory,
		Watcher:     watcher,
		Revocations: authn.NewRedisRevocations(client, cfg.TokenLife),
	})
	if err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

// Close ends listening and closes Redis.
func (i *Identity) Close() {
	i.unwatch()
	_ = i.Redis.Close() // it only fails when it is closed already
}

// listen lets the watcher listen until stop is called. It outlives ctx, which may
// be that of the start only.
func listen(ctx context.Context, w *authn.RedisWatcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	return func() { cancel(); <-done }
}
