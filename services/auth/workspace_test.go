package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// in returns a context whose calls ask for another workspace than the session's.
func in(ctx context.Context, s *authv1.Session, workspaceID string) context.Context {
	return metadata.AppendToOutgoingContext(as(ctx, s), "x-workspace-id", workspaceID)
}

func TestCreateWorkspace_MakesTheCallerItsOwner(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	made, err := server.Workspaces.CreateWorkspace(as(t.Context(), ada), &authv1.CreateWorkspaceRequest{DisplayName: "  Team  "})
	require.NoError(t, err)
	require.Equal(t, "Team", made.GetDisplayName(), "without the spaces around it")
	require.Equal(t, accessv1.Role_OWNER, made.GetRole())

	got, err := server.Workspaces.GetWorkspace(as(t.Context(), ada), &authv1.GetWorkspaceRequest{Id: made.GetId()})
	require.NoError(t, err)
	require.Equal(t, made.String(), got.String())

	me, err := server.GetMe(in(t.Context(), ada, made.GetId()), &authv1.GetMeRequest{})
	require.NoError(t, err, "the session works in it at once")
	require.Len(t, me.GetWorkspaces(), 2)
}

func TestCreateWorkspace_RefusesANameOfSpaces(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	for _, name := range []string{"", "   ", "\t\n", strings.Repeat("ö", 101)} {
		_, err := server.Workspaces.CreateWorkspace(as(t.Context(), server.SignUp(t)), &authv1.CreateWorkspaceRequest{DisplayName: name})
		require.ErrorIs(t, err, errs.InvalidArgument, "%q", name)
		require.ErrorContains(t, err, "display_name", "%q", name)
	}
}

func TestCreateWorkspace_RepeatedWithARequestIDMakesOne(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada, bob := server.SignUp(t), server.SignUp(t)
	req := &authv1.CreateWorkspaceRequest{DisplayName: "Team", RequestId: "r1"}

	made := make([]*authv1.Workspace, 6)
	failed := make([]error, len(made))
	var group sync.WaitGroup
	for i := range made {
		at := []*authtest.Server{server, replica}[i%2]
		group.Go(func() { made[i], failed[i] = at.Workspaces.CreateWorkspace(as(t.Context(), ada), req) })
	}
	group.Wait()
	for i := range made {
		require.NoError(t, failed[i])
		require.Equal(t, made[0].GetId(), made[i].GetId())
	}

	other, err := server.Workspaces.CreateWorkspace(as(t.Context(), bob), req)
	require.NoError(t, err)
	require.NotEqual(t, made[0].GetId(), other.GetId(), "a request id is the caller's own")
	list, err := server.Workspaces.ListWorkspaces(as(t.Context(), ada), &authv1.ListWorkspacesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetWorkspaces(), 2, "the personal one and the new one")
}

