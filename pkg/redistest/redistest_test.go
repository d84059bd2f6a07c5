package redistest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redistest"
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
