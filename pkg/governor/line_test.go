package governor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
)

var oneASecond = governor.Limit{Requests: 1, Per: time.Second}

func TestLine_IsServedInTheOrderOfFirstComing(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, oneASecond}
	d.goes("a")
	for i, ticket := range []string{"b", "c", "d"} {
		require.Equal(t, time.Duration(i+1)*time.Second, d.waits(ticket).After)
	}
	clock.Advance(time.Second)
	require.Equal(t, time.Second, d.waits("c").After, "before its turn, with b not there yet")
	require.Equal(t, 3*time.Second, d.waits("new").After, "nobody jumps the line")
	require.Equal(t, 4*time.Second, d.waits("").After, "without a ticket one comes last")
	d.goes("b")
	clock.Advance(time.Second)
	d.goes("c")
	clock.Advance(time.Second)
	d.goes("d")
	require.Equal(t, 2*time.Second, d.waits("a").After, "who was served goes to the end")
	clock.Advance(time.Second)
	d.goes("new")
}

func TestLine_LatecomerGoesFirstButNotTooClose(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Gap: 3 * time.Second}}
	permit := d.goes("a")
	d.waits("b")
	d.waits("c")
	permit.Done(t.Context(), governor.Report{})

	clock.Advance(10 * time.Second) // b and c are late, c comes first: b's turn is not kept that long
	permit = d.goes("c")
	d.waits("b")
	clock.Advance(time.Second)
	permit.Done(t.Context(), governor.Report{})
	clock.Advance(2999 * time.Millisecond)
	require.Equal(t, time.Millisecond, d.waits("b").After, "the gap begins at the end of the last")
	d.waits("d")
	clock.Advance(time.Millisecond)
	d.goes("b")
}

func TestLine_DeadTicketHoldsNobodyUpForLong(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, oneASecond}
	d.goes("a")
	d.waits("dead")
	d.waits("next")
	clock.Advance(1900 * time.Millisecond)
	d.waits("next") // the dead one's turn is kept for a second
	clock.Advance(200 * time.Millisecond)
	d.goes("next")
	require.Equal(t, 1, d.state().Waiting, "it may still come")
	clock.Advance(2 * time.Minute)
	d.goes("b")
	d.waits("c")
	require.Equal(t, 1, d.state().Waiting, "now its place is gone: only c is left")
}

func TestLine_LeavingFreesThePlaceAtOnce(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, oneASecond}
	d.goes("a")
	d.waits("cancelled")
	d.waits("next")
	g.Leave(t.Context(), "api", "cancelled")
	g.Leave(t.Context(), "api", "never there")
	g.Leave(t.Context(), "api", "")
	clock.Advance(time.Second)
	d.goes("next")
	require.Zero(t, d.state().Waiting)
}

// Somebody always comes three seconds late, while new ones come each time there is
// something free. Each miss lengthens the time that its turn is kept, until it is
// served.
func TestLine_SlowOneDoesNotStarve(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, oneASecond}
	d.goes("first")
	wait := d.waits("slow").After
	passed := 0
	for round := range 10 {
		clock.Advance(wait + 2900*time.Millisecond)
		if permit, _ := d.ask(fmt.Sprintf("new %d", round)); permit != nil {
			passed++
		}
		clock.Advance(100 * time.Millisecond)
		permit, err := d.ask("slow")
		if permit != nil {
			require.LessOrEqual(t, passed, 3)
			return
		}
		wait = after(t, err)
	}
	require.Fail(t, "it starves")
}

// Heavier ones are not passed by lighter ones for ever.
func TestLine_LightOnesDoNotStarveAHeavyOne(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	limit := governor.Limit{Requests: 10, Per: 10 * time.Second, Burst: 5}
	light := desk{t, g, limit}
	heavy := governor.Ask{Key: "api", Limit: limit, Ticket: "heavy", Weight: 5}
	light.goes("1")
	_, err := g.Acquire(t.Context(), heavy)
	wait := after(t, err)
	light.waits("2")
	clock.Advance(wait)
	light.waits("3")
	_, err = g.Acquire(t.Context(), heavy)
	require.NoError(t, err)
}

func TestLine_NobodyIsToldToStayAwayLongerThanHalfAMinute(t *testing.T) {
	t.Parallel()
	g, clock := setup(t)
	d := desk{t, g, governor.Limit{Gap: 3 * time.Second}}
	d.goes("first").Done(t.Context(), governor.Report{})
	for i := range 100 {
		require.LessOrEqual(t, d.waits(fmt.Sprint(i)).After, 30*time.Second)
	}
	require.Equal(t, 100, d.state().Waiting)
	for i := range 99 {
		g.Leave(t.Context(), "api", fmt.Sprint(i))
	}
	clock.Advance(30 * time.Second)
	d.goes("99")
}
