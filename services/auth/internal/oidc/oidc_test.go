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

// secrets of one sign-in.
var secrets = oidc.Secrets{
	State: "state-of-the-first-sign-in", Nonce: "nonce-of-the-first-sign-in",
	Verifier: "verifier-of-the-first-sign-in-with-43-letters",
}

// signIn signs a user in from beginning to end.
func signIn(t *testing.T, c *oidc.Client, p *oidctest.Provider, user jwt.MapClaims) (oidc.Identity, error) {
	t.Helper()
	address, err := c.AuthorizationURL(t.Context(), secrets)
	if err != nil {
		return oidc.Identity{}, err
	}
	code, state := p.SignIn(t, address, user)
	require.Equal(t, secrets.State, state)
	return c.Identify(t.Context(), code, secrets)
}

// ada is a user with a verified address.
func ada() jwt.MapClaims { return oidctest.Claims("ada", "ada@example.com") }

func TestIdentify_ReturnsWhomTheProviderVouchesFor(t *testing.T) {
	t.Parallel()
	tests := map[string]func(p *oidctest.Provider){
		"RS256":           func(*oidctest.Provider) {},
		"ES256":           func(p *oidctest.Provider) { p.Method = jwt.SigningMethodES256 },
		"a public client": func(p *oidctest.Provider) { p.Public = true },
		"a secret in the form": func(p *oidctest.Provider) {
			p.Metadata = func(m map[string]any) { m["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"} }
			p.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
				if id, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret"); id != "" {
					r.SetBasicAuth(id, strings.ReplaceAll(secret, " ", "+")) // the provider reads it there
				}
				return false
			}
		},
		"no at_hash":           func(p *oidctest.Provider) { p.Change = func(c jwt.MapClaims) { delete(c, "at_hash") } },
		"a list of one":        claim("aud", []string{oidctest.ClientID}),
		"its party named":      claim("azp", oidctest.ClientID),
		"two, and it is party": claims(map[string]any{"aud": []string{oidctest.ClientID, "other"}, "azp": oidctest.ClientID}),
		"verified, as text":    claim("email_verified", "true"),
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := oidctest.Start(t)
			change(p)
			who, err := signIn(t, oidc.New(p.Config()), p, ada())
			require.NoError(t, err)
			require.Equal(t, oidc.Identity{Issuer: p.URL, Subject: "ada", Email: "ada@example.com", Name: "Ada Lovelace"}, who)
		})
	}
}

// claim makes a provider say something else in ID tokens.
func claim(name string, value any) func(*oidctest.Provider) {
	return claims(map[string]any{name: value})
}

func claims(changed map[string]any) func(*oidctest.Provider) {
	return func(p *oidctest.Provider) {
		p.Change = func(c jwt.MapClaims) {
			for name, value := range changed {
				c[name] = value
			}
		}
	}
}

func TestIdentify_RefusesAnIDTokenThatIsNotForThisSignIn(t *testing.T) {
	t.Parallel()
	stranger := oidctest.Start(t)
	tests := map[string]func(p *oidctest.Provider){
		"another nonce":                 claim("nonce", "of another sign-in"),
		"no nonce":                      func(p *oidctest.Provider) { p.Change = func(c jwt.MapClaims) { delete(c, "nonce") } },
		"another audience":              claim("aud", "another client"),
		"another party":                 claim("azp", "another client"),
		"two audiences without a party": claim("aud", []string{oidctest.ClientID, "another client"}),
		"another issuer":                claim("iss", stranger.URL),
		"expired":                       claim("exp", time.Now().Add(-time.Minute).Unix()),
		"no end":                        func(p *oidctest.Provider) { p.Change = func(c jwt.MapClaims) { delete(c, "exp") } },
		"not yet":                       claim("nbf", time.Now().Add(time.Hour).Unix()),
		"the hash of another token":     claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"nobody":                        claim("sub", ""),
		"alg none": func(p *oidctest.Provider) {
			p.Sign = func(c jwt.MapClaims) string {
				signed, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
				require.NoError(t, err)
				return signed
			}
		},
		"HS256 with the client's secret": func(p *oidctest.Provider) { p.Sign = hs256(t, []byte(oidctest.ClientSecret)) },
		"HS256 with the public key":      func(p *oidctest.Provider) { p.Sign = hs256(t, p.RSAPublic()) },
		"no ID token":                    func(p *oidctest.Provider) { p.Sign = func(jwt.MapClaims) string { return "" } },
		"no token at all":                func(p *oidctest.Provider) { p.Sign = func(jwt.MapClaims) string { return "a.b.c" } },
		"a key of somebody else": func(p *oidctest.Provider) {
			p.Metadata = func(m map[string]any) { m["jwks_uri"] = stranger.URL + "/keys" }
		},
	}
	for name, attack := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := oidctest.Start(t)
			attack(p)
			who, err := signIn(t, oidc.New(p.Config()), p, ada())
			require.ErrorIs(t, err, errs.Unauthenticated)
			require.Empty(t, who)
		})
	}
}

// hs256 signs with a secret that an attacker knows.
func hs256(t *testing.T, key []byte) func(jwt.MapClaims) string {
	return func(c jwt.MapClaims) string {
		signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(key)
		require.NoError(t, err)
		return signed
	}
}

func TestIdentify_NeedsTheCodeAndTheProofOfTheSameSignIn(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	c := oidc.New(p.Config())
	address, err := c.AuthorizationURL(t.Context(), secrets)
	require.NoError(t, err)
	code, _ := p.SignIn(t, address, ada())
	other := secrets
	other.Verifier = "verifier-of-another-sign-in-with-43-letters--"
	_, err = c.Identify(t.Context(), code, other)
	require.ErrorIs(t, err, errs.Unauthenticated, "a stolen code without its proof")
	_, err = c.Identify(t.Context(), "made up", secrets)
	require.ErrorIs(t, err, errs.Unauthenticated)

	code, _ = p.SignIn(t, address, ada())
	_, err = c.Identify(t.Context(), code, secrets)
	require.NoError(t, err)
	_, err = c.Identify(t.Context(), code, secrets)
	require.ErrorIs(t, err, errs.Unauthenticated, "a code works once")
}

func TestIdentify_GivesNoAddressThatIsNotVerified(t *testing.T) {
	t.Parallel()
	for name, verified := range map[string]any{"no": false, "no, as text": "false", "nothing": nil, "a number": 1} {
		p := oidctest.Start(t)
		user := ada()
		user["email_verified"] = verified
		who, err := signIn(t, oidc.New(p.Config()), p, user)
		require.NoError(t, err, name)
		require.Equal(t, "ada", who.Subject, name)
		require.Empty(t, who.Email, name)
	}
}

func TestIdentify_AsksForTheAddressWhereTheIDTokenHasNone(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t)
	p.UserInfo = ada()
	c := oidc.New(p.Config())
	who, err := signIn(t, c, p, jwt.MapClaims{"sub": "ada"})
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", who.Email)

	p.UserInfo = oidctest.Claims("eve", "ada@example.com")
	_, err = signIn(t, c, p, jwt.MapClaims{"sub": "ada"})
	require.ErrorIs(t, err, errs.Unauthenticated, "an answer about somebody else")
}

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
