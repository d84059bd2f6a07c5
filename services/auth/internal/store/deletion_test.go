package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// left returns what a transaction about the deletion of a workspace sees of it.
func (b bundle) left(t *testing.T, workspaceID string) (left map[string]int) {
	t.Helper()
	require.NoError(t, b.db.InWorkspace(t.Context(), workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT set_config('app.deletion', $1, true)", workspaceID)
		left = tenancytest.Left(t, tx, pgtest.Schema, workspaceID)
		return err
	}))
	return left
}

// own names the membership of an owner in their workspace.
func own(in store.SignIn) store.MemberID {
	return store.MemberID{WorkspaceID: in.Workspace.ID, UserID: in.User.ID}
}

func TestSchema_NothingOfADeletedWorkspaceIsForgotten(t *testing.T) {
	t.Parallel()
	// The audit log takes the record of the deletion, and goes with the workspace.
	tenancytest.Check(t, setup(t).db, "audit_events")
}

func TestDeleteWorkspace_EndsAllAccessAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com") // an ADMIN
	open := invitation(ada, "eve@example.com", time.Hour)
	_, err := b.Invite(t.Context(), open)
	require.NoError(t, err)
	eve, _ := b.register(t, "eve@example.com")

	var a told
	require.NoError(t, b.DeleteWorkspace(t.Context(), doomed(own(ada), "research", "report"), &a))
	require.Equal(t, []string{ada.SessionID}, a.revoked, "Bob's session is in his own workspace")
	require.Len(t, a.changed, 2)
	for _, m := range a.changed {
		require.Equal(t, ada.Workspace.ID, m.WorkspaceID)
		require.Greater(t, m.Version, ada.Version)
	}
	for _, user := range []string{ada.User.ID, bob.User.ID} {
		_, err = b.Membership(t.Context(), user, ada.Workspace.ID)
		require.ErrorIs(t, err, errs.NotFound)
	}
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = b.Accept(t.Context(), eve.User.ID, open.Hash)
	require.ErrorIs(t, err, errs.NotFound)
	require.Equal(t, 1, b.count(t, "sessions", "app.user_id", bob.User.ID), "the one in his own workspace")

	d, err := b.Deletion(t.Context(), ada.Workspace.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"research", "report"}, d.Pending)
	_, err = b.Deletion(t.Context(), bob.Workspace.ID)
	require.ErrorIs(t, err, errs.NotFound)
}

func TestDeleteWorkspace_IsForItsOwner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com") // an ADMIN
	err := b.DeleteWorkspace(t.Context(), doomed(store.MemberID{WorkspaceID: ada.Workspace.ID, UserID: bob.User.ID}), &told{})
	require.ErrorIs(t, err, errs.PermissionDenied)
	err = b.DeleteWorkspace(t.Context(), doomed(store.MemberID{WorkspaceID: bob.Workspace.ID, UserID: ada.User.ID}), &told{})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.Deletion(t.Context(), ada.Workspace.ID)
	require.ErrorIs(t, err, errs.NotFound, "and it can be written to")
}

func TestDeleteWorkspace_ChangesNothingWhenOthersCannotBeTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	require.ErrorIs(t, b.DeleteWorkspace(t.Context(), doomed(own(ada)), &told{fails: errors.New("Redis is down")}), errs.Unavailable)
	_, err := b.Membership(t.Context(), ada.User.ID, ada.Workspace.ID)
	require.NoError(t, err)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.NoError(t, err)
}

// Who is just joining either has joined and is thrown out, or cannot join.
func TestDeleteWorkspace_NobodyJoinsMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	joined := make(chan error, 1)
	require.NoError(t, b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('app.workspace_id', $1, true), bury_workspace($1::uuid)", ada.Workspace.ID); err != nil {
			return err
		}
		go func() {
			joined <- b.db.InWorkspace(t.Context(), ada.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, 'ADMIN')", ada.Workspace.ID, bob.User.ID)
				return err
			})
		}()
		return awaitWaiter(ctx, b)
	}))
	require.ErrorContains(t, <-joined, "is deleted")
}

// awaitWaiter returns when somebody waits for a lock on a workspace.
func awaitWaiter(ctx context.Context, b bundle) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for waiting := false; !waiting; {
		err := b.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waiting)
		if err != nil {
			return err
		}
	}
	return nil
}

func TestFinishDeletion_LeavesATombstoneForAWhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	_, err := b.UpdateSettings(t.Context(), ada.Workspace.ID, func(s store.Settings) (store.Settings, error) {
		s.EgressAllowList = []string{"example.org"}
		return s, nil
	})
	require.NoError(t, err)
	_, err = b.CreateWorkspace(t.Context(), store.NewWorkspace{OwnerID: ada.User.ID, DisplayName: "Other", RequestID: "r"})
	require.NoError(t, err)
	bobs := b.left(t, bob.Workspace.ID)

	require.NoError(t, b.DeleteWorkspace(t.Context(), doomed(own(ada), "research"), &told{}))
	require.NoError(t, b.ConfirmDeletion(t.Context(), ada.Workspace.ID, "museum"), "who has nothing confirms nothing")
	require.NoError(t, b.ConfirmDeletion(t.Context(), ada.Workspace.ID, "research"))
	require.NoError(t, b.ConfirmDeletion(t.Context(), ada.Workspace.ID, "research"), "again is no error")
	require.ErrorIs(t, b.ConfirmDeletion(t.Context(), bob.Workspace.ID, "research"), errs.NotFound)
	list, err := b.Deletions(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Empty(t, list[0].Pending)

	require.NotEmpty(t, b.left(t, ada.Workspace.ID))
	for range 2 {
		require.NoError(t, b.FinishDeletion(t.Context(), ada.Workspace.ID))
	}
	require.Empty(t, b.left(t, ada.Workspace.ID))
	require.Equal(t, bobs, b.left(t, bob.Workspace.ID))
	list, err = b.Deletions(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)

	require.NoError(t, b.ForgetDeletions(t.Context(), time.Hour))
	_, err = b.Deletion(t.Context(), ada.Workspace.ID)
	require.NoError(t, err, "a late confirmation is still understood")
	require.NoError(t, b.ForgetDeletions(t.Context(), 0))
	_, err = b.Deletion(t.Context(), ada.Workspace.ID)
	require.ErrorIs(t, err, errs.NotFound)
}

// doomed deletes the workspace whatever it has become.
func doomed(owner store.MemberID, services ...string) store.Doomed {
	return store.Doomed{Owner: owner, Check: func(store.Workspace) error { return nil }, Services: services}
}
