package seal_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
)

// key returns a key made of one byte.
func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func box(t *testing.T, current []byte, older ...[]byte) *seal.Box {
	t.Helper()
	b, err := seal.New(current, older...)
	require.NoError(t, err)
	return b
}

func TestOpen_GivesBackWhatWasSealed(t *testing.T) {
	t.Parallel()
	b := box(t, key(1))
	sealed := b.Seal([]byte("secret"), "id", "workspace")
	require.NotContains(t, string(sealed), "secret")
	require.NotEqual(t, sealed, b.Seal([]byte("secret"), "id", "workspace"), "each has a nonce of its own")
	got, old, err := b.Open(sealed, "id", "workspace")
	require.NoError(t, err)
	require.False(t, old)
	require.Equal(t, "secret", string(got))
}

func TestOpen_RefusesWhatIsNotAsItWasSealed(t *testing.T) {
	t.Parallel()
	b := box(t, key(1))
	changed := func(change func([]byte) []byte) []byte { return change(b.Seal([]byte("secret"), "id", "workspace")) }
	same := func(s []byte) []byte { return s }
	tests := map[string]struct {
		sealed []byte
		about  []string
	}{
		"for another":               {changed(same), []string{"id", "another"}},
		"for less":                  {changed(same), []string{"id"}},
		"for the same, cut else":    {changed(same), []string{"idw", "orkspace"}},
		"for nothing":               {changed(same), nil},
		"with a flipped bit":        {changed(func(s []byte) []byte { s[len(s)-1] ^= 1; return s }), []string{"id", "workspace"}},
		"with another nonce":        {changed(func(s []byte) []byte { s[0] ^= 1; return s }), []string{"id", "workspace"}},
		"cut short":                 {changed(func(s []byte) []byte { return s[:8] }), []string{"id", "workspace"}},
		"nothing at all":            {nil, []string{"id", "workspace"}},
		"sealed with another key":   {box(t, key(2)).Seal([]byte("secret"), "id", "workspace"), []string{"id", "workspace"}},
		"the plain secret, by luck": {[]byte("secret"), []string{"id", "workspace"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := b.Open(tc.sealed, tc.about...)
			require.ErrorIs(t, err, seal.ErrCannotOpen)
		})
	}
}

func TestOpen_SaysThatAnOlderKeyWasNeeded(t *testing.T) {
	t.Parallel()
	sealed := box(t, key(1)).Seal([]byte("secret"), "id")
	now := box(t, key(3), key(2), key(1))
	got, old, err := now.Open(sealed, "id")
	require.NoError(t, err)
	require.True(t, old)
	require.Equal(t, "secret", string(got))

	_, old, err = now.Open(now.Seal(got, "id"), "id")
	require.NoError(t, err)
	require.False(t, old, "sealed anew it has the current key")
}

func TestNew_TakesKeysOf32BytesOnly(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 24, 31, 33} {
		_, err := seal.New(make([]byte, n))
		require.Error(t, err)
		_, err = seal.New(key(1), make([]byte, n))
		require.Error(t, err)
	}
}
