package auth_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/etagtest"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

func TestWorkspace_ETag(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ctx := as(t.Context(), server.SignUp(t))
	made, err := server.Workspaces.CreateWorkspace(ctx, &authv1.CreateWorkspaceRequest{DisplayName: "Team"})
	require.NoError(t, err)
	id := made.GetId()
	var count atomic.Int64
	etagtest.Run(t, etagtest.Resource{
		Read: func() (string, error) {
			w, err := server.Workspaces.GetWorkspace(ctx, &authv1.GetWorkspaceRequest{Id: id})
			return w.GetEtag(), err
		},
		Update: func(etag string) (string, error) {
			name := "Team " + strconv.FormatInt(count.Add(1), 10)
			w, err := server.Workspaces.UpdateWorkspace(ctx, &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: id, DisplayName: name, Etag: etag}})
			return w.GetEtag(), err
		},
		Delete: func(etag string) error {
			_, err := server.Workspaces.DeleteWorkspace(ctx, &authv1.DeleteWorkspaceRequest{Id: id, Etag: etag})
			return err
		},
	})
}

func TestWorkspace_ETagIsOfTheCallersView(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_VIEWER)
	tagOf := func(s *authv1.Session) string {
		w, err := server.Workspaces.GetWorkspace(in(t.Context(), s, id), &authv1.GetWorkspaceRequest{Id: id})
		require.NoError(t, err)
		return w.GetEtag()
	}
	viewer := tagOf(bob)
	require.NotEqual(t, tagOf(ada), viewer, "they see other roles")
	require.NoError(t, setRole(as(t.Context(), ada), server, id, bob, accessv1.Role_ADMIN))
	require.NotEqual(t, viewer, tagOf(bob), "the role has changed")

	_, err := server.Workspaces.UpdateWorkspace(as(t.Context(), ada), &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: id, Etag: viewer}})
	require.ErrorIs(t, err, errs.Conflict, "also when nothing is to change")
}

func TestMember_ETag(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	ctx, id := as(t.Context(), ada), ada.GetWorkspace().GetId()
	bob := server.Join(t, ada, accessv1.Role_VIEWER).GetUser().GetId()
	var count atomic.Int32
	etagtest.Run(t, etagtest.Resource{
		Read: func() (string, error) {
			list, err := server.Members.ListMembers(ctx, &authv1.ListMembersRequest{WorkspaceId: id})
			for _, m := range list.GetMembers() {
				if m.GetUser().GetId() == bob {
					return m.GetEtag(), err
				}
			}
			return "", errs.NotFound
		},
		Update: func(etag string) (string, error) {
			role := accessv1.Role(count.Add(1)%3 + 1)
			m, err := server.Members.UpdateMember(ctx, &authv1.UpdateMemberRequest{WorkspaceId: id, UserId: bob, Role: role, Etag: etag})
			return m.GetEtag(), err
		},
		Delete: func(etag string) error {
			_, err := server.Members.RemoveMember(ctx, &authv1.RemoveMemberRequest{WorkspaceId: id, UserId: bob, Etag: etag})
			return err
		},
	})
}
