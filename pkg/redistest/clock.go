package redistest

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

// Clock is a Redis whose time stands still until a test lets it pass, so that limits
// and expiry are tested without waiting. It is always one inside the process.
type Clock struct {
	mini *miniredis.Miniredis
	now  time.Time
}

// NewClock starts a Redis of the test's own, at the present time.
func NewClock(t testing.TB) *Clock {
	t.Helper()
	c := &Clock{mini: miniredis.NewMiniRedis(), now: time.Now()}
	c.mini.SetTime(c.now)
	require.NoError(t, c.mini.StartAddr("127.0.0.1:0"))
	t.Cleanup(c.mini.Close)
	return c
}

// URL is the address for redisx.Open.
func (c *Clock) URL() string { return "redis://" + c.mini.Addr() + "/0" }

// Advance lets time pass: keys expire, and TIME answers a later time.
func (c *Clock) Advance(by time.Duration) {
	c.now = c.now.Add(by)
	c.mini.SetTime(c.now)
	c.mini.FastForward(by)
}

// Keys returns the names of all keys.
func (c *Clock) Keys() []string { return c.mini.Keys() }

// Commands returns how many commands were answered so far.
func (c *Clock) Commands() int { return c.mini.CommandCount() }

// Stop breaks off all connections and takes no more, until Start.
func (c *Clock) Stop() { c.mini.Close() }

// Start serves again what Stop left.
func (c *Clock) Start(t testing.TB) {
	t.Helper()
	require.NoError(t, c.mini.Restart())
}
