// Package redistest gives each test a Redis of its own: one inside the process, or
// with REDIS_URL an empty database of that server, so that one suite runs on both.
package redistest

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/redisx/redislocal"
)

const (
	// databases is how many a Redis server has when nobody changed it; number 0
	// is where the claims of the others are kept.
	databases = 16
	// claimTime is how long a killed test keeps its database from others.
	claimTime = 15 * time.Minute
	// claimInterval is the pause between two looks for a free database.
	claimInterval = 50 * time.Millisecond
)

// New returns a client on an empty Redis that no other test uses. Channels are the
// exception: with REDIS_URL they are shared by the whole server.
func New(t testing.TB) *redis.Client {
	t.Helper()
	client, err := redisx.Open(t.Context(), URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// URL is [New] for tests that connect by themselves.
func URL(t testing.TB) string {
	t.Helper()
	if shared := os.Getenv("REDIS_URL"); shared != "" {
		return claim(t, shared)
	}
	server, err := redislocal.Start()
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server.URL()
}

// claim takes an empty database of a shared server until the test ends. One that
// holds anything is left alone: it is somebody's.
func claim(t testing.TB, shared string) string {
	t.Helper()
	opts, err := redis.ParseURL(shared)
	require.NoError(t, err)
	opts.DB = 0
	claims := redis.NewClient(opts)
	t.Cleanup(func() { _ = claims.Close() })

	ticker := time.NewTicker(claimInterval)
	defer ticker.Stop()
	for {
		for n := 1; n < databases; n++ {
			if try(t, claims, *opts, n) {
				opts.DB = n
				return urlOf(opts)
			}
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatal("redistest: no database of REDIS_URL became free")
		}
	}
}

// try claims one database and arranges that it is emptied at the end.
func try(t testing.TB, claims *redis.Client, opts redis.Options, n int) bool {
	t.Helper()
	key := "researcherpro:test:database:" + strconv.Itoa(n)
	free, err := claims.SetNX(t.Context(), key, t.Name(), claimTime).Result()
	require.NoError(t, err)
	if !free {
		return false
	}
	opts.DB = n
	client := redis.NewClient(&opts)
	size, err := client.DBSize(t.Context()).Result()
	require.NoError(t, err)
	release := func(flush bool) {
		ctx := context.WithoutCancel(t.Context()) // at cleanup the test's own has ended
		if flush {
			_ = client.FlushDB(ctx).Err()
		}
		_ = claims.Del(ctx, key).Err()
		_ = client.Close()
	}
	if size > 0 {
		release(false)
		return false
	}
	t.Cleanup(func() { release(true) })
	return true
}
