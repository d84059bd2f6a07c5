package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// vouched is a sign-in of Ada with a provider.
func vouched(email string) store.OidcSignIn {
	return store.OidcSignIn{
		Identity: store.Identity{Issuer: "https://login.example.com", Subject: "ada"},
		Account:  store.NewAccount{Email: email, DisplayName: "Ada"},
		First:    refresh(time.Hour),
		Revoke:   ignore,
	}
}

// begun stores an OpenID sign-in and returns its hash.
func (b bundle) begun(t *testing.T, life time.Duration) []byte {
	t.Helper()
	hash := make([]byte, 32)
	_, _ = rand.Read(hash)
	require.NoError(t, b.BeginOidc(t.Context(), store.OidcTransaction{
		Hash: hash, State: "state", Nonce: "nonce", Sealed: []byte("sealed"),
	}, life))
	return hash
}

func TestTakeOidc_GivesATransactionOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hash := b.begun(t, time.Minute)
	require.Zero(t, b.count(t, "oidc_transactions", "app.nothing", "set"))
	require.Equal(t, 1, b.count(t, "oidc_transactions", "app.oidc_hash", fmt.Sprintf("%x", hash)))
	got, err := b.TakeOidc(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, store.OidcTransaction{Hash: hash, State: "state", Nonce: "nonce", Sealed: []byte("sealed")}, got)
	_, err = b.TakeOidc(t.Context(), hash)
	require.ErrorIs(t, err, errs.NotFound)
}

func TestTakeOidc_ExpiredOnesAreNotFoundAndDeletedLater(t *testing.T) {
	t.Parallel()
	b := setup(t)
	expired, good := b.begun(t, -time.Second), b.begun(t, time.Minute)
	_, err := b.TakeOidc(t.Context(), expired)
	require.ErrorIs(t, err, errs.NotFound)
	deleted, err := b.DeleteExpired(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted)
	_, err = b.TakeOidc(t.Context(), good)
	require.NoError(t, err)
}

func TestSignInOidc_IdentitiesAreSeenByTheirUserAndWhomTheProviderVouchesFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, err := b.SignInOidc(t.Context(), vouched("ada@example.com"))
	require.NoError(t, err)
	require.Empty(t, in.User.PasswordHash)
	require.Zero(t, b.count(t, "identities", "app.nothing", "set"))
	require.Equal(t, 1, b.count(t, "identities", "app.user_id", in.User.ID))
	require.Zero(t, b.count(t, "identities", "app.oidc_subject", "ada"), "an issuer belongs to it")
}

// An account without a password must not be opened by an empty one.
func TestStartSession_DoesNotOpenAnAccountWithoutAPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in, err := b.SignInOidc(t.Context(), vouched("ada@example.com"))
	require.NoError(t, err)
	_, err = b.StartSession(t.Context(), in.User, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestSignInOidc_ChangesNothingWhenAccessCannotBeEnded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	trap, token := b.register(t, "ada@example.com")
	key, _ := b.addKey(t, trap)
	n := vouched("ada@example.com")
	var told []string
	n.Revoke = func(_ context.Context, ids ...string) error {
		told = ids
		return errors.New("Redis is down")
	}
	_, err := b.SignInOidc(t.Context(), n)
	require.ErrorIs(t, err, errs.Unavailable)
	require.ElementsMatch(t, []string{trap.SessionID, key.ID}, told)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.NoError(t, err)

	n.Revoke = ignore
	in, err := b.SignInOidc(t.Context(), n)
	require.NoError(t, err)
	require.Equal(t, trap.User.ID, in.User.ID)
	require.Empty(t, in.User.PasswordHash)
}

// The policy is the second wall behind the WHERE.
func TestCredentials_AreSeenInTheirWorkspaceAndOnesOwnByOneself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	for _, owner := range []*string{nil, &ada.User.ID} {
		_, err := b.PutCredential(t.Context(), store.Credential{
			ID: uuid.NewString(), WorkspaceID: ada.Workspace.ID, UserID: owner, Provider: "openai",
			Sealed: []byte("sealed"), CreatorID: ada.User.ID,
		})
		require.NoError(t, err)
	}
	require.Zero(t, b.count(t, "credentials", "app.nothing", "set"))
	require.Zero(t, b.count(t, "credentials", "app.user_id", ada.User.ID), "not without the workspace")
	require.Equal(t, 1, b.count(t, "credentials", "app.workspace_id", ada.Workspace.ID), "the workspace's, not a member's own")
	own, err := b.Credentials(t.Context(), ada.User.ID, ada.Workspace.ID)
	require.NoError(t, err)
	require.Len(t, own, 2)
	_, err = b.CredentialFor(t.Context(), ada.User.ID, uuid.NewString(), "openai")
	require.ErrorIs(t, err, errs.NotFound)
}
