package auth_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// leaveHome makes a user leave their personal workspace to somebody else.
func leaveHome(t *testing.T, server *authtest.Server, user *authv1.Session) {
	t.Helper()
	heir := server.Join(t, user, accessv1.Role_VIEWER)
	id := user.GetWorkspace().GetId()
	_, err := server.Workspaces.TransferOwnership(as(t.Context(), user), &authv1.TransferOwnershipRequest{Id: id, UserId: heir.GetUser().GetId()})
	require.NoError(t, err)
	_, err = server.Workspaces.LeaveWorkspace(as(t.Context(), user), &authv1.LeaveWorkspaceRequest{Id: id})
	require.NoError(t, err)
}

// login signs a user in once more.
func login(t *testing.T, server *authtest.Server, user *authv1.Session) *authv1.Session {
	t.Helper()
	session, err := server.Login(t.Context(), &authv1.LoginRequest{Email: user.GetUser().GetEmail(), Password: authtest.Password})
	require.NoError(t, err)
	return session
}

func TestTransferOwnership_SwapsTheRolesAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	bob := server.Join(t, ada, accessv1.Role_VIEWER)
	id := ada.GetWorkspace().GetId()

	w, err := server.Workspaces.TransferOwnership(as(t.Context(), ada), &authv1.TransferOwnershipRequest{Id: id, UserId: bob.GetUser().GetId()})
	require.NoError(t, err)
	require.Equal(t, accessv1.Role_ADMIN, w.GetRole(), "what the caller is now")

	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		got, err := at.Workspaces.GetWorkspace(as(t.Context(), bob), &authv1.GetWorkspaceRequest{Id: id})
		require.NoError(t, err, name)
		require.Equal(t, accessv1.Role_OWNER, got.GetRole(), name)
		_, err = at.Workspaces.TransferOwnership(as(t.Context(), ada), &authv1.TransferOwnershipRequest{Id: id, UserId: bob.GetUser().GetId()})
		require.ErrorIs(t, err, errs.PermissionDenied, name)
	}
}

func TestTransferOwnership_NeedsAnotherMember(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, stranger := server.SignUp(t), server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	_, err := server.Workspaces.TransferOwnership(as(t.Context(), ada), &authv1.TransferOwnershipRequest{Id: id, UserId: stranger.GetUser().GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = server.Workspaces.TransferOwnership(as(t.Context(), ada), &authv1.TransferOwnershipRequest{Id: id, UserId: strings.ToUpper(ada.GetUser().GetId())})
	require.ErrorIs(t, err, errs.FailedPrecondition)

	got, err := server.Workspaces.GetWorkspace(as(t.Context(), ada), &authv1.GetWorkspaceRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, accessv1.Role_OWNER, got.GetRole(), "nothing has changed")
}

func TestTransferOwnership_ToManyAtTheSameTimeMakesOneOwner(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	heirs := make([]*authv1.Session, 4)
	for i := range heirs {
		heirs[i] = server.Join(t, ada, accessv1.Role_ADMIN)
	}
	var group sync.WaitGroup
	results := make([]error, len(heirs))
	for i, heir := range heirs {
		group.Go(func() {
			_, results[i] = server.Workspaces.TransferOwnership(as(t.Context(), ada),
				&authv1.TransferOwnershipRequest{Id: id, UserId: heir.GetUser().GetId()})
		})
	}
	group.Wait()

	var done int
	for _, err := range results {
		if err == nil {
			done++
		}
	}
	require.Equal(t, 1, done)
	list, err := server.Members.ListMembers(as(t.Context(), ada), &authv1.ListMembersRequest{WorkspaceId: id})
	require.NoError(t, err)
	var owners int
	for _, m := range list.GetMembers() {
		if m.GetRole() == accessv1.Role_OWNER {
			owners++
		}
	}
	require.Equal(t, 1, owners)
}

func TestLeaveWorkspace_EndsAccessAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	bob := server.Join(t, ada, accessv1.Role_RESEARCHER)
	id := ada.GetWorkspace().GetId()

	_, err := server.Workspaces.LeaveWorkspace(as(t.Context(), bob), &authv1.LeaveWorkspaceRequest{Id: id})
	require.NoError(t, err)
	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		_, err = at.Workspaces.GetWorkspace(as(t.Context(), bob), &authv1.GetWorkspaceRequest{Id: id})
		require.ErrorIs(t, err, errs.NotFound, name)
		_, err = at.GetMe(as(t.Context(), bob), &authv1.GetMeRequest{})
		require.NoError(t, err, "the session in bob's own workspace goes on: %s", name)
	}
	_, err = server.Workspaces.LeaveWorkspace(as(t.Context(), bob), &authv1.LeaveWorkspaceRequest{Id: id})
	require.ErrorIs(t, err, errs.NotFound, "once is enough")
}

func TestLeaveWorkspace_TheOwnerCannot(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	_, err := server.Workspaces.LeaveWorkspace(as(t.Context(), ada), &authv1.LeaveWorkspaceRequest{Id: ada.GetWorkspace().GetId()})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.ErrorContains(t, err, "transfer")
}

// An account must not be locked out because others gave or took workspaces away.
func TestLogin_OfAUserWithoutAWorkspaceMakesOneNewOne(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	leaveHome(t, server, ada)
	_, err := server.GetMe(as(t.Context(), ada), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated, "the session was in the workspace that was left")

	sessions := make([]*authv1.Session, 4)
	failed := make([]error, len(sessions))
	var group sync.WaitGroup
	for i := range sessions {
		group.Go(func() {
			sessions[i], failed[i] = server.Login(t.Context(), &authv1.LoginRequest{Email: ada.GetUser().GetEmail(), Password: authtest.Password})
		})
	}
	group.Wait()
	for i, session := range sessions {
		require.NoError(t, failed[i])
		require.Equal(t, sessions[0].GetWorkspace().GetId(), session.GetWorkspace().GetId())
	}
	home := sessions[0].GetWorkspace()
	require.NotEqual(t, ada.GetWorkspace().GetId(), home.GetId())
	require.Equal(t, "Ada Lovelace's workspace", home.GetDisplayName())
	require.Equal(t, accessv1.Role_OWNER, home.GetRole())
	me, err := server.GetMe(as(t.Context(), sessions[0]), &authv1.GetMeRequest{})
	require.NoError(t, err)
	require.Len(t, me.GetWorkspaces(), 1)
}
