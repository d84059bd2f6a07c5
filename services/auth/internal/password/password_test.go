package password

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

func TestVerify_AcceptsThePasswordAndNoOther(t *testing.T) {
	t.Parallel()
	h := NewHasher(2)
	hash, err := h.Hash(t.Context(), "grün, größer — 緑")
	require.NoError(t, err)
	tests := map[string]struct {
		password string
		want     bool
	}{
		"the same":                         {"grün, größer — 緑", true},
		"the same, typed as other bytes":   {"gru\u0308n, gro\u0308ßer — 緑", true},
		"another":                          {"grun, grosser — 緑", false},
		"the same in another case":         {"Grün, größer — 緑", false},
		"the same and more":                {"grün, größer — 緑 ", false},
		"nothing":                          {"", false},
		"the hash itself is no password":   {hash, false},
		"more characters than others take": {strings.Repeat("x", 256), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := h.Verify(t.Context(), tc.password, hash)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

// Some implementations look at the first 72 bytes only.
func TestVerify_EveryCharacterCounts(t *testing.T) {
	t.Parallel()
	h := NewHasher(1)
	long := strings.Repeat("x", 255)
	hash, err := h.Hash(t.Context(), long+"a")
	require.NoError(t, err)
	ok, err := h.Verify(t.Context(), long+"b", hash)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestHash_IsSaltedAndNamesItsParameters(t *testing.T) {
	t.Parallel()
	h := NewHasher(1)
	one, err := h.Hash(t.Context(), "password")
	require.NoError(t, err)
	two, err := h.Hash(t.Context(), "password")
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	require.True(t, strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$"), one)
}

// The vector is the one of RFC 9106's reference code without secret and data:
// echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32
func TestVerify_ReadsHashesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, err := NewHasher(1).Verify(t.Context(), "password", hash)
	require.NoError(t, err)
	require.True(t, ok)
}

func TestVerify_RefusesAHashThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, hash := range map[string]string{
		"empty":             "",
		"another algorithm": "$2b$12$abcdefghijklmnopqrstuv",
		"argon2i":           "$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO0",
		"another version":   "$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO0",
		"too much memory":   "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO0",
		"too many passes":   "$argon2id$v=19$m=19456,t=4000,p=1$c29tZXNhbHQ$CTFhFdXPJO0",
		"no passes":         "$argon2id$v=19$m=19456,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO0",
		"no lanes":          "$argon2id$v=19$m=19456,t=2,p=0$c29tZXNhbHQ$CTFhFdXPJO0",
		"no salt":           "$argon2id$v=19$m=19456,t=2,p=1$$CTFhFdXPJO0",
		"no hash":           "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$",
		"not base64":        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$!!!",
		"one part too many": "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO0$x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok, err := NewHasher(1).Verify(t.Context(), "password", hash)
			require.Error(t, err)
			require.False(t, ok)
		})
	}
}

// The work for nobody has to be the work for somebody: the same parameters, and
// the comparison never true.
func TestNobodyCostsWhatSomebodyCosts(t *testing.T) {
	t.Parallel()
	h := NewHasher(1)
	p, salt, hash, err := decode(h.nobody)
	require.NoError(t, err)
	require.Equal(t, current, p)
	require.Len(t, salt, saltSize)
	require.Len(t, hash, hashSize)
	require.NoError(t, h.VerifyNobody(t.Context(), "password"))
}

func TestHasher_BoundsHowManyHashesRunAndWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(2)
		h.slots <- struct{}{}
		h.slots <- struct{}{} // two hashes run and never end

		begin := time.Now()
		_, err := h.Hash(t.Context(), "password")
		require.ErrorIs(t, err, errs.ResourceExhausted)
		require.Equal(t, maxWait, time.Since(begin))

		gone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = h.Hash(gone, "password")
		require.ErrorIs(t, err, context.DeadlineExceeded, "a caller who waits less is not told to come back")

		<-h.slots
		_, err = h.Hash(t.Context(), "password")
		require.NoError(t, err, "a free slot is used")
	})
}

// A flood is turned away at once: those who wait hold their requests in memory.
func TestHasher_TurnsAwayAtOnceWhenTheQueueIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1)
		h.slots <- struct{}{}
		h.places <- struct{}{} // one hash runs and never ends
		waiting := make(chan error, maxWaiting)
		for range maxWaiting {
			go func() {
				_, err := h.Hash(t.Context(), "password")
				waiting <- err
			}()
		}
		synctest.Wait()

		begin := time.Now()
		_, err := h.Hash(t.Context(), "password")
		require.ErrorIs(t, err, errs.ResourceExhausted)
		require.Equal(t, retryAfter, errs.RetryAfter(err))
		require.Zero(t, time.Since(begin))

		for range maxWaiting {
			require.ErrorIs(t, <-waiting, errs.ResourceExhausted)
		}
		<-h.slots
		_, err = h.Hash(t.Context(), "password")
		require.NoError(t, err, "those who gave up left their places")
	})
}

func TestOutdated_IsAHashThatWouldBeMadeOtherwiseToday(t *testing.T) {
	t.Parallel()
	hash, err := NewHasher(1).Hash(t.Context(), "password")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		hash string
		want bool
	}{
		"of today":         {hash, false},
		"less memory":      {strings.Replace(hash, "m=19456", "m=8192", 1), true},
		"more passes":      {strings.Replace(hash, "t=2", "t=3", 1), true},
		"more lanes":       {strings.Replace(hash, "p=1", "p=2", 1), true},
		"a shorter salt":   {encode(current, random(8), random(hashSize)), true},
		"a shorter result": {encode(current, random(saltSize), random(16)), true},
		"no hash of ours":  {"$2b$12$abcdefghijklmnopqrstuv", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, Outdated(tc.hash))
		})
	}
}

// What one sign-in costs; the reason for the limit on how many run at once.
func BenchmarkVerify(b *testing.B) {
	h := NewHasher(1)
	hash, err := h.Hash(b.Context(), "password")
	require.NoError(b, err)
	b.Run("known account", func(b *testing.B) {
		for b.Loop() {
			_, _ = h.Verify(b.Context(), "wrong", hash)
		}
	})
	b.Run("unknown account", func(b *testing.B) {
		for b.Loop() {
			_ = h.VerifyNobody(b.Context(), "wrong")
		}
	})
}
