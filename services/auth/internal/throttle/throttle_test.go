package throttle_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/services/auth/internal/throttle"
)

const owner = "ada@example.com"

var (
	secret   = []byte("the secret of a fleet in a test, no more")
	attacker = netip.MustParseAddr("203.0.113.9")
	home     = netip.MustParseAddr("198.51.100.7")
)

// setup returns a throttle on a Redis whose time the test decides.
func setup(t *testing.T) (*throttle.Throttle, *redistest.Clock) {
	t.Helper()
	clock := redistest.NewClock(t)
	return replica(t, clock), clock
}

// replica returns one more throttle on the same Redis.
func replica(t *testing.T, clock *redistest.Clock) *throttle.Throttle {
	t.Helper()
	client, err := redisx.Open(t.Context(), clock.URL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	guard, err := throttle.New(client, secret)
	require.NoError(t, err)
	return guard
}

// admitted counts how many of n attempts are admitted, and returns the last error.
func admitted(n int, attempt func(i int) error) (count int, last error) {
	for i := range n {
		if last = attempt(i); last == nil {
			count++
		}
	}
	return count, last
}

// at is an attempt at one account from one address.
func at(t *testing.T, guard *throttle.Throttle, from netip.Addr, email string) func(int) error {
	t.Helper()
	return func(int) error { return guard.SignIn(t.Context(), from, email) }
}

func TestSignIn_OnePairGetsTenAttemptsAndOneMoreEveryTenSeconds(t *testing.T) {
	t.Parallel()
	guard, clock := setup(t)
	count, err := admitted(20, at(t, guard, attacker, owner))
	require.Equal(t, 10, count)
	require.ErrorIs(t, err, errs.ResourceExhausted)
	require.Equal(t, "TOO_MANY_SIGN_INS", errs.Reason(err))
	require.InDelta(t, 10, errs.RetryAfter(err).Seconds(), 0.1)

	clock.Advance(9 * time.Second)
	require.Error(t, guard.SignIn(t.Context(), attacker, owner))
	clock.Advance(errs.RetryAfter(guard.SignIn(t.Context(), attacker, owner)))
	count, _ = admitted(5, at(t, guard, attacker, owner))
	require.Equal(t, 1, count, "after the time that it was told")
}

// The point of it all: nobody can lock another out.
func TestSignIn_AnAttackerDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	guard, clock := setup(t)
	admitted(300, at(t, guard, attacker, owner))

	require.NoError(t, guard.SignIn(t.Context(), home, owner), "from another address at once")
	require.LessOrEqual(t, wait(t, guard, clock, attacker, owner), 10100*time.Millisecond, "from the attacker's own within seconds")
	require.LessOrEqual(t, wait(t, guard, clock, attacker, "bob@example.com"), 2100*time.Millisecond, "and whoever else is there, too")
}

// wait does what a client is told until an attempt is admitted, and returns how long
// that took.
func wait(t *testing.T, guard *throttle.Throttle, clock *redistest.Clock, from netip.Addr, email string) (total time.Duration) {
	t.Helper()
	for range 10 {
		err := guard.SignIn(t.Context(), from, email)
		if err == nil {
			return total
		}
		total += errs.RetryAfter(err)
		clock.Advance(errs.RetryAfter(err))
	}
	require.Fail(t, "never admitted")
	return total
}

func TestSignIn_OneAddressGetsAHundredAttemptsWhateverTheAccounts(t *testing.T) {
	t.Parallel()
	guard, clock := setup(t)
	count, err := admitted(5000, func(i int) error {
		return guard.SignIn(t.Context(), attacker, fmt.Sprintf("%d@example.com", i))
	})
	require.Equal(t, 100, count)
	require.InDelta(t, 2, errs.RetryAfter(err).Seconds(), 0.1)
	require.LessOrEqual(t, len(clock.Keys()), 101, "refused attempts leave nothing in Redis")

	clock.Advance(10 * time.Minute)
	require.Empty(t, clock.Keys(), "nor do old ones")
}

func TestSignIn_SuccessForgetsTheAttempts(t *testing.T) {
	t.Parallel()
	guard, _ := setup(t)
	admitted(9, at(t, guard, home, owner))
	guard.SignedIn(t.Context(), home, owner)
	count, _ := admitted(20, at(t, guard, home, owner))
	require.Equal(t, 10, count)
}

func TestSignIn_ReplicasShareTheirCounters(t *testing.T) {
	t.Parallel()
	one, clock := setup(t)
	two := replica(t, clock)
	count, _ := admitted(20, func(i int) error {
		return []*throttle.Throttle{one, two}[i%2].SignIn(t.Context(), attacker, owner)
	})
	require.Equal(t, 10, count)
}

