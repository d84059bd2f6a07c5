package authn_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// secret is a fleet secret for tests.
var secret = []byte("a secret of the fleet for tests, 40 bytes")

// keys is a KeySource over a map.
type keys map[string]ed25519.PublicKey

// Key implements authn.KeySource.
func (k keys) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	return k[kid], nil
}

// brokenKeys is a KeySource whose server is down.
type brokenKeys struct{}

// Key implements authn.KeySource.
func (brokenKeys) Key(context.Context, string) (ed25519.PublicKey, error) {
	return nil, errors.New("connection refused")
}

// newKey returns the key pair that a seed byte stands for.
func newKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
}

// token is what a test signs; change edits a good one.
type token struct {
	claims authn.UserClaims
	header map[string]any
	method jwt.SigningMethod
	key    any
}

// good is a user's access token that a verifier for EdDSA accepts.
func good(now time.Time) token {
	return token{
		claims: authn.UserClaims{
			Workspace: "ws-1", Role: "ADMIN", Session: "sid-1",
			RegisteredClaims: jwt.RegisteredClaims{
				Issuer: authn.Issuer, Subject: "user-1", Audience: jwt.ClaimStrings{authn.Audience},
				IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
				ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
			},
		},
		header: map[string]any{"typ": authn.TypeUser, "kid": "k1"},
		method: jwt.SigningMethodEdDSA,
		key:    newKey('a'),
	}
}

func (tk token) sign(t *testing.T) string {
	t.Helper()
	j := jwt.NewWithClaims(tk.method, tk.claims)
	delete(j.Header, "typ")
	for name, value := range tk.header {
		j.Header[name] = value
	}
	signed, err := j.SignedString(tk.key)
	require.NoError(t, err)
	return signed
}

func publicKeys() keys {
	return keys{
		"k1": newKey('a').Public().(ed25519.PublicKey),
		"k2": newKey('b').Public().(ed25519.PublicKey),
	}
}

func verifier(t *testing.T, change func(*authn.Options)) *authn.TokenVerifier {
	t.Helper()
	o := authn.Options{Secret: secret, Keys: publicKeys()}
	if change != nil {
		change(&o)
	}
	v, err := authn.NewVerifier(o)
	require.NoError(t, err)
	return v
}

func TestVerify_AcceptsAUsersToken(t *testing.T) {
	t.Parallel()
	want := authn.Caller{UserID: "user-1", WorkspaceID: "ws-1", SessionID: "sid-1", Role: authn.RoleAdmin}

	t.Run("signed with EdDSA", func(t *testing.T) {
		t.Parallel()
		got, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: good(time.Now()).sign(t)})
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(time.Minute), got.Expire, 10*time.Second)
		got.Expire = time.Time{}
		require.Equal(t, want, got)
	})
	t.Run("signed with HS256 and the fleet's secret, when so configured", func(t *testing.T) {
		t.Parallel()
		v := verifier(t, func(o *authn.Options) { o.Algorithm, o.Keys = authn.HS256, nil })
		tk := good(time.Now())
		tk.method, tk.key = jwt.SigningMethodHS256, secret
		got, err := v.Verify(t.Context(), authn.Credential{Token: tk.sign(t)})
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(time.Minute), got.Expire, 10*time.Second)
		got.Expire = time.Time{}
		require.Equal(t, want, got)
	})
	t.Run("when the clocks are some seconds apart", func(t *testing.T) {
		t.Parallel()
		_, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: good(time.Now().Add(3 * time.Second)).sign(t)})
		require.NoError(t, err)
	})
}