func TestCreateWorkspace_StopsAtAHundredOwned(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	for i := range 99 {
		_, err := server.Workspaces.CreateWorkspace(as(t.Context(), ada), &authv1.CreateWorkspaceRequest{DisplayName: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	_, err := server.Workspaces.CreateWorkspace(as(t.Context(), ada), &authv1.CreateWorkspaceRequest{DisplayName: "one too many"})
	require.ErrorIs(t, err, errs.ResourceExhausted)
}

func TestListWorkspaces_PagesFromTheOldestMembershipOn(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	want := []string{ada.GetWorkspace().GetId()}
	for i := range 4 {
		made, err := server.Workspaces.CreateWorkspace(as(t.Context(), ada), &authv1.CreateWorkspaceRequest{DisplayName: fmt.Sprint(i)})
		require.NoError(t, err)
		want = append(want, made.GetId())
	}

	var got []string
	req := &authv1.ListWorkspacesRequest{PageSize: 2}
	for {
		page, err := server.Workspaces.ListWorkspaces(as(t.Context(), ada), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.GetWorkspaces()), 2)
		for _, w := range page.GetWorkspaces() {
			require.Equal(t, accessv1.Role_OWNER, w.GetRole())
			got = append(got, w.GetId())
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, want, got)

	first, err := server.Workspaces.ListWorkspaces(as(t.Context(), ada), &authv1.ListWorkspacesRequest{PageSize: 1})
	require.NoError(t, err)
	_, err = server.Workspaces.ListWorkspaces(as(t.Context(), server.SignUp(t)), &authv1.ListWorkspacesRequest{PageToken: first.GetNextPageToken()})
	require.ErrorIs(t, err, errs.InvalidArgument, "a token is good for the list that returned it")
}

func TestUpdateWorkspace_ChangesWhatTheMaskNames(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	old := ada.GetWorkspace().GetDisplayName()
	tests := map[string]struct {
		name string
		mask []string
		want string
		says string // part of the error
	}{
		"without a mask what is set":               {name: " New ", want: "New"},
		"without a mask nothing, if nothing is":    {name: "", want: old},
		"with the field in the mask":               {name: "New", mask: []string{"display_name"}, want: "New"},
		"fields of the server's own are passed by": {name: "New", mask: []string{"id", "display_name", "create_time", "role"}, want: "New"},
		"a mask of only those changes nothing":     {name: "New", mask: []string{"id"}, want: old},
		"not an unknown field":                     {name: "New", mask: []string{"display_name", "owner"}, says: "update_mask"},
		"not to a name of spaces":                  {name: "  ", mask: []string{"display_name"}, says: "workspace.display_name"},
		"not to no name":                           {name: "", mask: []string{"display_name"}, says: "workspace.display_name"},
		"not to a name that is too long":           {name: strings.Repeat("ö", 101), says: "workspace.display_name"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := server.Workspaces.UpdateWorkspace(as(t.Context(), ada), &authv1.UpdateWorkspaceRequest{
				Workspace: &authv1.Workspace{Id: id, DisplayName: old},
			})
			require.NoError(t, err)
			req := &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: id, DisplayName: tc.name}}
			if tc.mask != nil {
				req.UpdateMask = &fieldmaskpb.FieldMask{Paths: tc.mask}
			}
			updated, err := server.Workspaces.UpdateWorkspace(as(t.Context(), ada), req)
			if tc.says != "" {
				require.ErrorIs(t, err, errs.InvalidArgument)
				require.ErrorContains(t, err, tc.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, updated.GetDisplayName())
			require.Equal(t, accessv1.Role_OWNER, updated.GetRole())
		})
	}
}

// What a workspace's role allows is told by the policy; here it is asked for by
// each method, as each kind of caller.
func TestWorkspacesAndMembersNeedTheRoleThatTheContractSays(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	callers := map[accessv1.Role]*authv1.Session{accessv1.Role_ROLE_UNSPECIFIED: server.SignUp(t)}
	for _, role := range []accessv1.Role{accessv1.Role_VIEWER, accessv1.Role_RESEARCHER, accessv1.Role_ADMIN} {
		callers[role] = server.Join(t, ada, role)
	}
	nobody := callers[accessv1.Role_ROLE_UNSPECIFIED].GetUser().GetId()
	w, m := server.Workspaces, server.Members
	calls := map[string]struct {
		least accessv1.Role
		call  func(context.Context) error
	}{
		"GetWorkspace": {accessv1.Role_VIEWER, func(ctx context.Context) error {
			_, err := w.GetWorkspace(ctx, &authv1.GetWorkspaceRequest{Id: id})
			return err
		}},
		"UpdateWorkspace": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := w.UpdateWorkspace(ctx, &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: id}})
			return err
		}},
		"TransferOwnership": {accessv1.Role_OWNER, func(ctx context.Context) error {
			_, err := w.TransferOwnership(ctx, &authv1.TransferOwnershipRequest{Id: id, UserId: nobody})
			return err
		}},
		"GetWorkspaceSettings": {accessv1.Role_VIEWER, func(ctx context.Context) error {
			_, err := w.GetWorkspaceSettings(ctx, &authv1.GetWorkspaceSettingsRequest{WorkspaceId: id})
			return err
		}},
		"UpdateWorkspaceSettings": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := w.UpdateWorkspaceSettings(ctx, &authv1.UpdateWorkspaceSettingsRequest{Settings: &authv1.WorkspaceSettings{WorkspaceId: id}})
			return err
		}},
		"ListMembers": {accessv1.Role_VIEWER, func(ctx context.Context) error {
			_, err := m.ListMembers(ctx, &authv1.ListMembersRequest{WorkspaceId: id})
			return err
		}},
		"InviteMember": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := m.InviteMember(ctx, &authv1.InviteMemberRequest{WorkspaceId: id, Email: "eve@example.com", Role: accessv1.Role_VIEWER})
			return err
		}},
		"UpdateMember": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := m.UpdateMember(ctx, &authv1.UpdateMemberRequest{WorkspaceId: id, UserId: callers[accessv1.Role_VIEWER].GetUser().GetId(), Role: accessv1.Role_VIEWER})
			return err
		}},
		"RemoveMember": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := m.RemoveMember(ctx, &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: nobody})
			return err
		}},
		"ListInvitations": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := m.ListInvitations(ctx, &authv1.ListInvitationsRequest{WorkspaceId: id})
			return err
		}},
		"DeleteInvitation": {accessv1.Role_ADMIN, func(ctx context.Context) error {
			_, err := m.DeleteInvitation(ctx, &authv1.DeleteInvitationRequest{WorkspaceId: id, Id: nobody})
			return err
		}},
	}
	for name, tc := range calls {
		for role, session := range callers {
			err := tc.call(as(t.Context(), session))
			switch {
			case role == accessv1.Role_ROLE_UNSPECIFIED:
				require.ErrorIs(t, err, errs.NotFound, "%s as somebody else", name)
				require.ErrorContains(t, err, "workspace", "%s as somebody else", name)
			case role < tc.least:
				require.ErrorIs(t, err, errs.PermissionDenied, "%s as %s", name, role)
			default:
				require.NotErrorIs(t, err, errs.PermissionDenied, "%s as %s", name, role)
			}
		}
		require.ErrorIs(t, tc.call(t.Context()), errs.Unauthenticated, name)
	}
}
