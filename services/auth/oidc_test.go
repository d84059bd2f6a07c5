package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc/oidctest"
)

// withProvider serves an auth service that signs in with an OpenID provider.
func withProvider(t *testing.T) (*authtest.Server, *oidctest.Provider) {
	t.Helper()
	p := oidctest.Start(t)
	return authtest.Serve(t, use(p)), p
}

// use configures a provider.
func use(p *oidctest.Provider) func(*auth.Config) {
	return func(c *auth.Config) {
		cfg := p.Config()
		c.OidcIssuer, c.OidcClientID, c.OidcClientSecret = cfg.Issuer, cfg.ClientID, cfg.ClientSecret
		c.OidcRedirectURL, c.OidcScopes = cfg.RedirectURL, cfg.Scopes
	}
}

// begin begins a sign-in and lets the user sign in with the provider.
func begin(t *testing.T, at *authtest.Server, p *oidctest.Provider, user jwt.MapClaims) *authv1.FinishOidcRequest {
	t.Helper()
	started, err := authv1.NewOidcServiceClient(at.Conn).StartOidc(t.Context(), &authv1.StartOidcRequest{})
	require.NoError(t, err)
	code, state := p.SignIn(t, started.GetAuthorizationUrl(), user)
	return &authv1.FinishOidcRequest{Transaction: started.GetTransaction(), Code: code, State: state}
}

// finish ends a sign-in.
func finish(t *testing.T, at *authtest.Server, req *authv1.FinishOidcRequest) (*authv1.Session, error) {
	t.Helper()
	return authv1.NewOidcServiceClient(at.Conn).FinishOidc(t.Context(), req)
}

// signIn signs a user in from beginning to end.
func signIn(t *testing.T, at *authtest.Server, p *oidctest.Provider, user jwt.MapClaims) *authv1.Session {
	t.Helper()
	session, err := finish(t, at, begin(t, at, p, user))
	require.NoError(t, err)
	return session
}

func TestOidc_TheFirstSignInMakesAnAccountTheNextOnesFindIt(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	first := signIn(t, server, p, oidctest.Claims("ada", "Ada@Example.com"))
	require.Equal(t, "ada@example.com", first.GetUser().GetEmail())
	require.Equal(t, "Ada Lovelace", first.GetUser().GetDisplayName())
	require.Equal(t, "Ada Lovelace's workspace", first.GetWorkspace().GetDisplayName())
	me, err := server.GetMe(as(t.Context(), first), &authv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, accessv1.Role_OWNER, me.GetWorkspaces()[0].GetRole())
	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: first.GetRefreshToken()})
	require.NoError(t, err)

	again := signIn(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	require.Equal(t, first.GetUser().GetId(), again.GetUser().GetId())
	unverified := oidctest.Claims("ada", "new@example.com")
	unverified["email_verified"] = false
	moved := signIn(t, server, p, unverified)
	require.Equal(t, first.GetUser().GetId(), moved.GetUser().GetId(), "the subject counts, not the address")
	require.Equal(t, "ada@example.com", moved.GetUser().GetEmail())
	other := signIn(t, server, p, oidctest.Claims("bob", "bob@example.com"))
	require.NotEqual(t, first.GetUser().GetId(), other.GetUser().GetId())
}

func TestOidc_AnUnknownUserNeedsAVerifiedAddress(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	victim := server.SignUp(t)
	for name, change := range map[string]func(jwt.MapClaims){
		"an address that is not verified": func(c jwt.MapClaims) { c["email_verified"] = false },
		"no address":                      func(c jwt.MapClaims) { delete(c, "email") },
		"an address that is none":         func(c jwt.MapClaims) { c["email"] = "Ada <ada@example.com>" },
		"an address that is too long":     func(c jwt.MapClaims) { c["email"] = string(make([]byte, 300)) + "@example.com" },
	} {
		user := oidctest.Claims("eve", victim.GetUser().GetEmail())
		change(user)
		_, err := finish(t, server, begin(t, server, p, user))
		require.ErrorIs(t, err, errs.FailedPrecondition, name)
		require.Equal(t, "EMAIL_NOT_VERIFIED", reason(err), name)
	}
}

