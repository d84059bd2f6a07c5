package authn_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// gate is a redis.Hook that holds look-ups up and counts them.
type gate struct {
	entered chan struct{}
	open    chan struct{}
}

// DialHook, ProcessHook and ProcessPipelineHook implement redis.Hook.
func (g gate) DialHook(next redis.DialHook) redis.DialHook { return next }

func (g gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "mget" {
			return next(ctx, cmd)
		}
		g.entered <- struct{}{}
		<-g.open
		return next(ctx, cmd)
	}
}

func (g gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestRevocations_CallsThatComeMeanwhileLookUpTogether(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	g := gate{entered: make(chan struct{}, 10), open: make(chan struct{})}
	r := authn.NewRedisRevocations(client, time.Minute)
	require.NoError(t, r.Revoke(t.Context(), "sid-3"))
	client.AddHook(g)

	var asked sync.WaitGroup
	ask := func(n int) {
		asked.Go(func() {
			s, err := r.Standing(t.Context(), authn.Caller{UserID: "u", WorkspaceID: "w", SessionID: fmt.Sprintf("sid-%d", n)})
			require.NoError(t, err)
			require.Equal(t, n == 3, s.Ended, n)
		})
	}
	ask(0)
	<-g.entered // the first is on its way
	for n := range 8 {
		ask(n + 1)
	}
	require.Eventually(t, func() bool { return r.Waiting() == 8 }, 5*time.Second, time.Millisecond)
	close(g.open)
	asked.Wait()
	require.Len(t, g.entered, 1, "the eight that came meanwhile are one look-up")
}

// A look-up that began before a session ended may not see that, so who asks after the
// end must not share in it.
func TestRevocations_WhoAsksAfterAnEndIsToldOfIt(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	other := redis.NewClient(client.Options())
	t.Cleanup(func() { _ = other.Close() })
	auth, r := authn.NewRedisRevocations(other, time.Minute), authn.NewRedisRevocations(client, time.Minute)
	var busy sync.WaitGroup
	done := make(chan struct{})
	for range 16 {
		busy.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_, _ = r.Standing(t.Context(), authn.Caller{SessionID: "another"})
				}
			}
		})
	}
	for n := range 50 {
		session := fmt.Sprintf("sid-%d", n)
		require.False(t, ended(t, r, session))
		require.NoError(t, auth.Revoke(t.Context(), session))
		require.True(t, ended(t, r, session))
	}
	close(done)
	busy.Wait()
}
