package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

func TestDeleteApiKey_EndsItAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	elsewhere := serveOther(t, server)
	owner := server.SignUp(t)
	key, kept := newKey(t, server, owner), newKey(t, server, owner)
	_, err := elsewhere.list(with(t.Context(), key))
	require.NoError(t, err, "the other service knows it now, for half a minute")

	_, err = apiKeys(replica).DeleteApiKey(as(t.Context(), owner), &authv1.DeleteApiKeyRequest{Id: key.GetId()})
	require.NoError(t, err)
	_, err = elsewhere.list(with(t.Context(), key))
	require.ErrorIs(t, err, errs.Unauthenticated, "at the service that knew it")
	for name, at := range map[string]*authtest.Server{"here": server, "at the replica": replica} {
		_, err = at.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
		require.ErrorIs(t, err, errs.Unauthenticated, name)
	}
	_, err = elsewhere.list(with(t.Context(), kept))
	require.NoError(t, err, "another key of the same user goes on")

	_, err = apiKeys(server).DeleteApiKey(as(t.Context(), owner), &authv1.DeleteApiKeyRequest{Id: key.GetId()})
	require.ErrorIs(t, err, errs.NotFound, "it is gone from the list, too")
	list, err := apiKeys(server).ListApiKeys(as(t.Context(), owner), &authv1.ListApiKeysRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetApiKeys(), 1)
}

func TestDeleteApiKey_OfSomebodyElseIsNotFound(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	key := newKey(t, server, server.SignUp(t))
	_, err := apiKeys(server).DeleteApiKey(as(t.Context(), server.SignUp(t)), &authv1.DeleteApiKeyRequest{Id: key.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
	require.NoError(t, err)
}

// An attacker who has the key must not go on with it while its owner believes
// that it is gone.
func TestDeleteApiKey_WithoutRedisSaysSoAndChangesNothing(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	key := newKey(t, server, owner)
	broken := server.Config
	broken.RedisURL = "redis://127.0.0.1:1/0"
	replica := authtest.Replica(t, broken)
	_, err := apiKeys(replica).DeleteApiKey(as(t.Context(), owner), &authv1.DeleteApiKeyRequest{Id: key.GetId()})
	require.ErrorIs(t, err, errs.Unavailable)
	_, err = server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
	require.NoError(t, err)
}

func TestApiKey_EndsWithItsTimeAndItsOwnersMembership(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	for name, sql := range map[string]string{
		"expired":            `UPDATE api_keys SET expire_time = now() - interval '1 second'`,
		"deleted":            `UPDATE api_keys SET revoke_time = now()`,
		"of a former member": `DELETE FROM memberships`,
		"of a member, again": `DELETE FROM memberships`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner := server.SignUp(t)
			key := newKey(t, server, owner)
			run(t, server, owner.GetWorkspace().GetId(), sql)
			if name == "of a member, again" {
				run(t, server, owner.GetWorkspace().GetId(), `INSERT INTO memberships (workspace_id, user_id, role)
					VALUES ('`+owner.GetWorkspace().GetId()+`', '`+owner.GetUser().GetId()+`', 'OWNER')`)
			}
			_, err := server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
			require.ErrorIs(t, err, errs.Unauthenticated)
		})
	}
}

func TestApiKey_OfARemovedMemberEndsAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	elsewhere := serveOther(t, server)
	host := server.SignUp(t)
	in := host.GetWorkspace().GetId()
	for name, end := range map[string]func(ctx context.Context, guest *authv1.Session) error{
		"removed": func(_ context.Context, guest *authv1.Session) error {
			_, err := server.Members.RemoveMember(as(t.Context(), host), &authv1.RemoveMemberRequest{
				WorkspaceId: in, UserId: guest.GetUser().GetId(),
			})
			return err
		},
		"left": func(ctx context.Context, _ *authv1.Session) error {
			_, err := server.Workspaces.LeaveWorkspace(ctx, &authv1.LeaveWorkspaceRequest{Id: in})
			return err
		},
	} {
		guest := server.SignUp(t)
		home := newKey(t, server, guest)
		there := join(t, server, guest, host, "RESEARCHER")
		key, err := apiKeys(server).CreateApiKey(there, &authv1.CreateApiKeyRequest{
			DisplayName: "guest", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
		})
		require.NoError(t, err, name)
		workspace, err := elsewhere.list(with(t.Context(), key))
		require.NoError(t, err, name)
		require.Equal(t, in, workspace, name)

		require.NoError(t, end(there, guest), name)
		_, err = elsewhere.list(with(t.Context(), key))
		require.ErrorIs(t, err, errs.Unauthenticated, name)
		_, err = elsewhere.list(with(t.Context(), home))
		require.NoError(t, err, "%s: the key of their own workspace goes on", name)
	}
}