// Somebody may have registered the address of another, to share the account from
// the day that its owner signs in.
func TestOidc_AnAccountThatNobodyVerifiedIsTakenFromWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	replica := authtest.Replica(t, server.Config)
	elsewhere := serveOther(t, server)
	trap := server.SignUp(t)
	email := trap.GetUser().GetEmail()
	key := newKey(t, server, trap)
	put(t, server, trap, authv1.Credential_WORKSPACE, "sk-secret of the trap")
	put(t, server, trap, authv1.Credential_USER, "sk-secret of the trap")
	_, err := elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)

	owner := signIn(t, server, p, oidctest.Claims("ada", email))
	require.Equal(t, trap.GetUser().GetId(), owner.GetUser().GetId())

	for name, call := range map[string]func() error{
		"the access token": func() error { _, err := replica.GetMe(as(t.Context(), trap), &authv1.GetMeRequest{}); return err },
		"the refresh token": func() error {
			_, err := replica.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: trap.GetRefreshToken()})
			return err
		},
		"the API key":              func() error { _, err := server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{}); return err },
		"the API key elsewhere":    func() error { _, err := elsewhere.list(with(t.Context(), key)); return err },
		"the password that it had": func() error { return tryPassword(t.Context(), server, email) },
	} {
		require.ErrorIs(t, call(), errs.Unauthenticated, name)
	}
	_, err = resolve(t, server, owner.GetUser().GetId(), owner.GetWorkspace().GetId(), "openai")
	require.ErrorIs(t, err, errs.NotFound, "its credentials would let it read along")
	_, err = server.GetMe(as(t.Context(), owner), &authv1.GetMeRequest{})
	require.NoError(t, err, "the owner's own session goes on")
	key = newKey(t, server, owner)
	signIn(t, server, p, oidctest.Claims("ada", email))
	signIn(t, server, p, oidctest.Claims("ada at another of the provider's directories", email))
	_, err = server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
	require.NoError(t, err, "from then on the address is verified, and nothing is taken")
}

// tryPassword tries to sign in with authtest.Password.
func tryPassword(ctx context.Context, at *authtest.Server, email string) error {
	_, err := at.Login(ctx, &authv1.LoginRequest{Email: email, Password: authtest.Password})
	return err
}

func TestOidc_TakingAnAccountNeedsRedis(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	trap := server.SignUp(t)
	broken := server.Config
	broken.RedisURL = "redis://127.0.0.1:1/0"
	replica := authtest.Replica(t, broken)
	_, err := finish(t, replica, begin(t, replica, p, oidctest.Claims("ada", trap.GetUser().GetEmail())))
	require.ErrorIs(t, err, errs.Unavailable, "what cannot be ended must not be shared")
	require.NoError(t, tryPassword(t.Context(), server, trap.GetUser().GetEmail()), "nothing has changed")
}

func TestOidc_AnAccountWithoutAPasswordHasNoneThatWorks(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	session := signIn(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	_, without := server.Login(t.Context(), &authv1.LoginRequest{Email: "ada@example.com", Password: "wrong password"})
	_, unknown := server.Login(t.Context(), &authv1.LoginRequest{Email: "nobody@example.com", Password: "wrong password"})
	require.ErrorIs(t, without, errs.Unauthenticated)
	require.Equal(t, unknown.Error(), without.Error(), "the same answer as for no account")

	_, err := server.ChangePassword(as(t.Context(), session), &authv1.ChangePasswordRequest{
		CurrentPassword: "anything", NewPassword: "a password nobody knows yet",
	})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.Equal(t, "NO_PASSWORD", reason(err))
	_, err = server.Register(t.Context(), &authv1.RegisterRequest{
		Email: "ada@example.com", Password: "a password nobody knows yet", DisplayName: "Eve",
	})
	require.ErrorIs(t, err, errs.AlreadyExists)
}

func TestFinishOidc_RefusesWhatIsNotTheSameSignIn(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	ada := oidctest.Claims("ada", "ada@example.com")
	tests := map[string]func(req, other *authv1.FinishOidcRequest){
		"another state":            func(req, other *authv1.FinishOidcRequest) { req.State = other.GetState() },
		"a code of another":        func(req, other *authv1.FinishOidcRequest) { req.Code = other.GetCode() },
		"a transaction of another": func(req, other *authv1.FinishOidcRequest) { req.Transaction = other.GetTransaction() },
		"another's answer whole": func(req, other *authv1.FinishOidcRequest) {
			req.Code, req.State = other.GetCode(), other.GetState()
		},
		"a transaction that is none": func(req, _ *authv1.FinishOidcRequest) { req.Transaction = "rpo_made-up" },
		"a code that is none":        func(req, _ *authv1.FinishOidcRequest) { req.Code = "made-up" },
	}
	for name, attack := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, other := begin(t, server, p, ada), begin(t, server, p, oidctest.Claims("eve", "eve@example.com"))
			attack(req, other)
			_, err := finish(t, server, req)
			require.ErrorIs(t, err, errs.Unauthenticated)
			_, err = finish(t, server, req)
			require.Equal(t, "OIDC_TRANSACTION_INVALID", reason(err), "and it cannot be tried again")
		})
	}
}

