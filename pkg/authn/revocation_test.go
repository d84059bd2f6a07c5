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

// ended reports whether revocations know that a session has ended.
func ended(t *testing.T, r authn.Revocations, session string) bool {
	t.Helper()
	s, err := r.Standing(t.Context(), authn.Caller{UserID: "u", WorkspaceID: "w", SessionID: session})
	require.NoError(t, err)
	return s.Ended
}

func TestRevocations_EndASessionAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	auth := authn.NewRedisRevocations(client, time.Minute)
	other := verifier(t, func(o *authn.Options) { o.Revocations = authn.NewRedisRevocations(client, time.Minute) })
	token := good(time.Now()).sign(t)

	_, err := other.Verify(t.Context(), authn.Credential{Token: token})
	require.NoError(t, err)
	require.NoError(t, auth.Revoke(t.Context(), "sid-1", "sid-2"))
	_, err = other.Verify(t.Context(), authn.Credential{Token: token})
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
}

func TestRevocations_AreForgottenWhenNoTokenCanBeLeft(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Hour)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))

	server.FastForward(time.Hour)
	require.True(t, ended(t, r, "sid-1"), "the leeway of clocks counts")
	server.FastForward(time.Minute)
	require.False(t, ended(t, r, "sid-1"))
}

func TestRevocations_LetCallsThroughWhileRedisIsDown(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))

	server.SetError("LOADING")
	require.False(t, ended(t, r, "sid-1"))
	require.Error(t, r.Revoke(t.Context(), "sid-2"), "the one who revokes is told")

	server.SetError("")
	require.True(t, ended(t, r, "sid-1"))
}

// noRevocations is a Revocations that fails closed.
type noRevocations struct{}

func (noRevocations) Standing(context.Context, authn.Caller) (authn.Standing, error) {
	return authn.Standing{}, errors.New("cannot tell")
}

func TestVerify_FailsClosedWhenRevocationsSaySo(t *testing.T) {
	t.Parallel()
	v := verifier(t, func(o *authn.Options) { o.Revocations = noRevocations{} })
	_, err := v.Verify(t.Context(), authn.Credential{Token: good(time.Now()).sign(t)})
	require.ErrorIs(t, err, errs.Unavailable)
}
