package keyring

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

var secret = []byte("the secret of a fleet in a test, no more")

// memory is a Keys that keeps them in a slice, newest first, and whose clock stands
// still.
type memory struct {
	mu       sync.Mutex
	keys     []store.SigningKey
	rotation store.Rotation
	err      error
}

// SigningKeys implements Keys.
func (m *memory) SigningKeys(_ context.Context, first store.MakeKey) ([]store.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
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

// RotateKeys implements Keys.
func (m *memory) RotateKeys(_ context.Context, r store.Rotation, next store.MakeKey) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return false, m.err
	}
	m.rotation = r
	key, err := next()
	key.Age = -r.Lead.Seconds()
	m.keys = append([]store.SigningKey{key}, m.keys...)
	return true, err
}

// become changes what the store holds and how it answers.
func (m *memory) become(err error, keys ...store.SigningKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.keys = err, keys
}

// keep returns a ring with its keeper.
func keep(t *testing.T, keys Keys, schedule Schedule) (*Ring, *Keeper) {
	t.Helper()
	ring := &Ring{}
	keeper, err := NewKeeper(ring, keys, secret, schedule)
	require.NoError(t, err)
	return ring, keeper
}

func TestLoad_MakesAKeyOnceAndFindsItAgain(t *testing.T) {
	t.Parallel()
	keys := &memory{}
	first, one := keep(t, keys, Schedule{})
	second, two := keep(t, keys, Schedule{})
	require.NoError(t, one.Load(t.Context()))
	require.NoError(t, two.Load(t.Context()))

	kid, private := first.Signing()
	again, same := second.Signing()
	require.Equal(t, kid, again)
	require.True(t, private.Equal(same))

	public, err := second.Key(t.Context(), kid)
	require.NoError(t, err)
	require.True(t, ed25519.Verify(public, []byte("message"), ed25519.Sign(private, []byte("message"))))
}

// A token must never come to a verifier that could not have heard of its key.
func TestRotate_TheNewKeyIsPublishedBeforeItSignsAndTheOldOneAfter(t *testing.T) {
	t.Parallel()
	keys := &memory{}
	ring, keeper := keep(t, keys, Schedule{Reload: time.Second, TokenLife: time.Hour})
	require.NoError(t, keeper.Load(t.Context()))
	old, _ := ring.Signing()
	rotated, err := keeper.Rotate(t.Context())
	require.NoError(t, err)
	require.True(t, rotated)
	next := keys.keys[0].KID

	require.GreaterOrEqual(t, keys.rotation.Lead, 2*time.Second, "every replica reloads in that time")
	require.Greater(t, keys.rotation.Keep, time.Hour+time.Second, "the last token of the old key has expired")

	require.NoError(t, keeper.Load(t.Context()))
	kid, _ := ring.Signing()
	require.Equal(t, old, kid, "not yet")
	require.Len(t, ring.Public(), 2)
	require.Equal(t, next, ring.Public()[0].GetKid())

	keys.keys[0].Age = 0
	require.NoError(t, keeper.Load(t.Context()))
	kid, private := ring.Signing()
	require.Equal(t, next, kid, "from its time on")
	key, err := ring.Key(t.Context(), old)
	require.NoError(t, err)
	require.NotNil(t, key, "tokens of the old one are still good")
	key, err = ring.Key(t.Context(), next)
	require.NoError(t, err)
	require.True(t, key.Equal(private.Public()))
}

func TestStep_RotatesWhenTheKeyIsOld(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		every time.Duration
		age   float64
		want  int // keys
	}{
		"old enough":     {time.Hour, 3600, 2},
		"not yet":        {time.Hour, 3599, 1},
		"waiting":        {time.Hour, -1, 1},
		"never":          {0, 1e9, 1},
		"long ago, once": {time.Hour, 1e6, 2},
		"just been made": {time.Hour, 0, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := &memory{}
			_, keeper := keep(t, keys, Schedule{Every: tc.every})
			require.NoError(t, keeper.Load(t.Context()))
			if tc.age < 0 { // there is one that signs behind it
				_, err := keeper.Rotate(t.Context())
				require.NoError(t, err)
				tc.want++
			} else {
				keys.keys[0].Age = tc.age
			}
			for range 3 {
				require.NoError(t, keeper.step(t.Context()))
			}
			require.Len(t, keys.keys, tc.want)
		})
	}
}

// A replica that cannot reach the database goes on with the keys it knows.
func TestRun_KeepsTheKeysWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := &memory{}
		ring, keeper := keep(t, keys, Schedule{})
		require.NoError(t, keeper.Load(t.Context()))
		old, _ := ring.Signing()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			keeper.Run(ctx)
		}()

		keys.become(errors.New("down"))
		time.Sleep(3 * DefaultReload) //nolint:forbidigo // a bubble's clock
		kid, _ := ring.Signing()
		require.Equal(t, old, kid)

		next := fresh(t)
		keys.become(nil, next)
		time.Sleep(2 * DefaultReload) //nolint:forbidigo // a bubble's clock
		kid, _ = ring.Signing()
		require.Equal(t, next.KID, kid)
		stop()
		<-ended
	})
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
			ring := &Ring{}
			keeper, err := NewKeeper(ring, &memory{keys: []store.SigningKey{key}}, with, Schedule{})
			require.NoError(t, err)
			require.Error(t, keeper.Load(t.Context()))
			require.Empty(t, ring.Public())

			key.Age = -1
			keys := &memory{keys: []store.SigningKey{key, fresh(t)}}
			keeper, err = NewKeeper(ring, keys, with, Schedule{})
			require.NoError(t, err)
			require.Error(t, keeper.Load(t.Context()), "before it is its turn, too")
		})
	}
}

// fresh returns a new key, sealed with the secret.
func fresh(t *testing.T) store.SigningKey {
	t.Helper()
	seal, err := newSealer(secret)
	require.NoError(t, err)
	key, err := (&Keeper{seal: seal}).generate()
	require.NoError(t, err)
	return key
}

func TestLoad_PassesOnThatTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	_, keeper := keep(t, &memory{err: down}, Schedule{})
	require.ErrorIs(t, keeper.Load(t.Context()), down)
	_, err := keeper.Rotate(t.Context())
	require.ErrorIs(t, err, down)
	_, err = NewKeeper(&Ring{}, &memory{}, []byte("short"), Schedule{})
	require.ErrorContains(t, err, "SECRET_KEY")
}

func TestLoad_NeedsAKeyThatMaySign(t *testing.T) {
	t.Parallel()
	key := fresh(t)
	key.Age = -1
	_, keeper := keep(t, &memory{keys: []store.SigningKey{key}}, Schedule{})
	require.Error(t, keeper.Load(t.Context()))
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
	ring, keeper := keep(t, keys, Schedule{})
	require.NoError(t, keeper.Load(t.Context()))
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
