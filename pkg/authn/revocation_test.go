package authn_test

import (
	"context"
	"errors"
	"sync/atomic"
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
	r, c := authn.NewRedisRevocations(client, time.Minute), &clock{now: time.Now()}
	r.SetClock(c.Now)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))

	server.SetError("LOADING")
	require.False(t, ended(t, r, "sid-1"))
	require.Error(t, r.Revoke(t.Context(), "sid-2"), "the one who revokes is told")

	server.SetError("")
	c.add(time.Second)
	require.True(t, ended(t, r, "sid-1"))
	require.True(t, ended(t, r, "sid-1"))
}

func TestRevocations_AskARedisThatDoesNotAnswerOnceASecond(t *testing.T) {
	t.Parallel()
	server, client := newRedis(t)
	r, c := authn.NewRedisRevocations(client, time.Minute), &clock{now: time.Now()}
	r.SetClock(c.Now)
	server.SetError("LOADING")
	require.False(t, ended(t, r, "sid-1"))
	asked := &counter{}
	client.AddHook(asked)
	for range 100 {
		require.False(t, ended(t, r, "sid-1"))
	}
	require.Zero(t, asked.n.Load(), "nobody waits for it")
	c.add(time.Second)
	for range 100 {
		require.False(t, ended(t, r, "sid-1"))
	}
	require.EqualValues(t, 1, asked.n.Load(), "one call looks whether it is back")
}

// counter is a redis.Hook that counts commands.
type counter struct{ n atomic.Int32 }

// DialHook, ProcessHook and ProcessPipelineHook implement redis.Hook.
func (c *counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestRevocations_ACallerWhoHangsUpDoesNotMakeRedisLookDown(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.Revoke(t.Context(), "sid-1"))
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	_, err := r.Standing(gone, authn.Caller{SessionID: "sid-1"})
	require.NoError(t, err)
	require.True(t, ended(t, r, "sid-1"))
}

func TestRevocations_TellTheNewestChangeOfAMembership(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.ChangeMemberships(t.Context(),
		authn.Membership{WorkspaceID: "w1", UserID: "u", Version: 7}, authn.Membership{WorkspaceID: "w2", UserID: "u", Version: 9}))
	require.NoError(t, r.ChangeMemberships(t.Context()), "no change at all")
	for workspace, version := range map[string]int64{"w1": 7, "w2": 9, "w3": 0} {
		s, err := r.Standing(t.Context(), authn.Caller{UserID: "u", WorkspaceID: workspace, SessionID: "s"})
		require.NoError(t, err)
		require.Equal(t, authn.Standing{Membership: version}, s, workspace)
	}
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
