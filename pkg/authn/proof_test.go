package authn_test

import (
	"crypto/ed25519"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// What a verifier remembers of a token must not outlive what made the token good.
func TestVerify_ATokenThatWasGoodIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// spoil ends what the token stands on, or changes the token.
		spoil  func(token string, published keys, clock *clock) string
		reason string
	}{
		"after its time": {func(token string, _ keys, c *clock) string {
			c.add(2 * time.Minute)
			return token
		}, "TOKEN_EXPIRED"},
		"when its key is withdrawn": {func(token string, published keys, _ *clock) string {
			delete(published, "k1")
			return token
		}, "TOKEN_INVALID"},
		"when its key's name stands for another key": {func(token string, published keys, _ *clock) string {
			published["k1"] = newKey('b').Public().(ed25519.PublicKey)
			return token
		}, "TOKEN_INVALID"},
		"with another signature": {func(token string, _ keys, _ *clock) string {
			body := token[:strings.LastIndexByte(token, '.')+1]
			return body + strings.Repeat("A", len(token)-len(body))
		}, "TOKEN_INVALID"},
		"without one": {func(token string, _ keys, _ *clock) string {
			return token[:strings.LastIndexByte(token, '.')+1]
		}, "TOKEN_INVALID"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			published, clock := publicKeys(), &clock{now: time.Now()}
			v := verifier(t, func(o *authn.Options) { o.Keys, o.Now = published, clock.Now })
			token := good(clock.now).sign(t)
			for range 2 { // the second time it is known
				_, err := v.Verify(t.Context(), authn.Credential{Token: token})
				require.NoError(t, err)
			}
			spoiled := tc.spoil(token, published, clock)
			for range 2 {
				_, err := v.Verify(t.Context(), authn.Credential{Token: spoiled})
				require.Equal(t, tc.reason, errs.Reason(err))
			}
		})
	}
}

func TestVerify_AKnownTokenStandsForTheSameCaller(t *testing.T) {
	t.Parallel()
	m, err := authn.NewMinter(secret, "analysis")
	require.NoError(t, err)
	service, err := m.Mint(authn.Caller{WorkspaceID: "ws-2", UserID: "user-2"})
	require.NoError(t, err)
	v := verifier(t, nil)
	for _, token := range []string{good(time.Now()).sign(t), service} {
		first, err := v.Verify(t.Context(), authn.Credential{Token: token})
		require.NoError(t, err)
		again, err := v.Verify(t.Context(), authn.Credential{Token: token})
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
	require.Equal(t, 2, v.Proofs())
}

func TestVerify_OnlyGoodTokensAreRemembered(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	expired, forged := good(time.Now().Add(-time.Hour)), good(time.Now())
	forged.key = newKey('b')
	foreign := good(time.Now())
	foreign.header = maps.Clone(foreign.header)
	foreign.header["kid"] = "k3"
	for _, token := range []token{expired, forged, foreign} {
		_, err := v.Verify(t.Context(), authn.Credential{Token: token.sign(t)})
		require.Error(t, err)
	}
	require.Zero(t, v.Proofs(), "who makes tokens up must not push out good ones")
}
