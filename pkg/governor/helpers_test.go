package governor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
)

// setup returns a governor on a Redis whose time the test decides.
func setup(t *testing.T) (*governor.Governor, *redistest.Clock) {
	t.Helper()
	clock := redistest.NewClock(t)
	return governor.New(connect(t, clock.URL()), governor.Config{}), clock
}

func connect(t testing.TB, url string) *redis.Client {
	t.Helper()
	client, err := redisx.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// desk asks for the permits of one key.
type desk struct {
	t     *testing.T
	g     *governor.Governor
	limit governor.Limit
}

func (d desk) ask(ticket string) (*governor.Permit, error) {
	return d.g.Acquire(d.t.Context(), governor.Ask{Key: "api", Limit: d.limit, Ticket: ticket, Lease: 20 * time.Second})
}

// goes asks and must be let through.
func (d desk) goes(ticket string) *governor.Permit {
	d.t.Helper()
	permit, err := d.ask(ticket)
	require.NoError(d.t, err, "ticket %q", ticket)
	return permit
}

// waits asks and must be told to wait.
func (d desk) waits(ticket string) governor.Wait {
	d.t.Helper()
	permit, err := d.ask(ticket)
	require.Nil(d.t, permit, "ticket %q", ticket)
	var wait *governor.Wait
	require.ErrorAs(d.t, err, &wait)
	require.Positive(d.t, wait.After)
	return *wait
}

// done goes and comes back with the outcome.
func (d desk) done(outcome governor.Outcome) {
	d.t.Helper()
	d.goes("").Done(d.t.Context(), governor.Report{Outcome: outcome})
}

func (d desk) state() governor.State {
	d.t.Helper()
	state, err := d.g.State(d.t.Context(), "api")
	require.NoError(d.t, err)
	return state
}

// after returns how long an ask has to wait, 0 if it was let through.
func after(t testing.TB, err error) time.Duration {
	t.Helper()
	var wait *governor.Wait
	if !errors.As(err, &wait) {
		require.NoError(t, err)
		return 0
	}
	return wait.After
}
