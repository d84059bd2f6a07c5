package governor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
)

func TestCircuit_OpensAfterFailuresInARowAndLetsOneThrough(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Failures: 3}}
	for range 3 {
		d.done(governor.Failed)
		d.done(governor.Answered) // not in a row
	}
	for range 2 {
		d.done(governor.Failed)
	}
	underWay := d.goes("")
	d.done(governor.Failed)
	open := governor.Wait{After: 10 * time.Second, Why: governor.Open}
	require.Equal(t, open, d.waits(""))
	underWay.Done(t.Context(), governor.Report{Outcome: governor.Failed})
	require.Equal(t, open, d.waits(""), "what was under way does not make it longer")

	for _, next := range []time.Duration{20, 40, 80, 160, 300, 300} {
		clock.Advance(d.waits("").After)
		probe := d.goes("")
		require.Equal(t, governor.Turn, d.waits("").Why, "one only")
		probe.Done(t.Context(), governor.Report{Outcome: governor.Failed})
		require.Equal(t, next*time.Second, d.waits("").After)
	}
	clock.Advance(5 * time.Minute)
	probe := d.goes("")
	probe.Done(t.Context(), governor.Report{Outcome: governor.Abandoned})
	probe = d.goes("")
	d.waits("")
	probe.Done(t.Context(), governor.Report{})
	d.goes("")
	d.goes("")
	d.done(governor.Failed)
	d.goes("")
}

func TestCircuit_StaysClosed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		failures int
		outcome  governor.Outcome
	}{
		"when there is none":           {0, governor.Failed},
		"when there were too many":     {1, governor.Limited},
		"when nobody waited":           {1, governor.Abandoned},
		"when nothing was sent":        {1, governor.Unsent},
		"when the other side answered": {1, governor.Answered},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, clock := setup(t)
			d := desk{t, g, governor.Limit{Failures: tc.failures}}
			for range 5 {
				d.done(tc.outcome)
				clock.Advance(2 * time.Minute)
			}
			d.goes("")
		})
	}
}

func TestRetryAfter_HoldsAllOff(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	other := governor.New(connect(t, clock.URL()), governor.Config{})
	d, replica := desk{t, g, governor.Limit{}}, desk{t, other, governor.Limit{}}
	d.goes("").Done(t.Context(), governor.Report{Outcome: governor.Limited, RetryAfter: 39 * time.Second})
	d.waits("a")
	require.Equal(t, governor.Wait{After: 39 * time.Second, Why: governor.Hold}, replica.waits("b"))
	replica.g.Leave(t.Context(), "api", "b")
	clock.Advance(39*time.Second - time.Millisecond)
	require.Equal(t, time.Millisecond, d.waits("a").After)
	clock.Advance(time.Millisecond)
	d.goes("a").Done(t.Context(), governor.Report{RetryAfter: time.Second})
	require.Equal(t, governor.Hold, d.waits("").Why, "a pause is obeyed after a success as well")
}

func TestLimited_WithoutAWordBacksOffTwiceAsLongEachTime(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{}}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 64} {
		d.done(governor.Limited)
		wait := d.waits("").After
		require.Equal(t, want*time.Second, wait)
		clock.Advance(wait)
	}
	d.done(governor.Answered)
	d.done(governor.Limited)
	require.Equal(t, time.Second, d.waits("").After, "from the beginning after a success")
}

func TestLearnt_ChangesTheLimitWithinBounds(t *testing.T) {
	t.Parallel()
	configured := governor.Limit{Requests: 10, Per: time.Second, Burst: 1, MaxRequests: 50, Concurrency: 2, MaxConcurrency: 4}
	strict := configured
	strict.MaxRequests, strict.MaxConcurrency = 0, 0
	tests := map[string]struct {
		limit governor.Limit
		told  governor.Rate
		gap   time.Duration // between two
		most  int           // at once
	}{
		"nothing":                  {configured, governor.Rate{}, 100 * time.Millisecond, 2},
		"less":                     {configured, governor.Rate{Requests: 5, Per: time.Second, Concurrency: 1}, 200 * time.Millisecond, 1},
		"less, in another time":    {configured, governor.Rate{Requests: 60, Per: time.Minute}, time.Second, 2},
		"more":                     {configured, governor.Rate{Requests: 40, Per: time.Second, Concurrency: 3}, 25 * time.Millisecond, 3},
		"more than is believed":    {configured, governor.Rate{Requests: 5000, Per: time.Second, Concurrency: 90}, 20 * time.Millisecond, 4},
		"more, where none may be":  {strict, governor.Rate{Requests: 40, Per: time.Second, Concurrency: 3}, 100 * time.Millisecond, 2},
		"nonsense is not believed": {configured, governor.Rate{Requests: -1, Per: time.Second, Concurrency: -1}, 100 * time.Millisecond, 2},
		"no time":                  {configured, governor.Rate{Requests: 1}, 100 * time.Millisecond, 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, clock := setup(t)
			d := desk{t, g, tc.limit}
			d.goes("").Done(t.Context(), governor.Report{Learnt: tc.told})
			clock.Advance(time.Minute)
			for range tc.most {
				d.goes("")
				require.Positive(t, d.waits("").After)
				clock.Advance(tc.gap - time.Millisecond)
				d.waits("")
				clock.Advance(time.Millisecond)
			}
			d.waits("")
			require.Equal(t, tc.most, d.state().Active)
		})
	}
}

func TestLearnt_CountsForADay(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Requests: 10, Per: time.Second, Burst: 1}}
	told := governor.Rate{Requests: 1, Per: time.Second, Concurrency: 2}
	d.goes("").Done(t.Context(), governor.Report{Learnt: told})
	require.Equal(t, told, d.state().Learnt)
	clock.Advance(24*time.Hour - 2*time.Second)
	d.goes("")
	require.Equal(t, time.Second, d.waits("").After)
	clock.Advance(3 * time.Second)
	d.goes("")
	require.Equal(t, 100*time.Millisecond, d.waits("").After)
	require.Zero(t, d.state().Learnt)
}

func TestState_SaysHowItWent(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Failures: 2, Concurrency: 2}}
	require.Zero(t, d.state())

	d.done(governor.Answered)
	first := d.state()
	require.WithinDuration(t, time.Now(), first.LastSuccess, time.Minute)
	require.Equal(t, governor.State{LastSuccess: first.LastSuccess}, first)

	clock.Advance(time.Minute)
	d.goes("").Done(t.Context(), governor.Report{Outcome: governor.Limited, RetryAfter: time.Second})
	clock.Advance(time.Second)
	d.goes("")
	d.done(governor.Failed)
	d.done(governor.Failed)
	now := first.LastSuccess.Add(61 * time.Second)
	require.Equal(t, governor.State{
		LastSuccess: first.LastSuccess, LastFailure: now, Failures: 2, OpenUntil: now.Add(10 * time.Second), Active: 1,
	}, d.state())

	clock.Stop()
	_, err := g.State(t.Context(), "api")
	require.Error(t, err)
}
