package oidc_test

import (
	"net/http"
	"strings"
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
