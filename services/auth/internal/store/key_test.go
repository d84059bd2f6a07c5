package store_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// newKey makes a key pair; what is sealed in it does not matter to the store.
func newKey() (store.SigningKey, error) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	return store.SigningKey{KID: rand.Text(), Public: public, Sealed: []byte("sealed")}, err
}

// signingKeys returns the ids of the keys, newest first.
func (b bundle) signingKeys(t *testing.T) []store.SigningKey {
	t.Helper()
	keys, err := b.SigningKeys(t.Context(), newKey)
	require.NoError(t, err)
	return keys
}

// shift lets time pass for the keys.
func (b bundle) shift(t *testing.T, by time.Duration) {
	t.Helper()
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('app.signing_keys', 'on', true)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE signing_keys
			SET activate_time = activate_time - $1::interval, retire_time = retire_time - $1::interval`, by)
		return err
	}))
}

func TestSigningKeys_ManyReplicasMakeOneKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := make([]string, 5)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() {
			if keys, err := b.SigningKeys(t.Context(), newKey); err == nil && len(keys) == 1 {
				got[i] = keys[0].KID
			}
		})
	}
	group.Wait()
	require.NotEmpty(t, got[0])
	for _, kid := range got {
		require.Equal(t, got[0], kid)
	}
}

func TestSigningKeys_AreShownOnlyToWhatWorksWithThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	b.signingKeys(t)
	for setting, value := range map[string]string{
		"app.nothing": "on", "app.user_id": ada.User.ID, "app.workspace_id": ada.Workspace.ID,
		"app.maintenance": "on", "app.email": "ada@example.com",
	} {
		require.Zero(t, b.count(t, "signing_keys", setting, value), setting)
	}
	require.Equal(t, 1, b.count(t, "signing_keys", "app.signing_keys", "on"))
}

func TestRotateKeys_FollowsTheDatabasesClock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.signingKeys(t)[0]
	rotation := store.Rotation{Every: time.Hour, Lead: time.Minute, Keep: 30 * time.Minute}
	rotate := func(want bool, why string) {
		t.Helper()
		rotated, err := b.RotateKeys(t.Context(), rotation, newKey)
		require.NoError(t, err)
		require.Equal(t, want, rotated, why)
	}

	rotate(false, "the key is not old enough")
	b.shift(t, time.Hour)
	rotate(true, "now it is")
	keys := b.signingKeys(t)
	require.Len(t, keys, 2)
	require.Equal(t, old.KID, keys[1].KID)
	require.False(t, keys[0].Active(), "the new one is published and does not sign yet")
	require.InDelta(t, -60, keys[0].Age, 10)

	rotation.Every = 0
	rotate(false, "one is waiting for its time")
	b.shift(t, 61*time.Second)
	require.True(t, b.signingKeys(t)[0].Active())
	b.shift(t, 28*time.Minute)
	require.Len(t, b.signingKeys(t), 2, "a token of the old key may still be out")
	b.shift(t, 2*time.Minute)
	require.Len(t, b.signingKeys(t), 1, "no more")
	require.Equal(t, 1, b.count(t, "signing_keys", "app.signing_keys", "on"), "its private half is gone, too")
	b.shift(t, 10*365*24*time.Hour)
	require.Equal(t, keys[0].KID, b.signingKeys(t)[0].KID, "the newest has no end")
}

func TestRotateKeys_OfReplicasTogetherOneDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.signingKeys(t)
	b.shift(t, 2*time.Hour)
	var done atomic.Int32
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			rotated, err := b.RotateKeys(t.Context(), store.Rotation{Every: time.Hour, Lead: time.Minute, Keep: time.Hour}, newKey)
			if err == nil && rotated {
				done.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, done.Load())
	require.Len(t, b.signingKeys(t), 2)
}

// A password that is changed meanwhile wins over a hash that is renewed.
func TestRehash_OnlyReplacesTheHashThatWasChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	require.NoError(t, b.Rehash(t.Context(), ada.User.ID, ada.User.PasswordHash, "renewed"))
	require.ErrorIs(t, b.Rehash(t.Context(), ada.User.ID, ada.User.PasswordHash, "late"), errs.Conflict)
	user, err := b.UserByEmail(t.Context(), "ada@example.com")
	require.NoError(t, err)
	require.Equal(t, "renewed", user.PasswordHash)
}
