package redisx_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/redisx/redislocal"
)

// start runs a server that is closed when the test ends.
func start(t *testing.T) *redislocal.Server {
	t.Helper()
	server, err := redislocal.Start()
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}

func TestOpen_ConnectsToALocalServer(t *testing.T) {
	t.Parallel()
	client, err := redisx.Open(t.Context(), start(t).URL())
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.Set(t.Context(), "k", "v", 0).Err())
	require.Equal(t, "v", client.Get(t.Context(), "k").Val())
}

func TestOpen_FailsOnAMistakeOnly(t *testing.T) {
	t.Parallel()
	wrong, err := url.Parse(start(t).URL())
	require.NoError(t, err)
	wrong.User = url.UserPassword("", "wrong")
	tests := map[string]struct {
		url   string
		error string // "" for none
	}{
		"no URL":                   {"localhost:6379", "REDIS_URL must look like"},
		"a wrong password":         {wrong.String(), "refuses us"},
		"a server that is not up":  {"redis://127.0.0.1:1", ""},
		"a password in a bad URL":  {"redis://:hunter2@[", "REDIS_URL must look like"},
		"a database out of bounds": {"redis://localhost/x", "REDIS_URL must look like"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := redisx.Open(t.Context(), tc.url)
			if tc.error != "" {
				require.ErrorContains(t, err, tc.error)
				require.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			require.Error(t, client.Ping(t.Context()).Err())
			require.NoError(t, client.Close())
		})
	}
}

func TestLocal_KeysExpire(t *testing.T) {
	t.Parallel()
	client, err := redisx.Open(t.Context(), start(t).URL())
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.Set(t.Context(), "k", "v", 150*time.Millisecond).Err())
	require.Eventually(t, func() bool { return errors.Is(client.Get(t.Context(), "k").Err(), redis.Nil) }, 10*time.Second, 20*time.Millisecond)
}
