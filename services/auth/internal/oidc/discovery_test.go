package oidc_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc/oidctest"
)

func TestClient_FindsTheProviderWhenItComesUpAndAsksOnceForMany(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	var down atomic.Bool
	var asked atomic.Int32
	p.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/.well-known") {
			asked.Add(1)
		}
		if down.Load() {
			http.Error(w, "starting", http.StatusServiceUnavailable)
		}
		return down.Load()
	}
	down.Store(true)
	c := oidc.New(p.Config())
	_, err := c.AuthorizationURL(t.Context(), secrets)
	require.ErrorIs(t, err, errs.Unavailable)

	down.Store(false)
	asked.Store(0)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := c.AuthorizationURL(context.WithoutCancel(t.Context()), secrets)
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, asked.Load(), int32(2), "those who come later find it known")
}

func TestClient_UsesWhatItFoundForAnHourAndOnWhileTheProviderIsAway(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	var asked atomic.Int32
	var away atomic.Bool
	p.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		asked.Add(1)
		if away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
		}
		return away.Load()
	}
	c, now := oidc.New(p.Config()), time.Now()
	c.SetClock(func() time.Time { return now })
	find := func() {
		t.Helper()
		_, err := c.AuthorizationURL(t.Context(), secrets)
		require.NoError(t, err)
	}
	find()
	now = now.Add(59 * time.Minute)
	find()
	require.EqualValues(t, 1, asked.Load())
	now = now.Add(time.Minute)
	find()
	require.EqualValues(t, 2, asked.Load(), "after an hour it is looked for again")
	away.Store(true)
	now = now.Add(2 * time.Hour)
	find()
	require.EqualValues(t, 3, asked.Load(), "and used on when it cannot be found")
}

func TestIdentify_FollowsNewSigningKeys(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	c := oidc.New(p.Config())
	_, err := signIn(t, c, p, ada())
	require.NoError(t, err)
	p.Rotate(t)
	_, err = signIn(t, c, p, ada())
	require.NoError(t, err)
}

func TestClient_SaysThatTheProviderIsAwayNotThatTheUserIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]func(w http.ResponseWriter, ended <-chan struct{}){
		"is down": func(w http.ResponseWriter, _ <-chan struct{}) { http.Error(w, "down", http.StatusServiceUnavailable) },
		"hangs up": func(w http.ResponseWriter, _ <-chan struct{}) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = connection.Close()
			}
		},
		"does not answer": func(_ http.ResponseWriter, ended <-chan struct{}) { <-ended },
	}
	for name, fail := range tests {
		for _, path := range []string{"/.well-known/openid-configuration", "/token", "/keys", "/userinfo"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				t.Parallel()
				p := oidctest.Start(t)
				ended := make(chan struct{})
				t.Cleanup(func() { close(ended) })
				p.UserInfo = ada()
				p.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == path {
						fail(w, ended)
					}
					return r.URL.Path == path
				}
				c := oidc.New(p.Config())
				c.SetTimeout(500 * time.Millisecond)
				_, err := signIn(t, c, p, jwt.MapClaims{"sub": "ada"})
				require.ErrorIs(t, err, errs.Unavailable)
				require.NotErrorIs(t, err, errs.Unauthenticated)
			})
		}
	}
}

// Mix-up: an answer of discovery that is somebody else's must not be used.
func TestClient_RefusesMetadataThatIsNotTheProvidersOwnOrNotSafe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]map[string]any{
		"another issuer":              {"issuer": "https://evil.example.com"},
		"no issuer":                   {"issuer": ""},
		"codes in plain text":         {"token_endpoint": "http://login.example.com/token"},
		"keys in plain text":          {"jwks_uri": "http://login.example.com/keys"},
		"users sent to a script":      {"authorization_endpoint": "javascript:alert(1)"},
		"users sent nowhere":          {"authorization_endpoint": ""},
		"more than anybody can read":  {"padding": strings.Repeat("a", 2<<20)},
		"something that is no object": {"issuer": []string{"a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := oidctest.Start(t)
			p.Metadata = func(m map[string]any) {
				for key, value := range change {
					m[key] = value
				}
			}
			_, err := oidc.New(p.Config()).AuthorizationURL(t.Context(), secrets)
			require.ErrorIs(t, err, errs.Unavailable)
		})
	}
}

func TestIdentify_AClientThatTheProviderDoesNotKnowIsNoFaultOfTheUser(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	cfg := p.Config()
	cfg.ClientSecret = "an old secret"
	_, err := signIn(t, oidc.New(cfg), p, ada())
	require.ErrorIs(t, err, errs.Unavailable)
	require.ErrorContains(t, err, "OIDC_CLIENT_SECRET")
	require.NotContains(t, err.Error(), "an old secret")
}

func TestConfigured_HalfAConfigurationNamesTheVariable(t *testing.T) {
	t.Parallel()
	whole := oidc.Config{
		Issuer: "https://login.example.com", ClientID: "id", ClientSecret: "secret",
		RedirectURL: "https://research.example.com/signed-in", Scopes: "openid email",
	}
	tests := map[string]struct {
		change func(*oidc.Config)
		says   string // "" when it is whole
	}{
		"whole":                      {func(*oidc.Config) {}, ""},
		"a public client":            {func(c *oidc.Config) { c.ClientSecret = "" }, ""},
		"on this machine":            {func(c *oidc.Config) { c.Issuer = "http://127.0.0.1:5556/dex" }, ""},
		"no issuer":                  {func(c *oidc.Config) { c.Issuer = "" }, "OIDC_ISSUER"},
		"no client":                  {func(c *oidc.Config) { c.ClientID = "" }, "OIDC_CLIENT_ID"},
		"no page":                    {func(c *oidc.Config) { c.RedirectURL = "" }, "OIDC_REDIRECT_URL"},
		"only a secret":              {func(c *oidc.Config) { *c = oidc.Config{ClientSecret: "secret"} }, "OIDC_"},
		"an issuer in plain text":    {func(c *oidc.Config) { c.Issuer = "http://login.example.com" }, "OIDC_ISSUER"},
		"an issuer that is none":     {func(c *oidc.Config) { c.Issuer = "login" }, "OIDC_ISSUER"},
		"a page in plain text":       {func(c *oidc.Config) { c.RedirectURL = "http://research.example.com" }, "OIDC_REDIRECT_URL"},
		"a page that is a script":    {func(c *oidc.Config) { c.RedirectURL = "javascript:alert(1)" }, "OIDC_REDIRECT_URL"},
		"scopes without openid":      {func(c *oidc.Config) { c.Scopes = "email profile" }, "OIDC_SCOPES"},
		"a password in the address":  {func(c *oidc.Config) { c.Issuer = "https://u:hidden@login.example.com" }, "OIDC_ISSUER"},
		"an address that is broken":  {func(c *oidc.Config) { c.Issuer = "https://[::1" }, "OIDC_ISSUER"},
		"a page with a fragment":     {func(c *oidc.Config) { c.RedirectURL += "#top" }, "OIDC_REDIRECT_URL"},
		"scopes that only look like": {func(c *oidc.Config) { c.Scopes = "openid2" }, "OIDC_SCOPES"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := whole
			tc.change(&c)
			configured, err := c.Configured()
			if tc.says == "" {
				require.NoError(t, err)
				require.True(t, configured)
				return
			}
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "hidden")
			require.NotContains(t, err.Error(), "\n")
		})
	}
	configured, err := oidc.Config{Scopes: "openid email profile"}.Configured()
	require.NoError(t, err)
	require.False(t, configured, "nothing but the default")
}
