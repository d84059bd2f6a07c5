package redistest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/redisx/redislocal"
)

func TestNew_EachTestHasItsOwnKeys(t *testing.T) {
	t.Parallel()
	a, b := redistest.New(t), redistest.New(t)
	require.NoError(t, a.Set(t.Context(), "key", "of a", 0).Err())
	require.ErrorIs(t, b.Get(t.Context(), "key").Err(), redis.Nil)
}

// A shared server is stood in for by one in the process: it has sixteen databases,
// as Redis has.
func TestURL_ClaimsADatabaseOfASharedServer(t *testing.T) {
	server, err := redislocal.Start()
	require.NoError(t, err)
	defer server.Close()
	t.Setenv("REDIS_URL", server.URL())
	opts, err := redis.ParseURL(server.URL())
	require.NoError(t, err)
	opts.DB = 1
	somebodys := redis.NewClient(opts)
	defer somebodys.Close()
	require.NoError(t, somebodys.Set(t.Context(), "precious", "1", 0).Err())

	urls := map[string]bool{}
	t.Run("a test", func(t *testing.T) {
		for range 3 {
			urls[redistest.URL(t)] = true
			require.NoError(t, redistest.New(t).Set(t.Context(), "trash", "1", time.Minute).Err())
		}
		require.Len(t, urls, 3)
	})

	require.NoError(t, somebodys.Get(t.Context(), "precious").Err(), "a database in use must stay as it was")
	for url := range urls {
		opts, err := redis.ParseURL(url)
		require.NoError(t, err)
		require.NotContains(t, []int{0, 1}, opts.DB)
		client := redis.NewClient(opts)
		size, err := client.DBSize(t.Context()).Result()
		require.NoError(t, err)
		require.Zero(t, size, "what a test wrote must be gone")
		require.NoError(t, client.Close())
	}
}

func TestClock_TimePassesOnlyWhenItIsTold(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	client, err := redisx.Open(t.Context(), clock.URL())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	require.NoError(t, client.Set(t.Context(), "k", "v", time.Hour).Err())
	before, err := client.Time(t.Context()).Result()
	require.NoError(t, err)

	clock.Advance(59 * time.Minute)
	require.Equal(t, []string{"k"}, clock.Keys())
	clock.Advance(2 * time.Minute)
	require.Empty(t, clock.Keys())
	after, err := client.Time(t.Context()).Result()
	require.NoError(t, err)
	require.Equal(t, 61*time.Minute, after.Sub(before))

	clock.Stop()
	require.Error(t, client.Ping(t.Context()).Err())
	clock.Start(t)
	require.NoError(t, client.Ping(t.Context()).Err())
}
