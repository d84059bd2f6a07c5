package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// told is an Announcer that takes notes.
type told struct {
	revoked []string
	changed []authn.Membership
	fails   error
}

func (t *told) Revoke(_ context.Context, ids ...string) error {
	t.revoked = append(t.revoked, ids...)
	return t.fails
}

func (t *told) ChangeMemberships(_ context.Context, changed ...authn.Membership) error {
	t.changed = append(t.changed, changed...)
	return t.fails
}

// invitation is a new one to the workspace of a sign-in, by its user.
func invitation(by store.SignIn, email string, life time.Duration) store.NewInvitation {
	return store.NewInvitation{
		WorkspaceID: by.Workspace.ID, InviterID: by.User.ID, Email: email, Role: authn.RoleAdmin,
		Hash: refresh(0).Hash, Life: life,
	}
}

// join makes a new user a member of the workspace of a sign-in.
func (b bundle) join(t *testing.T, by store.SignIn, email string) store.SignIn {
	t.Helper()
	member, _ := b.register(t, email)
	n := invitation(by, email, time.Hour)
	_, err := b.Invite(t.Context(), n)
	require.NoError(t, err)
	_, err = b.Accept(t.Context(), member.User.ID, n.Hash)
	require.NoError(t, err)
	return member
}

// seen returns how many rows of a query a transaction with some settings sees.
func (b bundle) seen(t *testing.T, settings map[string]string, table string) int {
	t.Helper()
	var n int
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		for name, value := range settings {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, name, value); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()).Scan(&n)
	})
	require.NoError(t, err)
	return n
}

func TestRowsOfAWorkspaceAreSeenByNobodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	eve, _ := b.register(t, "eve@example.com")
	n := invitation(ada, "bob@example.com", time.Hour)
	_, err := b.Invite(t.Context(), n)
	require.NoError(t, err)
	_, err = b.UpdateSettings(t.Context(), ada.Workspace.ID, func(s store.Settings) (store.Settings, error) { return s, nil })
	require.NoError(t, err)
	_, err = b.CreateWorkspace(t.Context(), store.NewWorkspace{OwnerID: ada.User.ID, DisplayName: "Team", RequestID: "r1"})
	require.NoError(t, err)

	for _, table := range []string{"invitations", "workspace_settings", "workspace_requests"} {
		require.Zero(t, b.seen(t, nil, table), "%s without a setting", table)
		require.Zero(t, b.seen(t, map[string]string{"app.workspace_id": eve.Workspace.ID}, table), "%s of another workspace", table)
		require.Zero(t, b.seen(t, map[string]string{"app.user_id": eve.User.ID}, table), "%s of somebody else", table)
		require.Zero(t, b.seen(t, map[string]string{"app.maintenance": "on"}, table), "%s has nothing expired", table)
	}
	require.Equal(t, 1, b.seen(t, map[string]string{"app.workspace_id": ada.Workspace.ID}, "invitations"))
	require.Equal(t, 1, b.seen(t, map[string]string{"app.invitation_hash": fmt.Sprintf("%x", n.Hash)}, "invitations"))
	require.Zero(t, b.seen(t, map[string]string{"app.invitation_hash": fmt.Sprintf("%x", refresh(0).Hash)}, "invitations"))
	require.Equal(t, 1, b.seen(t, map[string]string{"app.workspace_id": ada.Workspace.ID}, "workspace_settings"))
	require.Equal(t, 1, b.seen(t, map[string]string{"app.user_id": ada.User.ID}, "workspace_requests"))
}

// Rows of users hold password hashes, so a workspace alone does not open them.
func TestUsersAreSeenByMembersOnlyWhenATransactionSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	b.join(t, ada, "bob@example.com")
	eve, _ := b.register(t, "eve@example.com")
	workspace := map[string]string{"app.workspace_id": ada.Workspace.ID}
	require.Zero(t, b.seen(t, workspace, "users"))
	require.Zero(t, b.seen(t, map[string]string{"app.members": "on"}, "users"), "of no workspace")

	workspace["app.members"] = "on"
	require.Equal(t, 2, b.seen(t, workspace, "users"), "the two members")
	workspace["app.workspace_id"] = eve.Workspace.ID
	require.Equal(t, 1, b.seen(t, workspace, "users"))
	workspace["app.workspace_id"] = ""
	require.Zero(t, b.seen(t, workspace, "users"))
}

func TestUsersCannotBeChangedByFellowMembers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	for _, sql := range []string{`UPDATE users SET password_hash = 'stolen'`, `DELETE FROM users`} {
		err := b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config('app.workspace_id', $1, true), set_config('app.members', 'on', true)`, ada.Workspace.ID); err != nil {
				return err
			}
			tag, err := tx.Exec(ctx, sql)
			require.Zero(t, tag.RowsAffected(), sql)
			return err
		})
		require.NoError(t, err)
	}
	user, err := b.UserByEmail(t.Context(), "bob@example.com")
	require.NoError(t, err)
	require.Equal(t, bob.User.PasswordHash, user.PasswordHash)
}

func TestMembers_AreThoseOfTheWorkspaceWithoutTheirPasswords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	b.register(t, "eve@example.com")
	list, err := b.Members(t.Context(), ada.Workspace.ID, page.Query[store.Place]{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, ada.User.ID, list[0].UserID)
	require.Equal(t, bob.User.ID, list[1].UserID)
	require.Equal(t, authn.RoleAdmin, list[1].Role())
	for _, m := range list {
		require.NotContains(t, fmt.Sprintf("%+v", m), "hash of")
	}
	rest, err := b.Members(t.Context(), ada.Workspace.ID, page.Query[store.Place]{Limit: 10, After: list[0].Place()})
	require.NoError(t, err)
	require.Equal(t, list[1:], rest)
}

// The index is the last line: no sequence of statements makes two owners.
func TestAWorkspaceHasOneOwner(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	b.join(t, ada, "bob@example.com")
	err := b.db.InWorkspace(t.Context(), ada.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE memberships SET role = 'OWNER'`)
		return err
	})
	require.ErrorContains(t, err, "memberships_owner")
}

