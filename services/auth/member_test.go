package auth_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// setRole gives a member of the caller's workspace another role.
func setRole(ctx context.Context, server *authtest.Server, workspaceID string, member *authv1.Session, role accessv1.Role) error {
	_, err := server.Members.UpdateMember(ctx, &authv1.UpdateMemberRequest{
		WorkspaceId: workspaceID, UserId: member.GetUser().GetId(), Role: role,
	})
	return err
}

func TestListMembers_PagesFromTheLongestOn(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	want := []string{ada.GetUser().GetId()}
	for range 4 {
		want = append(want, server.Join(t, ada, accessv1.Role_VIEWER).GetUser().GetId())
	}
	server.SignUp(t) // no member

	var got []string
	req := &authv1.ListMembersRequest{WorkspaceId: id, PageSize: 2}
	for {
		page, err := server.Members.ListMembers(as(t.Context(), ada), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.GetMembers()), 2)
		for _, m := range page.GetMembers() {
			require.NotEmpty(t, m.GetUser().GetEmail())
			require.Equal(t, "Ada Lovelace", m.GetUser().GetDisplayName())
			require.NotNil(t, m.GetCreateTime())
			got = append(got, m.GetUser().GetId())
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, want, got)
}

func TestListPages_AreOfOneWorkspace(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, bob := server.SignUp(t), server.SignUp(t)
	server.Join(t, ada, accessv1.Role_VIEWER)
	first, err := server.Members.ListMembers(as(t.Context(), ada), &authv1.ListMembersRequest{WorkspaceId: ada.GetWorkspace().GetId(), PageSize: 1})
	require.NoError(t, err)
	require.NotEmpty(t, first.GetNextPageToken())
	_, err = server.Members.ListMembers(as(t.Context(), bob), &authv1.ListMembersRequest{
		WorkspaceId: bob.GetWorkspace().GetId(), PageToken: first.GetNextPageToken(),
	})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "page_token")
}

func TestUpdateMember_CountsFromTheNextCallOnOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_ADMIN)
	for _, at := range []*authtest.Server{server, replica} {
		require.NoError(t, setRole(as(t.Context(), bob), at, id, bob, accessv1.Role_ADMIN), "an ADMIN may")
	}

	updated, err := server.Members.UpdateMember(as(t.Context(), ada), &authv1.UpdateMemberRequest{
		WorkspaceId: id, UserId: bob.GetUser().GetId(), Role: accessv1.Role_VIEWER,
	})
	require.NoError(t, err)
	require.Equal(t, accessv1.Role_VIEWER, updated.GetRole())
	require.Equal(t, bob.GetUser().GetEmail(), updated.GetUser().GetEmail())
	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		require.ErrorIs(t, setRole(as(t.Context(), bob), at, id, bob, accessv1.Role_ADMIN), errs.PermissionDenied, name)
		_, err := at.Members.ListMembers(as(t.Context(), bob), &authv1.ListMembersRequest{WorkspaceId: id})
		require.NoError(t, err, "a VIEWER reads on: %s", name)
	}

	require.NoError(t, setRole(as(t.Context(), ada), server, id, bob, accessv1.Role_ADMIN))
	for _, at := range []*authtest.Server{server, replica} {
		require.NoError(t, setRole(as(t.Context(), bob), at, id, bob, accessv1.Role_ADMIN), "and an ADMIN may again")
	}
}

// The role in the token of a session that is in the workspace itself is older
// than the change.
func TestUpdateMember_OutdatesTheRoleInATokenOfTheWorkspace(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_ADMIN)
	leaveHome(t, server, bob)
	bob = login(t, server, bob)
	require.Equal(t, id, bob.GetWorkspace().GetId(), "the only workspace left is home")

	require.NoError(t, setRole(as(t.Context(), ada), server, id, bob, accessv1.Role_RESEARCHER))
	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		caller, err := at.GetCaller(as(t.Context(), bob), &authv1.GetCallerRequest{})
		require.NoError(t, err, name)
		require.Equal(t, accessv1.Role_RESEARCHER, caller.GetRole(), name)
	}
}

func TestUpdateMember_Rules(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	admin, other := server.Join(t, ada, accessv1.Role_ADMIN), server.Join(t, ada, accessv1.Role_ADMIN)
	stranger := server.SignUp(t)

	err := setRole(as(t.Context(), admin), server, id, ada, accessv1.Role_VIEWER)
	require.ErrorIs(t, err, errs.FailedPrecondition, "the owner's role")
	require.ErrorContains(t, err, "owner")
	require.ErrorIs(t, setRole(as(t.Context(), ada), server, id, ada, accessv1.Role_ADMIN), errs.FailedPrecondition, "nor by the owner")
	require.ErrorIs(t, setRole(as(t.Context(), ada), server, id, admin, accessv1.Role_OWNER), errs.InvalidArgument, "nobody is made owner")
	require.ErrorIs(t, setRole(as(t.Context(), ada), server, id, admin, accessv1.Role_ROLE_UNSPECIFIED), errs.InvalidArgument)
	require.ErrorIs(t, setRole(as(t.Context(), ada), server, id, stranger, accessv1.Role_VIEWER), errs.NotFound, "no member")
	require.NoError(t, setRole(as(t.Context(), admin), server, id, other, accessv1.Role_VIEWER), "an ADMIN changes other ADMINs")
}

