package auth_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

func TestRefresh_GivesANewPairThatWorks(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	for range 3 {
		next, err := server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: session.GetRefreshToken()})
		require.NoError(t, err)
		require.NotEqual(t, session.GetRefreshToken(), next.GetRefreshToken())
		require.Equal(t, session.GetWorkspace().GetId(), next.GetWorkspace().GetId())
		_, err = server.GetMe(as(t.Context(), next), &authv1.GetMeRequest{})
		require.NoError(t, err)
		session = next
	}
}

func TestRefresh_UsingATokenTwiceEndsItsFamilyAtOnce(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	first := server.SignUp(t)
	second, err := server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: first.GetRefreshToken()})
	require.NoError(t, err)
	elsewhere, err := server.Login(t.Context(), &authv1.LoginRequest{
		Email: first.GetUser().GetEmail(), Password: authtest.Password,
	})
	require.NoError(t, err)

	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: first.GetRefreshToken()})
	require.ErrorIs(t, err, errs.Unauthenticated, "the used token")

	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: second.GetRefreshToken()})
	require.ErrorIs(t, err, errs.Unauthenticated, "the newest token of the family")
	_, err = server.GetMe(as(t.Context(), second), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated, "the access token of the family")
	_, err = server.GetMe(as(t.Context(), elsewhere), &authv1.GetMeRequest{})
	require.NoError(t, err, "another sign-in of the same user goes on")
}

func TestRefresh_OfManyAtTheSameTimeAtMostOneWins(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)

	results := make([]error, 6)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			_, results[i] = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: session.GetRefreshToken()})
		})
	}
	group.Wait()

	var won int
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, errs.Unauthenticated)
	}
	require.Equal(t, 1, won)
}

func TestRefresh_RefusesWhatIsNoRefreshToken(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	for name, token := range map[string]string{
		"made up":             "rpr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"cut short":           session.GetRefreshToken()[:20],
		"without its prefix":  session.GetRefreshToken()[4:],
		"not even text of it": "' OR 1=1 --",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: token})
			require.ErrorIs(t, err, errs.Unauthenticated)
		})
	}
}

func TestLogout_EndsTheSessionAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	session := server.SignUp(t)
	_, err := replica.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
	require.NoError(t, err, "replicas share their key")

	_, err = server.Logout(as(t.Context(), session), &authv1.LogoutRequest{})
	require.NoError(t, err)

	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		_, err = at.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.Unauthenticated, name)
		_, err = at.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: session.GetRefreshToken()})
		require.ErrorIs(t, err, errs.Unauthenticated, name)
	}
}

func TestLogout_LeavesOtherSessionsAlone(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	one := server.SignUp(t)
	two, err := server.Login(t.Context(), &authv1.LoginRequest{Email: one.GetUser().GetEmail(), Password: authtest.Password})
	require.NoError(t, err)
	_, err = server.Logout(as(t.Context(), one), &authv1.LogoutRequest{})
	require.NoError(t, err)
	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: two.GetRefreshToken()})
	require.NoError(t, err)
}

// Without Redis people work on, but nobody is told that access has ended when it
// has not.
func TestWithoutRedis_SigningInWorksAndLoggingOutSaysThatItDoesNot(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t, func(c *auth.Config) { c.RedisURL = "redis://127.0.0.1:1/0" })
	session := server.SignUp(t)
	_, err := server.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
	require.NoError(t, err)
	_, err = server.Logout(as(t.Context(), session), &authv1.LogoutRequest{})
	require.ErrorIs(t, err, errs.Unavailable)
	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: session.GetRefreshToken()})
	require.NoError(t, err, "the session is whole")
}
