package identity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

// config is that of a fleet in a test, with a Redis.
func config(redisURL string) identity.Config {
	return identity.Config{RedisURL: redisURL, SecretKey: authntest.Secret, Algorithm: authn.HS256, TokenLife: time.Minute}
}

func TestOpen_HearsOfTheEndOfASession(t *testing.T) {
	t.Parallel()
	who, err := identity.Open(t.Context(), config(redistest.URL(t)), identity.Sources{})
	require.NoError(t, err)
	t.Cleanup(who.Close)
	require.Eventually(t, who.Verifier.Hears, 10*time.Second, time.Millisecond)

	caller := authntest.Caller(t, authn.RoleViewer)
	shown := authn.Credential{Token: authntest.Token(t, caller)}
	_, err = who.Verifier.Verify(t.Context(), shown)
	require.NoError(t, err)
	changed := make(chan struct{}, 10)
	defer who.Verifier.Watch(caller, func() { changed <- struct{}{} })()
	require.NoError(t, authn.NewRedisRevocations(who.Redis, time.Minute).Revoke(t.Context(), caller.SessionID))
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		require.Fail(t, "nothing was heard")
	}
	_, err = who.Verifier.Verify(t.Context(), shown)
	require.ErrorIs(t, err, errs.Unauthenticated)
}

//nolint:paralleltest // it counts goroutines
func TestOpen_RefusesABadConfigurationAndLeavesNothingRunning(t *testing.T) {
	redis := redistest.URL(t)
	tests := map[string]struct {
		change func(*identity.Config)
		says   string
	}{
		"a URL that is none":    {func(c *identity.Config) { c.RedisURL = "redis" }, "REDIS_URL"},
		"a short secret":        {func(c *identity.Config) { c.SecretKey = "short" }, "SECRET_KEY"},
		"an unknown algorithm":  {func(c *identity.Config) { c.Algorithm = "none" }, "ALGORITHM"},
		"EdDSA without any key": {func(c *identity.Config) { c.Algorithm = "" }, "public keys"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ignore := goleak.IgnoreCurrent()
			cfg := config(redis)
			tc.change(&cfg)
			_, err := identity.Open(t.Context(), cfg, identity.Sources{})
			require.ErrorContains(t, err, tc.says)
			// miniredis learns a moment later that a connection is gone.
			goleak.VerifyNone(t, ignore)
		})
	}
}