func TestRemoveMember_EndsAccessAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_RESEARCHER)
	leaveHome(t, server, bob)
	inside := login(t, server, bob)
	require.Equal(t, id, inside.GetWorkspace().GetId())
	_, err := server.Workspaces.CreateWorkspace(as(t.Context(), inside), &authv1.CreateWorkspaceRequest{DisplayName: "Bob's own"})
	require.NoError(t, err)

	_, err = server.Members.RemoveMember(as(t.Context(), ada), &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: bob.GetUser().GetId()})
	require.NoError(t, err)
	outside := login(t, server, bob)
	require.Equal(t, "Bob's own", outside.GetWorkspace().GetDisplayName())
	for name, at := range map[string]*authtest.Server{"here": server, "on the other replica": replica} {
		_, err = at.GetMe(as(t.Context(), inside), &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.Unauthenticated, "the session in the workspace: %s", name)
		_, err = at.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: inside.GetRefreshToken()})
		require.ErrorIs(t, err, errs.Unauthenticated, "its refresh token: %s", name)
		_, err = at.GetMe(in(t.Context(), outside, id), &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.NotFound, "another session that asks for the workspace: %s", name)
		_, err = at.GetMe(as(t.Context(), outside), &authv1.GetMeRequest{})
		require.NoError(t, err, "another session elsewhere: %s", name)
	}
	_, err = server.Members.RemoveMember(as(t.Context(), ada), &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: bob.GetUser().GetId()})
	require.ErrorIs(t, err, errs.NotFound, "no longer a member")
}

func TestRemoveMember_Rules(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	admin, other := server.Join(t, ada, accessv1.Role_ADMIN), server.Join(t, ada, accessv1.Role_ADMIN)
	remove := func(by, member *authv1.Session) error {
		_, err := server.Members.RemoveMember(as(t.Context(), by), &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: member.GetUser().GetId()})
		return err
	}
	require.ErrorIs(t, remove(admin, ada), errs.FailedPrecondition, "the owner stays")
	require.ErrorIs(t, remove(ada, ada), errs.FailedPrecondition, "the owner stays")
	require.NoError(t, remove(admin, other), "an ADMIN removes other ADMINs")
	require.NoError(t, remove(admin, admin), "and themself")
}

// Whoever comes second is no ADMIN any more.
func TestRemoveMember_OfTwoWhoRemoveEachOtherOneWins(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	one, two := server.Join(t, ada, accessv1.Role_ADMIN), server.Join(t, ada, accessv1.Role_ADMIN)
	results := make([]error, 2)
	var group sync.WaitGroup
	for i, pair := range [][2]*authv1.Session{{one, two}, {two, one}} {
		group.Go(func() {
			_, results[i] = server.Members.RemoveMember(as(t.Context(), pair[0]),
				&authv1.RemoveMemberRequest{WorkspaceId: id, UserId: pair[1].GetUser().GetId()})
		})
	}
	group.Wait()
	require.NotEqual(t, results[0] == nil, results[1] == nil, "one of %v", results)
	list, err := server.Members.ListMembers(as(t.Context(), ada), &authv1.ListMembersRequest{WorkspaceId: id})
	require.NoError(t, err)
	require.Len(t, list.GetMembers(), 2)
}

// "Done" must mean done everywhere, so without Redis nothing is done.
func TestMembersWithoutRedis_NothingIsReportedAsDone(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_VIEWER)
	blind := authtest.Replica(t, func() auth.Config {
		cfg := server.Config
		cfg.RedisURL = "redis://127.0.0.1:1/0"
		return cfg
	}())

	_, err := blind.Members.RemoveMember(as(t.Context(), ada), &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: bob.GetUser().GetId()})
	require.ErrorIs(t, err, errs.Unavailable)
	require.ErrorIs(t, setRole(as(t.Context(), ada), blind, id, bob, accessv1.Role_ADMIN), errs.Unavailable)
	_, err = blind.Workspaces.LeaveWorkspace(as(t.Context(), bob), &authv1.LeaveWorkspaceRequest{Id: id})
	require.ErrorIs(t, err, errs.Unavailable)
	_, err = blind.Workspaces.TransferOwnership(as(t.Context(), ada), &authv1.TransferOwnershipRequest{Id: id, UserId: bob.GetUser().GetId()})
	require.ErrorIs(t, err, errs.Unavailable)

	got, err := server.Workspaces.GetWorkspace(as(t.Context(), bob), &authv1.GetWorkspaceRequest{Id: id})
	require.NoError(t, err)
	require.Equal(t, accessv1.Role_VIEWER, got.GetRole())
}

// A service may act for a workspace, but it has no role to give.
func TestServicesCannotManageMembers(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_VIEWER)
	minter, err := authn.NewMinter([]byte(server.Config.SecretKey), "analysis")
	require.NoError(t, err)
	token, err := minter.Mint(authn.Caller{WorkspaceID: id, UserID: bob.GetUser().GetId()})
	require.NoError(t, err)
	ctx := authn.WithToken(t.Context(), token)

	require.ErrorIs(t, setRole(ctx, server, id, bob, accessv1.Role_ADMIN), errs.PermissionDenied)
	_, err = server.Members.RemoveMember(ctx, &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: bob.GetUser().GetId()})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = server.Members.InviteMember(ctx, &authv1.InviteMemberRequest{WorkspaceId: id, Email: "eve@example.com", Role: accessv1.Role_ADMIN})
	require.ErrorIs(t, err, errs.PermissionDenied)
}