func TestCreateWorkspace_OfARequestWhoseWorkspaceWasLeftIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	n := store.NewWorkspace{OwnerID: ada.User.ID, DisplayName: "Team", RequestID: "r1"}
	made, err := b.CreateWorkspace(t.Context(), n)
	require.NoError(t, err)
	team := ada
	team.Workspace = made.Workspace
	bob := b.join(t, team, "bob@example.com")
	own := store.MemberID{WorkspaceID: made.ID, UserID: ada.User.ID}
	_, err = b.TransferOwnership(t.Context(), own, bob.User.ID, &told{})
	require.NoError(t, err)
	require.NoError(t, b.Leave(t.Context(), own, &told{}))

	_, err = b.CreateWorkspace(t.Context(), n)
	require.ErrorIs(t, err, errs.NotFound, "it is bob's now, and no second one is made")
}

// Whoever hears of a change must be able to tell it from all earlier ones.
func TestEveryChangeOfAMembershipIsAnnouncedWithANewerVersion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	before, err := b.Membership(t.Context(), bob.User.ID, ada.Workspace.ID)
	require.NoError(t, err)
	member := store.MemberID{WorkspaceID: ada.Workspace.ID, UserID: bob.User.ID}
	owner := store.MemberID{WorkspaceID: ada.Workspace.ID, UserID: ada.User.ID}

	notes := &told{}
	_, err = b.SetRole(t.Context(), store.RoleChange{Member: member, Role: authn.RoleViewer, By: ada.User.ID}, notes)
	require.NoError(t, err)
	_, err = b.TransferOwnership(t.Context(), owner, bob.User.ID, notes)
	require.NoError(t, err)
	require.NoError(t, b.RemoveMember(t.Context(), store.Removal{Member: owner, By: bob.User.ID}, notes))

	last := before.Version
	for _, change := range notes.changed {
		require.Equal(t, ada.Workspace.ID, change.WorkspaceID)
		require.Greater(t, change.Version, last)
		last = change.Version
	}
	require.Len(t, notes.changed, 4, "one for each membership that changed")
	require.Equal(t, []string{ada.SessionID}, notes.revoked, "the session in the workspace that was left")
	b.register(t, "eve@example.com")
	n := invitation(store.SignIn{User: bob.User, Workspace: ada.Workspace}, "ada@example.com", time.Hour)
	_, err = b.Invite(t.Context(), n)
	require.NoError(t, err)
	again, err := b.Accept(t.Context(), ada.User.ID, n.Hash)
	require.NoError(t, err)
	require.Greater(t, again.Version, last, "a new membership is newer than the end of the old one")
}

func TestMembershipsStayWhenNobodyCanBeTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	member := store.MemberID{WorkspaceID: ada.Workspace.ID, UserID: bob.User.ID}
	down := &told{fails: errors.New("Redis is down")}
	require.ErrorIs(t, b.RemoveMember(t.Context(), store.Removal{Member: member, By: ada.User.ID}, down), errs.Unavailable)
	require.ErrorIs(t, b.Leave(t.Context(), member, down), errs.Unavailable)
	_, err := b.SetRole(t.Context(), store.RoleChange{Member: member, Role: authn.RoleViewer, By: ada.User.ID}, down)
	require.ErrorIs(t, err, errs.Unavailable)
	m, err := b.Membership(t.Context(), bob.User.ID, ada.Workspace.ID)
	require.NoError(t, err)
	require.Equal(t, authn.RoleAdmin, m.Role())
}

// A role that a token still says is not enough to make a new one of it.
func TestWhoManagesMembersIsReadFromTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob := b.join(t, ada, "bob@example.com")
	member := store.MemberID{WorkspaceID: ada.Workspace.ID, UserID: bob.User.ID}
	_, err := b.SetRole(t.Context(), store.RoleChange{Member: member, Role: authn.RoleResearcher, By: ada.User.ID}, &told{})
	require.NoError(t, err)
	eve, _ := b.register(t, "eve@example.com")

	for name, by := range map[string]string{"a former ADMIN": bob.User.ID, "no member": eve.User.ID} {
		_, err := b.SetRole(t.Context(), store.RoleChange{Member: member, Role: authn.RoleAdmin, By: by}, &told{})
		require.ErrorIs(t, err, errs.PermissionDenied, name)
		require.ErrorIs(t, b.RemoveMember(t.Context(), store.Removal{Member: member, By: by}, &told{}), errs.PermissionDenied, name)
		n := invitation(ada, "new@example.com", time.Hour)
		n.InviterID = by
		_, err = b.Invite(t.Context(), n)
		require.ErrorIs(t, err, errs.PermissionDenied, name)
	}
	_, err = b.SetRole(t.Context(), store.RoleChange{Member: member, Role: authn.RoleOwner, By: bob.User.ID}, &told{})
	require.ErrorIs(t, err, errs.PermissionDenied)
}
