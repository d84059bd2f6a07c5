package auth_test

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// onClock serves auth on a Redis whose time the test decides.
func onClock(t *testing.T) (*authtest.Server, *redistest.Clock) {
	t.Helper()
	clock := redistest.NewClock(t)
	return authtest.Serve(t, func(c *auth.Config) { c.RedisURL = clock.URL() }), clock
}

// wrong tries a wrong password.
func wrong(ctx context.Context, server *authtest.Server, email string) error {
	_, err := server.Login(ctx, &authv1.LoginRequest{Email: email, Password: "wrong password"})
	return err
}

func TestLogin_IsSlowedDownForAnAccountFromAnAddress(t *testing.T) {
	t.Parallel()
	server, clock := onClock(t)
	owner := server.SignUp(t).GetUser().GetEmail()
	right := &authv1.LoginRequest{Email: owner, Password: authtest.Password}
	there, elsewhere := authtest.From(t.Context(), "203.0.113.9"), authtest.From(t.Context(), "203.0.113.10")
	for range 9 {
		require.ErrorIs(t, wrong(there, server, owner), errs.Unauthenticated)
	}
	_, err := server.Login(there, right)
	require.NoError(t, err, "the right password ends the counting")
	for range 10 {
		require.ErrorIs(t, wrong(there, server, owner), errs.Unauthenticated)
	}

	_, err = server.Login(there, right)
	require.ErrorIs(t, err, errs.ResourceExhausted, "the right password is not even looked at")
	require.InDelta(t, 10, errs.RetryAfter(err).Seconds(), 0.5)
	require.ErrorIs(t, wrong(authtest.From(there, "6.6.6.6, 203.0.113.9"), server, owner), errs.ResourceExhausted)
	_, err = server.Login(elsewhere, right)
	require.NoError(t, err)
	clock.Advance(errs.RetryAfter(wrong(there, server, owner)))
	_, err = server.Login(there, right)
	require.NoError(t, err)
}

// Accounts that do not exist are slowed down in the same way, or that would tell them
// apart.
func TestLogin_IsSlowedDownForUnknownAccountsAlike(t *testing.T) {
	t.Parallel()
	server, _ := onClock(t)
	there := authtest.From(t.Context(), "203.0.113.9")
	for range 10 {
		require.ErrorIs(t, wrong(there, server, "nobody@example.com"), errs.Unauthenticated)
	}
	require.ErrorIs(t, wrong(there, server, "nobody@example.com"), errs.ResourceExhausted)
}

func TestOtherCalls_AreSlowedDownToo(t *testing.T) {
	t.Parallel()
	server, _ := onClock(t)
	session := server.SignUp(t)
	other, err := server.Login(t.Context(), &authv1.LoginRequest{Email: session.GetUser().GetEmail(), Password: authtest.Password})
	require.NoError(t, err)
	there := authtest.From(t.Context(), "203.0.113.9")
	tests := map[string]struct {
		tries int
		call  func() error
	}{
		"refresh": {305, func() error {
			_, err := server.Refresh(there, &authv1.RefreshRequest{RefreshToken: "rpr_made_up"})
			return err
		}},
		"register": {305, func() error {
			_, err := server.Register(there, &authv1.RegisterRequest{Email: "eve@example.com", Password: "aaaaaaaaaaaa", DisplayName: "Eve"})
			return err
		}},
		"change of the password": {11, func() error { return changeWrongly(as(t.Context(), session), server) }},
	}
	for name, tc := range tests {
		var err error
		for range tc.tries {
			err = tc.call()
		}
		require.ErrorIs(t, err, errs.ResourceExhausted, name)
		require.Positive(t, errs.RetryAfter(err), name)
	}
	require.ErrorIs(t, changeWrongly(as(t.Context(), other), server), errs.Unauthenticated, "another session of the user goes on")
}

// changeWrongly tries to change the password without knowing it.
func changeWrongly(ctx context.Context, server *authtest.Server) error {
	_, err := server.ChangePassword(ctx, &authv1.ChangePasswordRequest{
		CurrentPassword: "wrong password", NewPassword: "a password nobody knows yet",
	})
	return err
}

// attack makes attempts with wrong passwords, some at a time, and counts how many were
// looked at. There are so many of three kinds, in turn: one account from one address,
// made-up accounts from one address, one account from many addresses.
func attack(t *testing.T, server *authtest.Server, owner string, attempts, kinds int) (hashed int64) {
	t.Helper()
	const attackers, addresses = 16, 30
	var next, looked atomic.Int64
	var group sync.WaitGroup
	for range attackers {
		group.Go(func() {
			for i := next.Add(1); i <= int64(attempts); i = next.Add(1) {
				email, address := owner, "203.0.113.9"
				switch i % int64(kinds) {
				case 1:
					email, address = fmt.Sprintf("%d@example.com", i), "203.0.113.10"
				case 2:
					address = fmt.Sprintf("2001:db8:0:%x::1", i%addresses)
				}
				err := wrong(authtest.From(t.Context(), address), server, email)
				if errs.RetryAfter(err) == 0 {
					looked.Add(1)
				}
			}
		})
	}
	group.Wait()
	return looked.Load()
}

// heapPeak returns a function that ends the watching and returns the most memory that
// live and dead objects took, in bytes.
func heapPeak(t *testing.T) func() uint64 {
	t.Helper()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-peak
	}
}

// 100,000 wrong passwords neither lock the owner out nor fill any memory.
//
//nolint:paralleltest // it measures the memory of the process
func TestLogin_SurvivesAHundredThousandWrongPasswords(t *testing.T) {
	attempts, kinds := 100_000, 3
	switch {
	case withRaceDetector: // a hash takes a second then
		attempts, kinds = 2_000, 1
	case testing.Short():
		attempts = 5_000
	}
	server, clock := onClock(t)
	owner := server.SignUp(t).GetUser().GetEmail()
	runtime.GC()
	peak := heapPeak(t)
	begin := time.Now()
	hashed := attack(t, server, owner, attempts, kinds)
	most := peak()
	t.Logf("%d attempts in %s, %d of them hashed; %d MiB of memory at most, %d keys in Redis",
		attempts, time.Since(begin).Round(time.Millisecond), hashed, most>>20, len(clock.Keys()))

	// The clock stands still: 10 of the pair, 100 of the address with made-up accounts, and
	// 10 each of the 10 addresses that the last attack has are 210, with a key for each of
	// the 12 addresses and the 111 pairs. On a machine so busy that Redis does not answer
	// in time it is some more, for then an attempt goes on.
	require.Positive(t, hashed)
	require.Less(t, hashed, int64(400))
	require.Less(t, most, uint64(256<<20))
	require.Less(t, len(clock.Keys()), 200)

	right := &authv1.LoginRequest{Email: owner, Password: authtest.Password}
	_, err := server.Login(authtest.From(t.Context(), "198.51.100.7"), right)
	require.NoError(t, err, "from another address at once")

	var waited time.Duration
	attacked := authtest.From(t.Context(), "203.0.113.9")
	for _, err = server.Login(attacked, right); errs.RetryAfter(err) > 0 && waited < time.Minute; _, err = server.Login(attacked, right) {
		waited += errs.RetryAfter(err)
		clock.Advance(errs.RetryAfter(err))
	}
	require.NoError(t, err)
	require.LessOrEqual(t, waited, 10500*time.Millisecond, "from the attacker's own within seconds")
	clock.Advance(10 * time.Minute)
	// But for the mark that Redis was never emptied.
	require.Subset(t, []string{"authn:complete"}, clock.Keys(), "nothing is left of it")
}
