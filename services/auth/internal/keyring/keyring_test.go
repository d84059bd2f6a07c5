package keyring

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

var secret = []byte("the secret of a fleet in a test, no more")

// memory is a Keys that keeps them in a slice, newest first.
type memory struct {
	keys []store.SigningKey
	err  error
}

// SigningKeys implements Keys.
func (m *memory) SigningKeys(_ context.Context, first func() (store.SigningKey, error)) ([]store.SigningKey, error) {
	if m.err != nil {
		return nil, m.err
	}
	if len(m.keys) == 0 {
		key, err := first()
		if err != nil {
			return nil, err
		}
		m.keys = append(m.keys, key)
	}
	return m.keys, nil
}

func TestLoad_MakesAKeyOnceAndFindsItAgain(t *testing.T) {
	t.Parallel()
	keys := &memory{}
	var first, second Ring
	require.NoError(t, first.Load(t.Context(), keys, secret))
	require.NoError(t, second.Load(t.Context(), keys, secret))

	kid, private := first.Signing()
	again, same := second.Signing()
	require.Equal(t, kid, again)
	require.True(t, private.Equal(same))

	public, err := second.Key(t.Context(), kid)
	require.NoError(t, err)
	require.True(t, ed25519.Verify(public, []byte("message"), ed25519.Sign(private, []byte("message"))))
}

func TestLoad_TheNewestKeySignsAndOlderOnesStillVerify(t *testing.T) {
	t.Parallel()
	keys := &memory{}
	var old, now Ring
	require.NoError(t, old.Load(t.Context(), keys, secret))
	seal, err := newSealer(secret)
	require.NoError(t, err)
	newest, err := generate(seal)
	require.NoError(t, err)
	keys.keys = append([]store.SigningKey{newest}, keys.keys...)

	require.NoError(t, now.Load(t.Context(), keys, secret))
	kid, _ := now.Signing()
	require.Equal(t, newest.KID, kid)
	oldKID, _ := old.Signing()
	key, err := now.Key(t.Context(), oldKID)
	require.NoError(t, err)
	require.NotNil(t, key)

	published := now.Public()
	require.Len(t, published, 2)
	require.Equal(t, newest.KID, published[0].GetKid(), "the current one first")
}

func TestLoad_RefusesAKeyThatWasTamperedWith(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, key *store.SigningKey){
		"another secret":       nil,
		"a changed seal":       func(_ *testing.T, k *store.SigningKey) { k.Sealed[len(k.Sealed)-1] ^= 1 },
		"a seal cut short":     func(_ *testing.T, k *store.SigningKey) { k.Sealed = k.Sealed[:8] },
		"the seal of another":  func(t *testing.T, k *store.SigningKey) { k.Sealed = fresh(t).Sealed },
		"another's public key": func(t *testing.T, k *store.SigningKey) { k.Public = fresh(t).Public },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, with := fresh(t), secret
			if change == nil {
				with = []byte("some other secret of sufficient length")
			} else {
				change(t, &key)
			}
			var ring Ring
			require.Error(t, ring.Load(t.Context(), &memory{keys: []store.SigningKey{key}}, with))
			require.Empty(t, ring.Public())
		})
	}
}

// fresh returns a new key, sealed with the secret.
func fresh(t *testing.T) store.SigningKey {
	t.Helper()
	seal, err := newSealer(secret)
	require.NoError(t, err)
	key, err := generate(seal)
	require.NoError(t, err)
	return key
}

func TestLoad_PassesOnThatTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	var ring Ring
	require.ErrorIs(t, ring.Load(t.Context(), &memory{err: down}, secret), down)
}

func TestRing_IsEmptyBeforeItIsLoaded(t *testing.T) {
	t.Parallel()
	var ring Ring
	require.Empty(t, ring.Public())
	key, err := ring.Key(t.Context(), "k")
	require.NoError(t, err)
	require.Nil(t, key)
}

func TestSeal_DoesNotShowThePrivateKey(t *testing.T) {
	t.Parallel()
	keys := &memory{}
	var ring Ring
	require.NoError(t, ring.Load(t.Context(), keys, secret))
	_, private := ring.Signing()
	require.NotContains(t, string(keys.keys[0].Sealed), string(private.Seed()))
}

// RFC 8037, appendix A.3.
func TestThumbprint_IsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	key, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	require.NoError(t, err)
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", thumbprint(key))
}