func TestSignIn_WhatCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first, second string
		same          bool
	}{
		"IPv4 addresses are apart":       {"192.0.2.1", "192.0.2.2", false},
		"one IPv4 address in both forms": {"192.0.2.1", "::ffff:192.0.2.1", true},
		"an IPv6 network is one":         {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		"two IPv6 networks are not":      {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard, _ := setup(t)
			admitted(11, at(t, guard, netip.MustParseAddr(tc.first), owner))
			err := guard.SignIn(t.Context(), netip.MustParseAddr(tc.second), owner)
			require.Equal(t, tc.same, err != nil)
		})
	}
}

// Within a process there is no address: it shares no limit, but an account has one.
func TestSignIn_WithoutAnAddress(t *testing.T) {
	t.Parallel()
	guard, clock := setup(t)
	count, _ := admitted(200, func(i int) error {
		return guard.SignIn(t.Context(), netip.Addr{}, fmt.Sprintf("%d@example.com", i))
	})
	require.Equal(t, 200, count)
	count, _ = admitted(20, at(t, guard, netip.Addr{}, owner))
	require.Equal(t, 10, count)
	clock.Stop()
	require.NoError(t, guard.SignIn(t.Context(), netip.Addr{}, owner))
	clock.Start(t)
	requireRefused(t, guard, netip.Addr{}, "it is asked again")
}

// requireRefused waits until the client has found Redis again, and the owner's account
// is beyond its limit from an address.
func requireRefused(t *testing.T, guard *throttle.Throttle, from netip.Addr, why string) {
	t.Helper()
	require.Eventually(t, func() bool { return guard.SignIn(t.Context(), from, owner) != nil }, 10*time.Second, 50*time.Millisecond, why)
}

func TestLimits_OfOtherCalls(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attempt func(context.Context, *throttle.Throttle) error
		other   func(context.Context, *throttle.Throttle) error // has a limit of its own
		burst   int
	}{
		"new accounts": {
			func(ctx context.Context, g *throttle.Throttle) error { return g.Register(ctx, attacker) },
			func(ctx context.Context, g *throttle.Throttle) error { return g.Register(ctx, home) }, 300,
		},
		"refresh tokens": {
			func(ctx context.Context, g *throttle.Throttle) error { return g.Refresh(ctx, attacker) },
			func(ctx context.Context, g *throttle.Throttle) error { return g.Refresh(ctx, home) }, 300,
		},
		"the password of a stolen session": {
			func(ctx context.Context, g *throttle.Throttle) error { return g.ChangePassword(ctx, "ada", "stolen") },
			func(ctx context.Context, g *throttle.Throttle) error { return g.ChangePassword(ctx, "ada", "own") }, 10,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			guard, _ := setup(t)
			count, err := admitted(tc.burst+5, func(int) error { return tc.attempt(t.Context(), guard) })
			require.InDelta(t, tc.burst, count, 1, "Redis counts in floating point")
			require.ErrorIs(t, err, errs.ResourceExhausted)
			require.NoError(t, tc.other(t.Context(), guard))
			require.NoError(t, guard.SignIn(t.Context(), attacker, owner))
		})
	}
}

func TestKeys_DoNotShowAddressesOfMail(t *testing.T) {
	t.Parallel()
	guard, clock := setup(t)
	require.NoError(t, guard.SignIn(t.Context(), attacker, owner))
	require.Len(t, clock.Keys(), 2)
	require.NotContains(t, strings.Join(clock.Keys(), " "), "ada")

	client, err := redisx.Open(t.Context(), clock.URL())
	require.NoError(t, err)
	defer func() { _ = client.Close() }()
	another, err := throttle.New(client, []byte("the secret of another fleet, long enough"))
	require.NoError(t, err)
	require.NoError(t, another.SignIn(t.Context(), attacker, owner))
	require.Len(t, clock.Keys(), 3, "without the secret nobody can tell whose key it is")

	_, err = throttle.New(client, []byte("short"))
	require.ErrorContains(t, err, "SECRET_KEY")
}

//nolint:paralleltest // it reads the process' log
func TestWithoutRedis_SigningInGoesOnAndTheLogSaysSoOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	guard, clock := setup(t)
	admitted(20, at(t, guard, attacker, owner))
	clock.Stop()
	count, _ := admitted(3, at(t, guard, attacker, owner))
	require.Equal(t, 3, count)
	guard.SignedIn(t.Context(), attacker, owner)
	require.Equal(t, 1, strings.Count(log.String(), "are not counted"))

	clock.Start(t)
	requireRefused(t, guard, attacker, "what was counted before is not forgotten")
	require.Equal(t, 1, strings.Count(log.String(), "are counted again"))

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_ = guard.SignIn(gone, home, owner)
	require.Equal(t, 1, strings.Count(log.String(), "are not counted"), "a caller who went away says nothing about Redis")
}
