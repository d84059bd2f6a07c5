package governor_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestAcquire_LimitsOneByOne(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		limit governor.Limit
		want  []time.Duration // how long each of some asks at once has to wait, 0 if not
	}{
		"no limit":                          {governor.Limit{}, []time.Duration{0, 0, 0}},
		"one in a second":                   {governor.Limit{Requests: 1, Per: time.Second}, []time.Duration{0, time.Second, 2 * time.Second}},
		"a tenth at once":                   {governor.Limit{Requests: 20, Per: 19 * time.Second}, []time.Duration{0, 0, time.Second}},
		"a burst of its own, then slower":   {governor.Limit{Requests: 3, Per: time.Second, Burst: 3}, []time.Duration{0, 0, 0, time.Second}},
		"two under way":                     {governor.Limit{Concurrency: 2}, []time.Duration{0, 0, 10 * time.Millisecond, 20 * time.Millisecond}},
		"a gap means one after the other":   {governor.Limit{Gap: 3 * time.Second}, []time.Duration{0, 3020 * time.Millisecond, 6040 * time.Millisecond}},
		"a strict gap begins with the rest": {governor.Limit{Gap: 3 * time.Second, Strict: true}, []time.Duration{3 * time.Second, 6020 * time.Millisecond}},
		"none is told to stay away long":    {governor.Limit{Requests: 1, Per: time.Hour}, []time.Duration{0, 30 * time.Second}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := setup(t)
			d := desk{t, g, tc.limit}
			for i, want := range tc.want {
				if want == 0 {
					d.goes(strconv.Itoa(i))
					continue
				}
				require.Equal(t, governor.Wait{After: want, Why: governor.Turn}, d.waits(strconv.Itoa(i)), "ask %d", i)
			}
		})
	}
}

func TestAcquire_RefusesMistakes(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	tests := map[string]governor.Ask{
		"no key":                      {},
		"no time of a rate":           {Key: "k", Limit: governor.Limit{Requests: 1}},
		"a time longer than a day":    {Key: "k", Limit: governor.Limit{Requests: 1, Per: 25 * time.Hour}},
		"a weight that can never go":  {Key: "k", Limit: governor.Limit{Requests: 5, Per: time.Second}, Weight: 6},
		"less than nothing at a time": {Key: "k", Limit: governor.Limit{Concurrency: -1}},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := g.Acquire(t.Context(), ask)
			require.Error(t, err)
			var wait *governor.Wait
			require.NotErrorAs(t, err, &wait)
		})
	}
}

func TestAcquire_HeavyOnesTakeMoreOfTheRate(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	ask := governor.Ask{Key: "model", Limit: governor.Limit{Requests: 1000, Per: time.Minute, Burst: 400}, Weight: 300}
	permit, err := g.Acquire(t.Context(), ask)
	require.NoError(t, err)
	_, err = g.Acquire(t.Context(), ask)
	require.Equal(t, 19967*time.Millisecond, after(t, err), "200 tokens at 601 in a minute are missing")

	permit.Done(t.Context(), governor.Report{Used: 100})
	clock.Advance(time.Millisecond)
	_, err = g.Acquire(t.Context(), ask)
	require.NoError(t, err, "it was lighter than was thought: 300 are left")
}

func TestAcquire_KeysAreIndependent(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	limit := governor.Limit{Requests: 1, Per: time.Minute}
	for _, key := range []string{"a", "b", "{a}", "a}"} {
		_, err := g.Acquire(t.Context(), governor.Ask{Key: key, Limit: limit})
		require.NoError(t, err, key)
	}
}

// At one moment of time, many goroutines of two replicas get as many permits as the
// burst and the concurrency allow, no more and no fewer.
func TestAcquire_ManyAtOnceGetWhatThereIs(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	replicas := []*governor.Governor{
		governor.New(connect(t, clock.URL()), governor.Config{}), governor.New(connect(t, clock.URL()), governor.Config{}),
	}
	for name, limit := range map[string]governor.Limit{
		"rate":        {Requests: 100, Per: time.Second, Burst: 7},
		"concurrency": {Concurrency: 7},
		"both":        {Requests: 100, Per: time.Second, Burst: 9, Concurrency: 7},
	} {
		t.Run(name, func(t *testing.T) {
			var got atomic.Int64
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					permit, err := replicas[i%2].Acquire(t.Context(), governor.Ask{Key: name, Limit: limit})
					if permit != nil {
						got.Add(1)
						return
					}
					after(t, err)
				})
			}
			all.Wait()
			require.EqualValues(t, 7, got.Load())
		})
	}
}

// A simulation of jobs on two replicas that come when they are told, or late, and
// take their time: whatever the limit, no window holds more, no more are under way,
// the gap is kept, and all are served.
func TestAcquire_NothingEverExceedsTheLimit(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	a := governor.New(connect(t, clock.URL()), governor.Config{})
	b := governor.New(connect(t, clock.URL()), governor.Config{})
	var runs int
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		millis := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(rt, name)) * time.Millisecond
		}
		sim := simulation{
			t: t, clock: clock, replicas: []*governor.Governor{a, b}, key: "run" + strconv.Itoa(runs),
			limit: governor.Limit{
				Requests: rapid.IntRange(0, 12).Draw(rt, "requests"), Per: time.Millisecond + millis("per", 2000),
				Burst: rapid.IntRange(0, 12).Draw(rt, "burst"), Concurrency: rapid.IntRange(0, 3).Draw(rt, "concurrency"),
			},
			late: func() time.Duration { return millis("late", 1500) },
			took: func() time.Duration { return millis("took", 700) },
		}
		if rapid.Bool().Draw(rt, "gap") {
			sim.limit.Gap = millis("length of the gap", 400)
		}
		sim.run(rapid.IntRange(1, 10).Draw(rt, "jobs"))
		sim.check(rt)
	})
}

// As long as nobody is later than a turn is kept, jobs that take turns are served in
// exactly the order in which they came.
func TestAcquire_TheOrderOfFirstComingIsKept(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	g := governor.New(connect(t, clock.URL()), governor.Config{})
	limits := []governor.Limit{
		{Gap: 300 * time.Millisecond},
		{Concurrency: 1},
		{Requests: 4, Per: time.Second, Burst: 1},
		{Requests: 9, Per: time.Second, Burst: 1, Concurrency: 1},
		{Gap: 2 * time.Second, Strict: true},
	}
	var runs int
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		millis := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(rt, name)) * time.Millisecond
		}
		sim := simulation{
			t: t, clock: clock, replicas: []*governor.Governor{g}, key: "order" + strconv.Itoa(runs),
			limit: rapid.SampledFrom(limits).Draw(rt, "limit"),
			late:  func() time.Duration { return millis("late", 900) },
			took:  func() time.Duration { return millis("took", 700) },
		}
		sim.run(rapid.IntRange(1, 8).Draw(rt, "jobs"))
		sim.check(rt)
		for i, span := range sim.spans {
			require.Equal(rt, i, span.job)
		}
	})
}
