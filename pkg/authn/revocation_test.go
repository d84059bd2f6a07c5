package authn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

func newRedis(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return server, client
}

func TestRevocations_EndASessionAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	auth := authn.NewRedisRevocations(client, time.Minute)
	other := verifier(t, func(o *authn.Options) { o.Revocations = authn.NewRedisRevocations(client, time.Minute) })
	token := good(time.Now()).sign(t)

	_, err := other.Verify(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, auth.Revoke(t.Context(), "sid-1", "sid-2"))
	_, err = other.Verify(t.Context(), token)
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
}

func TestRevocations_AreForgottenWhenNoTokenCanBeLeft(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))

	server.FastForward(time.Minute)
	revoked, err := r.Revoked(t.Context(), "sid-1")
	require.NoError(t, err)
	require.True(t, revoked, "the leeway of clocks counts")

	server.FastForward(time.Minute)
	revoked, err = r.Revoked(t.Context(), "sid-1")
	require.NoError(t, err)
	require.False(t, revoked)
}

func TestRevocations_LetCallsThroughWhileRedisIsDown(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))

	server.SetError("LOADING")
	revoked, err := r.Revoked(t.Context(), "sid-1")
	require.NoError(t, err)
	require.False(t, revoked)
	require.Error(t, r.Revoke(t.Context(), "sid-2"), "the one who revokes is told")

	server.SetError("")
	revoked, err = r.Revoked(t.Context(), "sid-1")
	require.NoError(t, err)
	require.True(t, revoked)
}

// noRevocations is a Revocations that fails closed.
type noRevocations struct{}

func (noRevocations) Revoked(context.Context, string) (bool, error) {
	return false, errors.New("cannot tell")
}

func TestVerify_FailsClosedWhenRevocationsSaySo(t *testing.T) {
	t.Parallel()
	v := verifier(t, func(o *authn.Options) { o.Revocations = noRevocations{} })
	_, err := v.Verify(t.Context(), good(time.Now()).sign(t))
	require.ErrorIs(t, err, errs.Unavailable)
}