func TestFinishOidc_WorksOnceWhoeverComesAtTheSameTime(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	replica := authtest.Replica(t, server.Config)
	req := begin(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	results := make([]error, 6)
	var group sync.WaitGroup
	for i := range results {
		at := []*authtest.Server{server, replica}[i%2]
		group.Go(func() { _, results[i] = finish(t, at, req) })
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, errs.Unauthenticated)
	}
	require.Equal(t, 1, won)
}

// Two windows, one new user.
func TestFinishOidc_OfTwoFirstSignInsBothGetTheSameAccount(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	ada := oidctest.Claims("ada", "ada@example.com")
	requests := make([]*authv1.FinishOidcRequest, 4)
	for i := range requests {
		requests[i] = begin(t, server, p, ada)
	}
	users, failed := make([]string, len(requests)), make([]error, len(requests))
	var group sync.WaitGroup
	for i, req := range requests {
		group.Go(func() {
			session, err := finish(t, server, req)
			users[i], failed[i] = session.GetUser().GetId(), err
		})
	}
	group.Wait()
	for i := range users {
		require.NoError(t, failed[i])
		require.Equal(t, users[0], users[i])
	}
}

func TestFinishOidc_RefusesATransactionThatHasExpired(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	req := begin(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	expireTransaction(t, server, req.GetTransaction())
	_, err := finish(t, server, req)
	require.Equal(t, "OIDC_TRANSACTION_INVALID", reason(err))
}

func TestOidc_WithoutAProviderSaysSo(t *testing.T) {
	t.Parallel()
	client := authv1.NewOidcServiceClient(authtest.Serve(t).Conn)
	_, err := client.StartOidc(t.Context(), &authv1.StartOidcRequest{})
	require.Equal(t, "OIDC_NOT_CONFIGURED", reason(err))
	_, err = client.FinishOidc(t.Context(), &authv1.FinishOidcRequest{Transaction: "t", Code: "c", State: "s"})
	require.Equal(t, "OIDC_NOT_CONFIGURED", reason(err))
}

func TestOidc_AProviderThatIsAwayAtTheStartIsFoundLater(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	var away atomic.Bool
	away.Store(true)
	p.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		if away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
		}
		return away.Load()
	}
	server := authtest.Serve(t, use(p))
	_, err := authv1.NewOidcServiceClient(server.Conn).StartOidc(t.Context(), &authv1.StartOidcRequest{})
	require.ErrorIs(t, err, errs.Unavailable)
	require.NotContains(t, err.Error(), p.URL, "where it is, is for the log")
	away.Store(false)
	req := begin(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	away.Store(true)
	_, err = finish(t, server, req)
	require.ErrorIs(t, err, errs.Unavailable, "found, but away again")
}

func TestStartOidc_KeepsItsSecretsApart(t *testing.T) {
	t.Parallel()
	server, _ := withProvider(t)
	seen := map[string]bool{}
	for range 2 {
		started, err := authv1.NewOidcServiceClient(server.Conn).StartOidc(t.Context(), &authv1.StartOidcRequest{})
		require.NoError(t, err)
		u, err := url.Parse(started.GetAuthorizationUrl())
		require.NoError(t, err)
		for _, secret := range []string{
			started.GetTransaction(), u.Query().Get("state"), u.Query().Get("nonce"), u.Query().Get("code_challenge"),
		} {
			require.False(t, seen[secret], "drawn twice")
			seen[secret] = true
		}
		require.NotContains(t, started.GetAuthorizationUrl(), started.GetTransaction())
	}
}

func TestNew_RefusesHalfAnOpenIDConfiguration(t *testing.T) {
	t.Parallel()
	cfg := authtest.Config(t)
	cfg.OidcIssuer = "https://login.example.com"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := auth.New(ctx, cfg)
	require.ErrorContains(t, err, "OIDC_")
	cfg.OidcIssuer, cfg.CredentialsKey = "", "too short"
	_, err = auth.New(ctx, cfg)
	require.ErrorContains(t, err, "CREDENTIALS_KEY")
}