func TestVerify_RefusesAUsersToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*token)
		reason string
	}{
		"expired":                         {func(tk *token) { tk.claims.ExpiresAt = at(-time.Minute) }, "TOKEN_EXPIRED"},
		"not valid yet":                   {func(tk *token) { tk.claims.NotBefore = at(time.Minute) }, "TOKEN_INVALID"},
		"issued in the future":            {func(tk *token) { tk.claims.IssuedAt = at(time.Minute) }, "TOKEN_INVALID"},
		"without an expiry":               {func(tk *token) { tk.claims.ExpiresAt = nil }, "TOKEN_INVALID"},
		"without a not-before":            {func(tk *token) { tk.claims.NotBefore = nil }, "TOKEN_INVALID"},
		"of another issuer":               {func(tk *token) { tk.claims.Issuer = "someone" }, "TOKEN_INVALID"},
		"for another audience":            {func(tk *token) { tk.claims.Audience = jwt.ClaimStrings{"other"} }, "TOKEN_INVALID"},
		"without an audience":             {func(tk *token) { tk.claims.Audience = nil }, "TOKEN_INVALID"},
		"without a user":                  {func(tk *token) { tk.claims.Subject = "" }, "TOKEN_INVALID"},
		"without a workspace":             {func(tk *token) { tk.claims.Workspace = "" }, "TOKEN_INVALID"},
		"without a session":               {func(tk *token) { tk.claims.Session = "" }, "TOKEN_INVALID"},
		"with an unknown role":            {func(tk *token) { tk.claims.Role = "ROOT" }, "TOKEN_INVALID"},
		"without a key id":                {func(tk *token) { delete(tk.header, "kid") }, "TOKEN_INVALID"},
		"with an unknown key id":          {func(tk *token) { tk.header["kid"] = "k9" }, "TOKEN_INVALID"},
		"signed with another key":         {func(tk *token) { tk.header["kid"] = "k2" }, "TOKEN_INVALID"},
		"of another type":                 {func(tk *token) { tk.header["typ"] = "JWT" }, "TOKEN_INVALID"},
		"without a type":                  {func(tk *token) { delete(tk.header, "typ") }, "TOKEN_INVALID"},
		"with critical extensions":        {func(tk *token) { tk.header["crit"] = []string{"exp"} }, "TOKEN_INVALID"},
		"that calls itself a service's":   {func(tk *token) { tk.header["typ"] = authn.TypeService }, "TOKEN_INVALID"},
		"signed with the secret":          {func(tk *token) { tk.method, tk.key = jwt.SigningMethodHS256, secret }, "TOKEN_INVALID"},
		"signed with the public key":      {func(tk *token) { tk.method, tk.key = jwt.SigningMethodHS256, []byte(publicKeys()["k1"]) }, "TOKEN_INVALID"},
		"not signed at all":               {func(tk *token) { tk.method, tk.key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType }, "TOKEN_INVALID"},
		"a service's, with user's secret": {func(tk *token) { serviceWith(tk, secret) }, "TOKEN_INVALID"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tk := good(time.Now())
			tc.change(&tk)
			_, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: tk.sign(t)})
			require.ErrorIs(t, err, errs.Unauthenticated)
			require.Equal(t, tc.reason, errs.Reason(err))
		})
	}
}

// at is a moment relative to now.
func at(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(time.Now().Add(d)) }

// serviceWith turns a token into a service token signed with a key.
func serviceWith(tk *token, key []byte) {
	tk.header["typ"], tk.claims.Issuer = authn.TypeService, "analysis"
	tk.method, tk.key = jwt.SigningMethodHS256, key
}

func TestVerify_RefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	whole := good(time.Now()).sign(t)
	parts := strings.Split(whole, ".")
	tests := map[string]string{
		"empty":                       "",
		"no dots":                     "abc",
		"header is not base64":        "!!." + parts[1] + "." + parts[2],
		"header is not JSON":          base64.RawURLEncoding.EncodeToString([]byte("{")) + "." + parts[1] + "." + parts[2],
		"header is null":              base64.RawURLEncoding.EncodeToString([]byte("null")) + "." + parts[1] + "." + parts[2],
		"signature cut off":           parts[0] + "." + parts[1] + ".",
		"two segments":                parts[0] + "." + parts[1],
		"four segments":               whole + "." + parts[2],
		"claims of another token":     parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"root"}`)) + "." + parts[2],
		"too long to be looked at":    whole + strings.Repeat("A", 5000),
		"signature with padding bits": whole[:len(whole)-1] + "B",
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: tc})
			require.ErrorIs(t, err, errs.Unauthenticated)
			require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
		})
	}
}

func TestVerify_EdDSATokensAreRefusedUnderHS256(t *testing.T) {
	t.Parallel()
	v := verifier(t, func(o *authn.Options) { o.Algorithm = authn.HS256 })
	_, err := v.Verify(t.Context(), authn.Credential{Token: good(time.Now()).sign(t)})
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
}

func TestVerify_SaysUnavailableWhenTheKeysCannotBeHad(t *testing.T) {
	t.Parallel()
	v := verifier(t, func(o *authn.Options) { o.Keys = brokenKeys{} })
	_, err := v.Verify(t.Context(), authn.Credential{Token: good(time.Now()).sign(t)})
	require.ErrorIs(t, err, errs.Unavailable)
	require.NotErrorIs(t, err, errs.Unauthenticated)
}

func TestNewVerifier_RefusesABadConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		opts authn.Options
		says string
	}{
		"a short secret":       {authn.Options{Secret: []byte("short"), Keys: keys{}}, "SECRET_KEY"},
		"an unknown algorithm": {authn.Options{Secret: secret, Keys: keys{}, Algorithm: "none"}, "ALGORITHM"},
		"EdDSA without keys":   {authn.Options{Secret: secret}, "public keys"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := authn.NewVerifier(tc.opts)
			require.ErrorContains(t, err, tc.says)
		})
	}
}