func TestApiKey_OfADeletedWorkspaceEndsAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	elsewhere := serveOther(t, server)
	owner := server.SignUp(t)
	key := newKey(t, server, owner)
	_, err := elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)
	_, err = server.Workspaces.DeleteWorkspace(as(t.Context(), owner), &authv1.DeleteWorkspaceRequest{Id: owner.GetWorkspace().GetId()})
	require.NoError(t, err)
	_, err = elsewhere.list(with(t.Context(), key))
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestApiKey_ExpiresWhileItIsKnownElsewhere(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	elsewhere := serveOther(t, server)
	owner := server.SignUp(t)
	key, err := apiKeys(server).CreateApiKey(as(t.Context(), owner), &authv1.CreateApiKeyRequest{
		DisplayName: "short", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
		ExpireTime: timestamppb.New(time.Now().Add(2 * time.Second)),
	})
	require.NoError(t, err)
	_, err = elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := elsewhere.list(with(t.Context(), key))
		return reason(err) == "TOKEN_EXPIRED"
	}, 20*time.Second, 50*time.Millisecond)
}

func TestApiKey_HasTheRoleThatItsOwnerHasNow(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	key, err := apiKeys(server).CreateApiKey(as(t.Context(), owner), &authv1.CreateApiKeyRequest{
		DisplayName: "writer", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_WRITE},
	})
	require.NoError(t, err)
	run(t, server, owner.GetWorkspace().GetId(), `UPDATE memberships SET role = 'VIEWER', version = nextval('membership_versions')`)
	_, err = serveOther(t, server).DeleteDocument(with(t.Context(), key), &researchv1.DeleteDocumentRequest{Id: uuid.NewString()})
	require.ErrorIs(t, err, errs.PermissionDenied)
	require.Equal(t, "ROLE_TOO_LOW", reason(err))
}

func TestApiKey_SurvivesAChangedPassword(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	key := newKey(t, server, owner)
	_, err := server.ChangePassword(as(t.Context(), owner), &authv1.ChangePasswordRequest{
		CurrentPassword: authtest.Password, NewPassword: "a password nobody knows yet",
	})
	require.NoError(t, err)
	_, err = server.GetMe(with(t.Context(), key), &authv1.GetMeRequest{})
	require.NoError(t, err)
}

func TestApiKey_ShowsWhenItWasLastUsed(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	key := newKey(t, server, owner)
	lastUse := func() *timestamppb.Timestamp {
		list, err := apiKeys(server).ListApiKeys(as(t.Context(), owner), &authv1.ListApiKeysRequest{})
		require.NoError(t, err)
		return list.GetApiKeys()[0].GetLastUseTime()
	}
	require.Nil(t, lastUse())
	_, err := serveOther(t, server).list(with(t.Context(), key))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return lastUse() != nil }, 10*time.Second, 20*time.Millisecond)
	require.WithinDuration(t, time.Now(), lastUse().AsTime(), time.Minute)
}

// Reads in other services go on while auth is down, for keys they have seen.
func TestApiKey_WorksElsewhereWhileAuthIsDown(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	elsewhere := serveOther(t, replica)
	key, unseen := newKey(t, server, server.SignUp(t)), newKey(t, server, server.SignUp(t))
	_, err := elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)

	replica.Stop()
	_, err = elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)
	_, err = elsewhere.list(with(t.Context(), unseen))
	require.ErrorIs(t, err, errs.Unavailable, "nobody can say whose it is, so it is not called wrong")
}
