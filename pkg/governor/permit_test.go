package governor_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestPermit_OfAKilledProcessComesBackWithItsLease(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Concurrency: 1}}
	d.goes("killed") // its lease is 20 seconds, and nobody says that it is done
	clock.Advance(19 * time.Second)
	d.waits("next")
	clock.Advance(time.Second)
	d.goes("next")
	require.Equal(t, 1, d.state().Active)
}

func TestPermit_GapBeginsWithTheEndOfALostLease(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Gap: 3 * time.Second}}
	d.goes("killed")
	clock.Advance(20*time.Second + time.Millisecond)
	require.Equal(t, 2999*time.Millisecond, d.waits("next").After)
	clock.Advance(2999 * time.Millisecond)
	d.goes("next")
}

func TestPermit_IsKeptByRenewing(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Concurrency: 1}}
	permit := d.goes("long")
	for range 10 {
		clock.Advance(19 * time.Second)
		require.NoError(t, permit.Renew(t.Context()))
		d.waits("next")
	}
	clock.Advance(20 * time.Second)
	d.goes("next")
	require.ErrorIs(t, permit.Renew(t.Context()), governor.ErrLost)
	permit.Done(t.Context(), governor.Report{})
	require.Equal(t, 1, d.state().Active, "a late Done takes nothing from the next")
}

func TestPermit_KeepsItselfUntilItIsDone(t *testing.T) {
	t.Parallel()
	clock := redistest.NewClock(t)
	client := connect(t, clock.URL())
	g := governor.New(client, governor.Config{})
	const lease = 60 * time.Millisecond
	permit, err := g.Acquire(t.Context(), governor.Ask{Key: "api", Limit: governor.Limit{Concurrency: 1}, Lease: lease})
	require.NoError(t, err)
	permit.Keep(t.Context())
	until := func() float64 {
		out, err := client.ZRangeWithScores(t.Context(), "governor:{api}:out", 0, -1).Result()
		require.NoError(t, err)
		require.Len(t, out, 1)
		return out[0].Score
	}
	for range 3 {
		before := until()
		clock.Advance(lease * 2 / 3)
		require.Eventually(t, func() bool { return until() > before }, time.Minute, time.Millisecond)
	}
	permit.Done(t.Context(), governor.Report{})
	state, err := g.State(t.Context(), "api")
	require.NoError(t, err)
	require.Zero(t, state.Active)
}

func TestPermit_DoneTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	d := desk{t, g, governor.Limit{Failures: 2}}
	permit := d.goes("")
	permit.Done(t.Context(), governor.Report{Outcome: governor.Failed})
	permit.Done(t.Context(), governor.Report{Outcome: governor.Failed})
	require.Equal(t, 1, d.state().Failures)
}

func TestPermit_IsGivenBackAfterTheEndOfItsContext(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	d := desk{t, g, governor.Limit{Concurrency: 1}}
	permit := d.goes("")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	permit.Done(ctx, governor.Report{Outcome: governor.Abandoned})
	d.goes("")

	_, err := g.Acquire(ctx, governor.Ask{Key: "api", Limit: d.limit})
	require.ErrorIs(t, err, context.Canceled)
}

// cancelling ends a context as soon as Redis has run the first command.
type cancelling struct {
	redis.Hook
	cancel context.CancelFunc
}

func (c cancelling) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c cancelling) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c cancelling) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if cmd.Name() == "eval" {
			c.cancel()
			<-ctx.Done()
			cmd.SetErr(ctx.Err())
			return ctx.Err()
		}
		return err
	}
}

func TestPermit_ThatNobodyHeardOfIsGivenBack(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	client := connect(t, clock.URL())
	ctx, cancel := context.WithCancel(t.Context())
	client.AddHook(cancelling{cancel: cancel})
	limit := governor.Limit{Gap: time.Hour}
	_, err := governor.New(client, governor.Config{}).Acquire(ctx, governor.Ask{Key: "api", Limit: limit})
	require.ErrorIs(t, err, context.Canceled)
	desk{t, g, limit}.goes("")
}

func TestPermit_UnsentTakesNothing(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	d := desk{t, g, governor.Limit{Requests: 1, Per: time.Hour, Gap: time.Hour}}
	for range 3 {
		d.done(governor.Unsent)
	}
	d.done(governor.Answered)
	d.waits("")
}

func TestKeys_AreInOneSlotAndExpireByThemselves(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Requests: 1, Per: time.Minute, Gap: time.Second, Failures: 1}}
	permit := d.goes("a")
	d.waits("b")
	require.ElementsMatch(t, []string{
		"governor:{api}", "governor:{api}:out", "governor:{api}:line", "governor:{api}:tickets",
	}, clock.Keys())
	permit.Done(t.Context(), governor.Report{Outcome: governor.Failed, Learnt: governor.Rate{Requests: 5, Per: time.Second}})
	clock.Advance(26 * time.Hour)
	require.Empty(t, clock.Keys())
}

func TestStrict_ARedisThatLostItsMemoryCostsAGap(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	for strict, want := range map[bool]time.Duration{true: 3 * time.Second, false: 0} {
		d := desk{t, g, governor.Limit{Gap: 3 * time.Second, Strict: strict}}
		require.NoError(t, connect(t, clock.URL()).FlushAll(t.Context()).Err())
		_, err := d.ask("")
		require.Equal(t, want, after(t, err))
	}
}

// The connection may break after the script has run; the client runs it again.
func TestAcquire_TwiceByOneRequestIsOnePermit(t *testing.T) {
	t.Parallel()
	g, _ := setup(t)
	ask := governor.Ask{Key: "api", Limit: governor.Limit{Concurrency: 1, Requests: 1, Per: time.Hour}, Weight: 1, Lease: time.Minute}
	for range 2 {
		granted, err := governor.Run(t.Context(), g, ask, "the same")
		require.NoError(t, err)
		require.True(t, granted)
	}
	granted, err := governor.Run(t.Context(), g, ask, "another")
	require.NoError(t, err)
	require.False(t, granted)
}

// Redis' clock was set back by an hour: nobody waits for an hour.
func TestClock_SetBackIsNoReasonToWait(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Requests: 1, Per: time.Second, Gap: 3 * time.Second}}
	d.done(governor.Answered)
	clock.Advance(-time.Hour)
	require.LessOrEqual(t, d.waits("a").After, 3*time.Second)
	clock.Advance(3 * time.Second)
	d.goes("a")
}

// Acquire and Done, as often as one caller can, with and without others in line.
func BenchmarkAcquireDone(b *testing.B) {
	for _, waiting := range []int{0, 200} {
		b.Run(strconv.Itoa(waiting)+" in line", func(b *testing.B) {
			g := governor.New(redistest.New(b), governor.Config{})
			limit := governor.Limit{Concurrency: 1}
			first, err := g.Acquire(b.Context(), governor.Ask{Key: "k", Limit: limit, Lease: time.Hour})
			require.NoError(b, err)
			for i := range waiting {
				_, err := g.Acquire(b.Context(), governor.Ask{Key: "k", Limit: limit, Ticket: strconv.Itoa(i)})
				after(b, err)
			}
			first.Done(b.Context(), governor.Report{})
			ask := governor.Ask{Key: "k", Limit: governor.Limit{Concurrency: 1000, Requests: 100_000_000, Per: time.Second}}
			for b.Loop() {
				permit, err := g.Acquire(b.Context(), ask)
				require.NoError(b, err)
				permit.Done(b.Context(), governor.Report{})
			}
		})
	}
}
