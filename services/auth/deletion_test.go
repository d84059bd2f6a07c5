package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// asService returns a context whose calls come from a service that acts for a
// workspace.
func asService(t *testing.T, server *authtest.Server, service, workspaceID string) context.Context {
	t.Helper()
	minter, err := authn.NewMinter([]byte(server.Config.SecretKey), service)
	require.NoError(t, err)
	token, err := minter.Mint(authn.Caller{WorkspaceID: workspaceID})
	require.NoError(t, err)
	return authn.WithToken(t.Context(), token)
}

// remove deletes a user's own workspace.
func remove(t *testing.T, server *authtest.Server, user *authv1.Session) string {
	t.Helper()
	id := user.GetWorkspace().GetId()
	_, err := server.Workspaces.DeleteWorkspace(as(t.Context(), user), &authv1.DeleteWorkspaceRequest{Id: id})
	require.NoError(t, err)
	return id
}

func TestDeleteWorkspace_TheVeryNextCallFailsOnEveryReplica(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada := server.SignUp(t)
	bob := server.Join(t, ada, accessv1.Role_ADMIN)
	inAdas := in(t.Context(), bob, ada.GetWorkspace().GetId())
	_, err := replica.GetMe(inAdas, &authv1.GetMeRequest{})
	require.NoError(t, err)

	id := remove(t, server, ada)
	for _, s := range []*authtest.Server{server, replica} {
		_, err = s.GetMe(as(t.Context(), ada), &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.Unauthenticated)
		_, err = s.GetMe(inAdas, &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.NotFound)
		_, err = s.Workspaces.GetWorkspace(as(t.Context(), bob), &authv1.GetWorkspaceRequest{Id: id})
		require.ErrorIs(t, err, errs.NotFound)
		me, err := s.GetMe(as(t.Context(), bob), &authv1.GetMeRequest{})
		require.NoError(t, err, "his own workspace is none of it")
		require.Len(t, me.GetWorkspaces(), 1)
	}
	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: ada.GetRefreshToken()})
	require.ErrorIs(t, err, errs.Unauthenticated)
	again := login(t, server, ada)
	require.NotEqual(t, id, again.GetWorkspace().GetId(), "who deletes the personal workspace gets a new one")
}

func TestDeleteWorkspace_IsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	admin, stranger := server.Join(t, ada, accessv1.Role_ADMIN), server.SignUp(t)
	req := &authv1.DeleteWorkspaceRequest{Id: ada.GetWorkspace().GetId()}
	_, err := server.Workspaces.DeleteWorkspace(as(t.Context(), admin), req)
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = server.Workspaces.DeleteWorkspace(as(t.Context(), stranger), req)
	require.ErrorIs(t, err, errs.NotFound)
	_, err = server.GetMe(as(t.Context(), ada), &authv1.GetMeRequest{})
	require.NoError(t, err)
}

func TestWorkspaceDeletion_ServicesConfirmEachForThemselves(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	client := authv1.NewWorkspaceDeletionServiceClient(server.Conn)
	ada, bob := server.SignUp(t), server.SignUp(t)
	id, bobs := remove(t, server, ada), bob.GetWorkspace().GetId()

	get, confirm := &authv1.GetWorkspaceDeletionRequest{WorkspaceId: id}, &authv1.ConfirmWorkspaceDeletionRequest{WorkspaceId: id}
	d, err := client.GetWorkspaceDeletion(asService(t, server, "report", id), get)
	require.NoError(t, err)
	require.Equal(t, []string{"research", "analysis", "report"}, d.GetPendingServices())
	require.WithinDuration(t, time.Now(), d.GetCreateTime().AsTime(), time.Minute)
	for range 2 {
		_, err = client.ConfirmWorkspaceDeletion(asService(t, server, "report", id), confirm)
		require.NoError(t, err)
	}
	d, err = client.GetWorkspaceDeletion(asService(t, server, "report", id), get)
	require.NoError(t, err)
	require.Equal(t, []string{"research", "analysis"}, d.GetPendingServices())

	refusals := map[string]struct {
		ctx  context.Context
		want error
	}{
		"a service that acts for another workspace": {asService(t, server, "research", bobs), errs.NotFound},
		"a user":                               {as(t.Context(), bob), errs.PermissionDenied},
		"nobody":                               {t.Context(), errs.Unauthenticated},
		"a service that acts for no workspace": {asService(t, server, "research", ""), errs.PermissionDenied},
	}
	for name, tc := range refusals {
		_, err = client.GetWorkspaceDeletion(tc.ctx, get)
		require.ErrorIs(t, err, tc.want, name)
		_, err = client.ConfirmWorkspaceDeletion(tc.ctx, confirm)
		require.ErrorIs(t, err, tc.want, name)
	}
	_, err = client.GetWorkspaceDeletion(asService(t, server, "research", bobs), &authv1.GetWorkspaceDeletionRequest{WorkspaceId: bobs})
	require.ErrorIs(t, err, errs.NotFound, "nobody deletes it")
}

func TestDeletedWorkspace_IsAnnouncedAndFinished(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	redis, err := redisx.Open(t.Context(), server.Config.RedisURL)
	require.NoError(t, err)
	defer redis.Close()
	heard := redis.Subscribe(t.Context(), "researcherpro:deletions")
	defer heard.Close()
	_, err = heard.Receive(t.Context())
	require.NoError(t, err)

	id := remove(t, server, ada)
	server.Work(t)
	message, err := heard.ReceiveMessage(t.Context())
	require.NoError(t, err)
	require.Equal(t, id, message.Payload)

	client := authv1.NewWorkspaceDeletionServiceClient(server.Conn)
	for _, service := range []string{"research", "analysis", "report"} {
		_, err = client.ConfirmWorkspaceDeletion(asService(t, server, service, id), &authv1.ConfirmWorkspaceDeletionRequest{WorkspaceId: id})
		require.NoError(t, err)
	}
	db := database(t, server.Config)
	require.Eventually(t, func() bool {
		_, err := pg.ReadOne(t.Context(), db, id, pgx.RowTo[string], "SELECT display_name FROM workspaces WHERE id = $1", id)
		return errors.Is(err, errs.NotFound)
	}, 30*time.Second, 50*time.Millisecond)
}
