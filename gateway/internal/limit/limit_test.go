package limit

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
)

// replicas are limiters on one Redis whose time, like theirs, stands still until a
// test lets it pass.
type replicas struct {
	redis *redistest.Clock
	now   time.Time
	all   []*Limiter
}

func newReplicas(t *testing.T, n int, opts Options) *replicas {
	t.Helper()
	r := &replicas{redis: redistest.NewClock(t), now: time.Now()}
	for range n {
		client, err := redisx.Open(t.Context(), r.redis.URL())
		require.NoError(t, err)
		t.Cleanup(func() { _ = client.Close() })
		opts.Now = func() time.Time { return r.now }
		one, err := New(client, opts)
		require.NoError(t, err)
		r.all = append(r.all, one)
	}
	return r
}

func (r *replicas) pass(d time.Duration) {
	r.redis.Advance(d)
	r.now = r.now.Add(d)
}

// admitted returns how many of n requests of one client replica i lets through, and
// the last verdict.
func (r *replicas) admitted(t *testing.T, i, n int) (int, Verdict) {
	t.Helper()
	count, last := 0, Verdict{}
	for range n {
		v, err := r.all[i].Take(t.Context(), Read, "user:a")
		require.NoError(t, err)
		if v.Allowed {
			count++
		}
		last = v
	}
	return count, last
}

func TestTake_AdmitsWhatIsAllowedAndNoMore(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 7, 60, 600, 6000} {
		r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: limit}})
		count, last := r.admitted(t, 0, limit+10)
		require.Equal(t, limit, count, "limit %d", limit)
		require.False(t, last.Allowed)
		require.Positive(t, last.Retry)
		require.LessOrEqual(t, last.Retry, window/time.Duration(limit))
		require.InDelta(t, window.Seconds(), last.Reset.Seconds(), 1)

		// Who waits as long as told gets one more, and only one.
		r.pass(last.Retry)
		count, _ = r.admitted(t, 0, 3)
		require.Equal(t, 1, count, "limit %d", limit)
		r.pass(2 * window)
		count, _ = r.admitted(t, 0, limit+10)
		require.Equal(t, limit, count, "after a pause there is all again, and not more")
	}
}

func TestTake_CountsForAllReplicasTogether(t *testing.T) {
	t.Parallel()
	const limit, n = 1000, 3
	r := newReplicas(t, n, Options{PerMinute: map[Class]int{Read: limit}})
	total := 0
	for range limit {
		for i := range n {
			count, _ := r.admitted(t, i, 1)
			total += count
		}
	}
	require.LessOrEqual(t, total, limit)
	require.Equal(t, limit, total, "batches that are used leave nothing over")
}

func TestTake_AnUnusedBatchCostsLittle(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: 600}})
	_, before := r.admitted(t, 0, 300)
	r.pass(leaseLife) // what is left of the batch is thrown away
	_, after := r.admitted(t, 0, 1)
	require.InDelta(t, before.Left, after.Left-int(600*leaseLife/window), 600/shares+1)
	for range 5 {
		r.pass(2 * time.Second) // a slow client takes one at a time
		_, v := r.admitted(t, 0, 1)
		require.Greater(t, v.Left, after.Left-2)
		after = v
	}
}

func TestTake_OfAHotClientHardlyAsksRedis(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: 6000}})
	before := r.redis.Commands()
	count, _ := r.admitted(t, 0, 3000)
	require.Equal(t, 3000, count)
	require.Less(t, r.redis.Commands()-before, 50*4, "a batch is a script and three commands in it")

	// And one who is refused does not ask at all.
	r.admitted(t, 0, 3100)
	before = r.redis.Commands()
	r.admitted(t, 0, 1000)
	require.Equal(t, before, r.redis.Commands())
}

func TestTake_ClientsAndClassesDoNotShare(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: 2, Write: 2}})
	r.admitted(t, 0, 3)
	for class, who := range map[Class]string{Write: "user:a", Read: "user:b"} {
		v, err := r.all[0].Take(t.Context(), class, who)
		require.NoError(t, err)
		require.True(t, v.Allowed)
	}
	v, err := r.all[0].Take(t.Context(), Ask, "user:a")
	require.NoError(t, err)
	require.Equal(t, Verdict{Allowed: true}, v, "a class without a limit")
	require.ElementsMatch(t, []string{"limit:{user:a}:read", "limit:{user:a}:write", "limit:{user:b}:read"}, r.redis.Keys())
	r.pass(2 * window)
	require.Empty(t, r.redis.Keys(), "a whole quota takes no room")
}

func TestTake_WithoutRedis(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		admitted int
		err      error
	}{
		Local:  {admitted: 5},
		Open:   {admitted: 20},
		Closed: {err: errs.Unavailable},
	}
	for mode, tc := range tests {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: 5}, WithoutRedis: mode})
			r.redis.Stop()
			admitted := 0
			for range 20 {
				v, err := r.all[0].Take(t.Context(), Read, "user:a")
				require.ErrorIs(t, err, tc.err)
				if v.Allowed {
					admitted++
				}
			}
			require.Equal(t, tc.admitted, admitted)
		})
	}
}

func TestTake_CountsInRedisAgainWhenItIsBack(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 1, Options{PerMinute: map[Class]int{Read: 5}})
	r.redis.Stop()
	count, _ := r.admitted(t, 0, 10)
	require.Equal(t, 5, count)
	r.redis.Start(t)
	asked := 0
	require.Eventually(t, func() bool {
		asked++
		_, err := r.all[0].Take(t.Context(), Read, fmt.Sprint("user:", asked))
		require.NoError(t, err)
		return len(r.redis.Keys()) > 0
	}, 10*time.Second, 50*time.Millisecond)
}

func TestTake_AtTheSameTimeAdmitsNoMore(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 2, Options{PerMinute: map[Class]int{Read: 500}})
	var (
		mu    sync.Mutex
		total int
		group sync.WaitGroup
	)
	for i := range 16 {
		group.Go(func() {
			for range 100 {
				v, err := r.all[i%2].Take(t.Context(), Read, "user:a")
				if err == nil && v.Allowed {
					mu.Lock()
					total++
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, 500, total)
}

func TestNew_RefusesWhatIsNoLimit(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]Options{
		"below zero":   {PerMinute: map[Class]int{Read: -1}},
		"above a tick": {PerMinute: map[Class]int{Read: maxPerMinute + 1}},
		"unknown mode": {WithoutRedis: "maybe"},
	} {
		_, err := New(nil, opts)
		require.Error(t, err, name)
	}
}
