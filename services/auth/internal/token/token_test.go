package token_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// caller is whom the tokens of these tests stand for.
var caller = authn.Caller{UserID: "u", WorkspaceID: "w", SessionID: "s", Role: authn.RoleResearcher, Membership: 7}

// secret is the fleet's secret.
var secret = []byte("the secret of a fleet in a test, no more")

// pair is a key pair that is its own key source.
type pair struct{ ed25519.PrivateKey }

// Key implements authn.KeySource.
func (p pair) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	if kid != "k1" {
		return nil, nil
	}
	return p.Public().(ed25519.PublicKey), nil
}

// signing is what an EdDSA issuer asks for its key.
func (p pair) signing() (string, ed25519.PrivateKey) { return "k1", p.PrivateKey }

func newPair() pair { return pair{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))} }

func TestAccess_VerifiesAsTheCaller(t *testing.T) {
	t.Parallel()
	keys := newPair()
	tests := map[string]struct {
		issuer   *token.Issuer
		verifier authn.Options
	}{
		"EdDSA": {token.NewEdDSA(keys.signing, time.Minute), authn.Options{Secret: secret, Keys: keys}},
		"HS256": {token.NewHS256(secret, time.Minute), authn.Options{Secret: secret, Algorithm: authn.HS256}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := authn.NewVerifier(tc.verifier)
			require.NoError(t, err)
			access, err := tc.issuer.Access(caller)
			require.NoError(t, err)
			got, err := v.Verify(t.Context(), authn.Credential{Token: access})
			require.NoError(t, err)
			got.Expire = time.Time{}
			require.Equal(t, caller, got)
		})
	}
}

func TestAccess_LivesAsLongAsConfigured(t *testing.T) {
	t.Parallel()
	issuer := token.NewHS256(secret, 7*time.Minute)
	access, err := issuer.Access(caller)
	require.NoError(t, err)
	require.Equal(t, 7*time.Minute, issuer.Life())

	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
	require.NoError(t, err)
	var claims struct{ Iat, Nbf, Exp int64 }
	require.NoError(t, json.Unmarshal(payload, &claims))
	require.EqualValues(t, 7*60, claims.Exp-claims.Iat)
	require.Equal(t, claims.Iat, claims.Nbf)
	require.WithinDuration(t, time.Now(), time.Unix(claims.Iat, 0), 5*time.Second)
}

func TestOpaqueTokens_AreRandomAndStoredAsAHash(t *testing.T) {
	t.Parallel()
	for prefix, kind := range map[string]struct {
		make func() (string, []byte)
		hash func(string) []byte
	}{
		"rpr_": {token.NewRefresh, token.HashRefresh},
		"rpi_": {token.NewInvitation, token.HashInvitation},
	} {
		one, hash := kind.make()
		two, _ := kind.make()
		require.NotEqual(t, one, two)
		require.True(t, strings.HasPrefix(one, prefix))
		require.Len(t, hash, 32)
		require.Equal(t, hash, kind.hash(one))
		require.NotContains(t, one, string(hash))

		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(one, prefix))
		require.NoError(t, err)
		require.Len(t, raw, 32, "256 random bits")
	}
}
