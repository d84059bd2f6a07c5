package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// addKey stores an API key of a user in their workspace.
func (b bundle) addKey(t *testing.T, in store.SignIn, change ...func(*store.NewAPIKey)) (store.APIKey, []byte) {
	t.Helper()
	n := store.NewAPIKey{
		WorkspaceID: in.Workspace.ID, UserID: in.User.ID, DisplayName: "key", Scopes: []string{"DOCUMENTS_READ"},
		Hash: make([]byte, 32), Prefix: "rp_12345",
	}
	_, _ = rand.Read(n.Hash)
	for _, c := range change {
		c(&n)
	}
	key, err := b.AddAPIKey(t.Context(), n)
	require.NoError(t, err)
	return key, n.Hash
}

func TestAPIKeys_AreSeenOnlyByWhomTheyAreAbout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	_, hash := b.addKey(t, ada)
	b.addKey(t, bob)
	require.Zero(t, b.count(t, "api_keys", "app.nothing", "set"))
	require.Equal(t, 1, b.count(t, "api_keys", "app.user_id", ada.User.ID))
	require.Equal(t, 1, b.count(t, "api_keys", "app.workspace_id", ada.Workspace.ID))
	require.Equal(t, 1, b.count(t, "api_keys", "app.key_hash", fmt.Sprintf("%x", hash)))
	require.Zero(t, b.count(t, "memberships", "app.key_hash", fmt.Sprintf("%x", hash)), "a key alone shows nothing else")
	require.Zero(t, b.count(t, "api_keys", "app.maintenance", "on"))
}

func TestAddAPIKey_IsForMembersOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	_, err := b.AddAPIKey(t.Context(), store.NewAPIKey{
		WorkspaceID: ada.Workspace.ID, UserID: bob.User.ID, DisplayName: "key", Scopes: []string{"DOCUMENTS_READ"},
		Hash: make([]byte, 32), Prefix: "rp_12345",
	})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestKeyHolder_SaysWhatTheOwnerMayDoNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	expire := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	key, hash := b.addKey(t, ada, func(n *store.NewAPIKey) { n.ExpireTime = &expire })
	holder, err := b.KeyHolder(t.Context(), hash)
	require.NoError(t, err)
	require.True(t, holder.Expire.Equal(expire))
	holder.Expire = time.Time{}
	require.Equal(t, authn.Caller{
		UserID: ada.User.ID, WorkspaceID: ada.Workspace.ID, KeyID: key.ID,
		Role: authn.RoleOwner, Membership: ada.Version, Scopes: []string{"DOCUMENTS_READ"},
	}, holder.Caller)

	_, err = b.KeyHolder(t.Context(), make([]byte, 32))
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestNoteKeyUse_IsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	key, hash := b.addKey(t, ada)
	unseen := func() bool {
		holder, err := b.KeyHolder(t.Context(), hash)
		require.NoError(t, err)
		return holder.Unseen
	}
	lastUse := func() time.Time {
		keys, err := b.APIKeys(t.Context(), ada.User.ID, ada.Workspace.ID, page.Query[page.ID]{Limit: 1})
		require.NoError(t, err)
		return *keys[0].LastUseTime
	}
	require.True(t, unseen())
	require.NoError(t, b.NoteKeyUse(t.Context(), ada.User.ID, key.ID))
	require.False(t, unseen())
	first := lastUse()
	require.NoError(t, b.NoteKeyUse(t.Context(), ada.User.ID, key.ID))
	require.Equal(t, first, lastUse())

	b.as(t, ada, `UPDATE api_keys SET last_use_time = now() - interval '61 seconds'`)
	require.True(t, unseen())
	require.NoError(t, b.NoteKeyUse(t.Context(), ada.User.ID, key.ID))
	require.False(t, lastUse().Before(first))
}

func TestEndAPIKey_ChangesNothingWhenItCannotBeRevoked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	key, hash := b.addKey(t, ada)
	down := func(context.Context, ...string) error { return errors.New("Redis is down") }
	require.ErrorIs(t, b.EndAPIKey(t.Context(), ada.User.ID, ada.Workspace.ID, key.ID, down), errs.Unavailable)
	_, err := b.KeyHolder(t.Context(), hash)
	require.NoError(t, err)
	require.ErrorIs(t, b.EndAPIKey(t.Context(), ada.User.ID, uuid.NewString(), key.ID, ignore), errs.NotFound, "in another workspace")
	require.NoError(t, b.EndAPIKey(t.Context(), ada.User.ID, ada.Workspace.ID, key.ID, ignore))
	_, err = b.KeyHolder(t.Context(), hash)
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestEndKeys_EndsThoseOfOneMemberAndNamesThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	one, hash := b.addKey(t, ada)
	two, _ := b.addKey(t, ada)
	_, bobs := b.addKey(t, bob)
	ended, err := b.EndKeys(t.Context(), ada.Workspace.ID, ada.User.ID)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{one.ID, two.ID}, ended)
	ended, err = b.EndKeys(t.Context(), ada.Workspace.ID, ada.User.ID)
	require.NoError(t, err)
	require.Empty(t, ended, "they have ended before")
	_, err = b.KeyHolder(t.Context(), hash)
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = b.KeyHolder(t.Context(), bobs)
	require.NoError(t, err)
}

func TestDeleteExpired_KeepsEndedKeysForAMonth(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql  string
		kept int
	}{
		"in force":             {`SELECT`, 1},
		"deleted today":        {`UPDATE api_keys SET revoke_time = now()`, 1},
		"deleted a month ago":  {`UPDATE api_keys SET revoke_time = now() - interval '31 days'`, 0},
		"expired a month ago":  {`UPDATE api_keys SET expire_time = now() - interval '31 days'`, 0},
		"expires in a month":   {`UPDATE api_keys SET expire_time = now() + interval '31 days'`, 1},
		"expired, deleted now": {`UPDATE api_keys SET expire_time = now() - interval '31 days', revoke_time = now()`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			ada, _ := b.register(t, "ada@example.com")
			b.addKey(t, ada)
			b.as(t, ada, tc.sql)
			_, err := b.DeleteExpired(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.kept, b.count(t, "api_keys", "app.user_id", ada.User.ID))
		})
	}
}

// as runs SQL that sees a user's rows and those of their workspace.
func (b bundle) as(t *testing.T, in store.SignIn, sql string) {
	t.Helper()
	require.NoError(t, b.db.InWorkspace(t.Context(), in.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.user_id', $1, true)`, in.User.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sql)
		return err
	}))
}
