package jwks_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
)

// auth stands for the auth service: a test changes what it answers. Inside a
// synctest bubble its latency costs no time.
type auth struct {
	mu    sync.Mutex
	keys  []*authv1.Jwk
	err   error
	calls int
}

var errDown = errors.New("connection refused")

// GetJwks implements jwks.Client.
func (a *auth) GetJwks(ctx context.Context, _ *authv1.GetJwksRequest, _ ...grpc.CallOption) (*authv1.GetJwksResponse, error) {
	select {
	case <-time.After(10 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	return &authv1.GetJwksResponse{Keys: a.keys}, a.err
}

// answer sets what the next calls give.
func (a *auth) answer(err error, keys ...*authv1.Jwk) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err, a.keys = err, keys
}

// asked returns how often the service was called.
func (a *auth) asked() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls
}

// publicKey returns the key that a seed byte stands for.
func publicKey(seed byte) ed25519.PublicKey {
	private := ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))
	return private.Public().(ed25519.PublicKey)
}

// wait lets time pass, and with it all that was started.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestKey_IsFetchedOnceForManyCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}}
		source := jwks.New(server)
		require.Zero(t, server.asked(), "New asks nothing")

		got := make(chan ed25519.PublicKey, 20)
		for range cap(got) {
			go func() {
				key, _ := source.Key(t.Context(), "k1")
				got <- key
			}()
		}
		for range cap(got) {
			require.Equal(t, publicKey(1), <-got)
		}
		require.Equal(t, 1, server.asked())
	})
}

func TestKey_FindsANewKeyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}}
		source := jwks.New(server)
		_, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)

		wait(2 * time.Second)
		server.answer(nil, jwks.Encode("k2", publicKey(2)), jwks.Encode("k1", publicKey(1)))
		key, err := source.Key(t.Context(), "k2")
		require.NoError(t, err)
		require.Equal(t, publicKey(2), key)
	})
}

func TestKey_ForgetsAWithdrawnKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}}
		source := jwks.New(server)
		_, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)
		server.answer(nil)

		wait(6 * time.Minute)
		key, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)
		require.NotNil(t, key, "the call that finds the keys old does not wait for new ones")

		wait(2 * time.Second)
		key, err = source.Key(t.Context(), "k1")
		require.NoError(t, err)
		require.Nil(t, key)
	})
}

func TestKey_MadeUpIdsDoNotFloodAuth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}}
		source := jwks.New(server)
		for range 1000 {
			key, err := source.Key(t.Context(), "made up")
			require.NoError(t, err)
			require.Nil(t, key)
		}
		require.Equal(t, 1, server.asked())
	})
}

func TestKey_KnownKeysStayWhileAuthIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}}
		source := jwks.New(server)
		_, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)

		server.answer(errDown)
		for range 10 {
			wait(time.Hour)
			key, err := source.Key(t.Context(), "k1")
			require.NoError(t, err)
			require.Equal(t, publicKey(1), key)
		}
		wait(time.Second)
		_, err = source.Key(t.Context(), "k2")
		require.ErrorIs(t, err, errDown, "whether k2 is good cannot be told")
	})
}

func TestKey_RecoversWhenAuthStartsLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &auth{err: errDown}
		source := jwks.New(server)
		for range 10 { // the failure is remembered for a moment, not asked for again
			_, err := source.Key(t.Context(), "k1")
			require.ErrorIs(t, err, errDown)
		}
		require.Equal(t, 1, server.asked())

		server.answer(nil, jwks.Encode("k1", publicKey(1)))
		wait(time.Second)
		key, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)
		require.Equal(t, publicKey(1), key)
	})
}

func TestKey_ACallerWhoHangsUpDoesNotSpoilItForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := jwks.New(&auth{keys: []*authv1.Jwk{jwks.Encode("k1", publicKey(1))}})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := source.Key(gone, "k1")
		require.ErrorIs(t, err, context.Canceled)

		key, err := source.Key(t.Context(), "k1")
		require.NoError(t, err)
		require.Equal(t, publicKey(1), key)
	})
}

func TestKey_IgnoresWhatIsNoEd25519SigningKey(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*authv1.Jwk){
		"another key type":      func(k *authv1.Jwk) { k.Kty = "RSA" },
		"another curve":         func(k *authv1.Jwk) { k.Crv = "X25519" },
		"another algorithm":     func(k *authv1.Jwk) { k.Alg = "HS256" },
		"a key for encryption":  func(k *authv1.Jwk) { k.Use = "enc" },
		"a short key":           func(k *authv1.Jwk) { k.X = k.X[:20] },
		"a key that is no text": func(k *authv1.Jwk) { k.X = "!" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				jwk := jwks.Encode("k1", publicKey(1))
				change(jwk)
				key, err := jwks.New(&auth{keys: []*authv1.Jwk{jwk}}).Key(t.Context(), "k1")
				require.NoError(t, err)
				require.Nil(t, key)
			})
		})
	}
}
