package governor_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

// without returns a governor of one of two replicas whose Redis is away, and how to
// let time pass in the process.
func without(t *testing.T) (*governor.Governor, *redistest.Clock, func(time.Duration)) {
	t.Helper()
	clock := redistest.NewClock(t)
	var passed atomic.Int64
	begin := time.Now()
	now := func() time.Time { return begin.Add(time.Duration(passed.Load())) }
	g := governor.New(connect(t, clock.URL()), governor.Config{Replicas: 2, Now: now})
	clock.Stop()
	return g, clock, func(d time.Duration) { passed.Add(int64(d)) }
}

func TestAway_StrictLimitsLetNothingThrough(t *testing.T) {
	t.Parallel()
	g, clock, pass := without(t)
	d := desk{t, g, governor.Limit{Gap: 3 * time.Second, Strict: true}}
	for range 3 {
		_, err := d.ask("a")
		require.ErrorIs(t, err, governor.ErrUnchecked)
		pass(time.Minute)
	}
	clock.Start(t)
	require.Equal(t, 3*time.Second, d.waits("a").After, "a Redis that remembers nothing: somebody may just have been there")
	clock.Advance(3 * time.Second)
	d.goes("a")
}

func TestAway_OthersKeepTheirShareInTheProcess(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		limit governor.Limit
		atOne int           // how many go at once, of one of two replicas
		wait  time.Duration // of the next
	}{
		"no limit":    {governor.Limit{}, 20, 0},
		"a rate":      {governor.Limit{Requests: 10, Per: time.Second}, 1, 200 * time.Millisecond},
		"a burst":     {governor.Limit{Requests: 10, Per: time.Second, Burst: 3}, 3, 250 * time.Millisecond},
		"at one time": {governor.Limit{Concurrency: 4}, 2, time.Second},
		"a gap":       {governor.Limit{Gap: time.Second}, 1, time.Second},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _, pass := without(t)
			d := desk{t, g, tc.limit}
			var permits []*governor.Permit
			for range tc.atOne {
				permits = append(permits, d.goes(""))
			}
			if tc.wait == 0 {
				return
			}
			require.Equal(t, tc.wait, d.waits("").After)
			for _, p := range permits {
				require.NoError(t, p.Renew(t.Context()))
				p.Done(t.Context(), governor.Report{})
			}
			pass(2*tc.wait - time.Millisecond)
			if tc.limit.Gap > 0 {
				d.waits("")
			}
			pass(time.Millisecond)
			d.goes("")
		})
	}
}

func TestAway_WhatIsKnownInTheProcessIsObeyed(t *testing.T) {
	t.Parallel()
	g, _, pass := without(t)
	d := desk{t, g, governor.Limit{Concurrency: 2, Requests: 100, Per: 10 * time.Second, Burst: 1}}
	killed := d.goes("")
	d.waits("")
	pass(20 * time.Second)
	held := d.goes("") // the lease has ended
	require.ErrorIs(t, killed.Renew(t.Context()), governor.ErrLost)
	held.Done(t.Context(), governor.Report{RetryAfter: time.Minute})
	require.Equal(t, 30*time.Second, d.waits("").After)
	pass(time.Minute)
	d.done(governor.Limited)
	require.Equal(t, time.Second, d.waits("").After)
	pass(time.Second)
	d.done(governor.Unsent)
	d.goes("")
}

func TestAway_LimitsAreSharedAgainWhenRedisIsBack(t *testing.T) {
	t.Parallel()
	g, clock, pass := without(t)
	d := desk{t, g, governor.Limit{Requests: 1, Per: time.Minute}}
	local := d.goes("")
	clock.Start(t)
	require.Equal(t, 30*time.Second, d.waits("").After, "Redis is left alone for a second")
	pass(time.Second)
	d.goes("")
	require.Equal(t, 1, d.state().Active)
	local.Done(t.Context(), governor.Report{Outcome: governor.Failed})
	require.Equal(t, 1, d.state().Active, "what was given in the process is given back there")
}

func TestAway_IdleKeysAreForgotten(t *testing.T) {
	t.Parallel()
	g, _, pass := without(t)
	for i := range 5000 {
		permit, err := g.Acquire(t.Context(), governor.Ask{Key: time.Duration(i).String(), Limit: oneASecond})
		require.NoError(t, err)
		permit.Done(t.Context(), governor.Report{})
		pass(10 * time.Millisecond)
	}
	require.Less(t, governor.LocalKeys(g), 1100)
}
