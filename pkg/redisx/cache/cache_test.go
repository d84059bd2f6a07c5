package cache_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
)

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	client, err := redisx.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// replicas returns caches of several processes on one Redis.
func replicas(t *testing.T, n int) []*cache.Cache {
	t.Helper()
	url, out := redistest.URL(t), make([]*cache.Cache, n)
	for i := range out {
		out[i] = cache.New(connect(t, url), cache.Config{Prefix: "test:", TTL: time.Hour})
	}
	return out
}

func TestLead_GivesTheValueOrTheLead(t *testing.T) {
	t.Parallel()
	c := replicas(t, 2)
	value, lead, err := c[0].Lead(t.Context(), "key")
	require.NoError(t, err)
	require.Nil(t, value)
	require.NotNil(t, lead)
	c[0].Put(t.Context(), "key", []byte("made"))
	lead.End(t.Context())
	for _, replica := range c {
		value, lead, err = replica.Lead(t.Context(), "key")
		require.NoError(t, err)
		require.Nil(t, lead)
		require.Equal(t, "made", string(value))
	}
	_, lead, err = c[1].Lead(t.Context(), "another")
	require.NoError(t, err)
	require.NotNil(t, lead)
	lead.End(t.Context())
}

// A hundred who ask two replicas for the same at once: one makes it.
func TestLead_IsGivenToOneAtATime(t *testing.T) {
	t.Parallel()
	c := replicas(t, 2)
	var made atomic.Int64
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			value, lead, err := c[i%2].Lead(t.Context(), "key")
			if err != nil {
				t.Error(err)
				return
			}
			if lead == nil {
				if string(value) != "made" {
					t.Errorf("got %q", value)
				}
				return
			}
			defer lead.End(t.Context())
			made.Add(1)
			c[i%2].Put(t.Context(), "key", []byte("made"))
		})
	}
	group.Wait()
	require.Equal(t, int64(1), made.Load())
}

func TestLead_GoesToTheNextWhenTheLeaderFails(t *testing.T) {
	t.Parallel()
	c := replicas(t, 2)
	_, first, err := c[0].Lead(t.Context(), "key")
	require.NoError(t, err)
	next := make(chan *cache.Lead)
	go func() {
		_, lead, _ := c[1].Lead(t.Context(), "key")
		next <- lead
	}()
	select {
	case <-next:
		t.Fatal("there are two leaders")
	case <-time.After(100 * time.Millisecond):
	}
	first.End(t.Context())
	lead := <-next
	require.NotNil(t, lead)
	lead.End(t.Context())
}

func TestLead_OfAProcessThatDiedIsFree(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	client := connect(t, clock.URL())
	c := cache.New(client, cache.Config{Prefix: "test:", TTL: time.Hour})
	require.NoError(t, client.Set(t.Context(), "test:{key}:lead", "a process that was killed", 6*time.Second).Err())
	gone, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, _, err := c.Lead(gone, "key")
	require.ErrorIs(t, err, context.DeadlineExceeded, "it may still be at it")
	clock.Advance(7 * time.Second)
	_, lead, err := c.Lead(t.Context(), "key")
	require.NoError(t, err)
	require.NotNil(t, lead)
	lead.End(t.Context())
	require.Empty(t, clock.Keys())
}

func TestLead_IsKeptWhileItsHolderLives(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t))
	c := cache.New(client, cache.Config{Prefix: "test:", TTL: time.Hour, Lease: 300 * time.Millisecond})
	_, lead, err := c.Lead(t.Context(), "key")
	require.NoError(t, err)
	gone, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _, err = c.Lead(gone, "key")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	lead.End(t.Context())
}

func TestLead_WhoHangsUpLeavesNoLock(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	c := cache.New(connect(t, clock.URL()), cache.Config{Prefix: "test:", TTL: time.Hour})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := c.Lead(gone, "key")
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, clock.Keys())
}

func TestPut_IsForgottenInTime(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	c := cache.New(connect(t, clock.URL()), cache.Config{Prefix: "test:", TTL: time.Hour})
	c.Put(t.Context(), "key", []byte("made"))
	clock.Advance(59 * time.Minute)
	value, _, err := c.Lead(t.Context(), "key")
	require.NoError(t, err)
	require.Equal(t, "made", string(value))
	clock.Advance(2 * time.Minute)
	_, lead, err := c.Lead(t.Context(), "key")
	require.NoError(t, err)
	require.NotNil(t, lead)
	lead.End(t.Context())
}

func TestWithoutRedisNothingIsFoundAndNobodyWaits(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	c := cache.New(connect(t, clock.URL()), cache.Config{Prefix: "test:", TTL: time.Hour})
	clock.Stop()
	for range 2 {
		value, lead, err := c.Lead(t.Context(), "key")
		require.NoError(t, err)
		require.Nil(t, value)
		c.Put(t.Context(), "key", []byte("made"))
		lead.End(t.Context())
	}
	clock.Start(t)
	require.Empty(t, strings.Join(clock.Keys(), " "))
}

func TestWithoutALifeNothingIsKept(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	c := cache.New(connect(t, clock.URL()), cache.Config{Prefix: "test:"})
	for range 2 {
		_, lead, err := c.Lead(t.Context(), "key")
		require.NoError(t, err)
		require.NotNil(t, lead, "nobody waits for another")
		c.Put(t.Context(), "key", []byte("made"))
	}
	require.Empty(t, clock.Keys())
}

func TestForget_DropsWhatBeginsSo(t *testing.T) {
	t.Parallel()
	c := replicas(t, 1)[0]
	for _, key := range []string{"a:1", "a:2", "ab:1", "b:1"} {
		c.Put(t.Context(), key, []byte("made"))
	}
	for range 2 {
		require.NoError(t, c.Forget(t.Context(), "a:"))
	}
	for key, kept := range map[string]bool{"a:1": false, "a:2": false, "ab:1": true, "b:1": true} {
		value, lead, err := c.Lead(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, kept, value != nil, key)
		if lead != nil {
			lead.End(t.Context())
		}
	}
}
