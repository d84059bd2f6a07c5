// Package redisx opens the fleet's Redis. Redis holds nothing that cannot be
// lost: caches, limits and wake-ups. So a service starts and works without it,
// and its absence costs speed, not data.
package redisx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The limits of a call to Redis. They are short: whoever asks has another way.
const (
	dialTimeout = time.Second
	callTimeout = time.Second
	pingTimeout = 2 * time.Second
)

// Open returns a client for url ("redis://…", "rediss://…" with TLS). A malformed
// URL and a server that refuses us (a wrong password) are errors: someone made a
// mistake. A server that cannot be reached is only logged: the client connects
// when it is there. Close the client when done.
func Open(ctx context.Context, url string) (*redis.Client, error) {
	opts, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("REDIS_URL must look like redis://[:password@]host:port/0") // the cause may show the password
	}
	opts.DialTimeout = dialTimeout
	opts.ReadTimeout, opts.WriteTimeout = callTimeout, callTimeout
	opts.ContextTimeoutEnabled = true
	opts.MaxRetries = 1

	client := redis.NewClient(opts)
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	err = client.Ping(ctx).Err()
	switch {
	case err == nil:
		return client, nil
	case refused(err):
		return nil, errors.Join(fmt.Errorf("REDIS_URL: the server refuses us: %w", err), client.Close())
	default:
		slog.WarnContext(ctx, "Redis cannot be reached, going on without it", "addr", opts.Addr, "error", err)
		return client, nil
	}
}

// refused tells an answer of a server from the lack of one. LOADING is an answer,
// too, but says that it will be there soon.
func refused(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer) && !strings.HasPrefix(answer.Error(), "LOADING")
}
