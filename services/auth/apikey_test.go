package auth_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// apiKeys is the client of API keys of a server.
func apiKeys(at *authtest.Server) authv1.ApiKeyServiceClient {
	return authv1.NewApiKeyServiceClient(at.Conn)
}

// newKey makes an API key for a session's user that reads documents.
func newKey(t *testing.T, at *authtest.Server, owner *authv1.Session) *authv1.ApiKey {
	t.Helper()
	key, err := apiKeys(at).CreateApiKey(as(t.Context(), owner), &authv1.CreateApiKeyRequest{
		DisplayName: "nightly import", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
	})
	require.NoError(t, err)
	return key
}

// with returns a context whose calls carry an API key.
func with(ctx context.Context, key *authv1.ApiKey) context.Context {
	return authn.WithToken(ctx, key.GetKey())
}

// run runs SQL on the server's database, which sees the rows of a workspace.
func run(t *testing.T, at *authtest.Server, workspaceID, sql string) {
	t.Helper()
	db, err := pg.Open(t.Context(), at.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.InWorkspace(t.Context(), workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql)
		return err
	}))
}

func TestCreateApiKey_ShowsTheKeyOnce(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	key := newKey(t, server, owner)
	require.True(t, authn.WellFormedAPIKey(key.GetKey()))
	require.Equal(t, key.GetKey()[:8], key.GetPrefix())
	require.Nil(t, key.GetExpireTime())
	require.Nil(t, key.GetLastUseTime())

	list, err := apiKeys(server).ListApiKeys(as(t.Context(), owner), &authv1.ListApiKeysRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetApiKeys(), 1)
	require.Equal(t, "nightly import", list.GetApiKeys()[0].GetDisplayName())
	require.Equal(t, []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ}, list.GetApiKeys()[0].GetScopes())
	require.NotContains(t, list.String(), key.GetKey())
	require.Empty(t, list.GetApiKeys()[0].GetKey())
}

func TestCreateApiKey_RefusesBadInput(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	in := func(d time.Duration) *timestamppb.Timestamp { return timestamppb.New(time.Now().Add(d)) }
	tests := map[string]struct {
		change func(*authv1.CreateApiKeyRequest)
		field  string
	}{
		"no scope":                  {func(r *authv1.CreateApiKeyRequest) { r.Scopes = nil }, "scopes"},
		"a scope that is none":      {scoped(accessv1.Permission_PUBLIC), "scopes"},
		"what sessions alone may":   {scoped(accessv1.Permission_API_KEYS_WRITE), "scopes"},
		"what services alone may":   {scoped(accessv1.Permission_SERVICE), "scopes"},
		"the same scope twice":      {scoped(accessv1.Permission_DOCUMENTS_READ, accessv1.Permission_DOCUMENTS_READ), "scopes"},
		"a name of spaces":          {func(r *authv1.CreateApiKeyRequest) { r.DisplayName = "   " }, "display_name"},
		"an end in the past":        {func(r *authv1.CreateApiKeyRequest) { r.ExpireTime = in(-time.Second) }, "expire_time"},
		"an end beyond a year":      {func(r *authv1.CreateApiKeyRequest) { r.ExpireTime = in(367 * 24 * time.Hour) }, "expire_time"},
		"an end that is no time":    {func(r *authv1.CreateApiKeyRequest) { r.ExpireTime = &timestamppb.Timestamp{Nanos: -1} }, "expire_time"},
		"a name beyond 100 letters": {func(r *authv1.CreateApiKeyRequest) { r.DisplayName = strings.Repeat("a", 101) }, "display_name"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &authv1.CreateApiKeyRequest{DisplayName: "key", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ}}
			tc.change(req)
			_, err := apiKeys(server).CreateApiKey(as(t.Context(), owner), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

// scoped sets the scopes of a request.
func scoped(scopes ...accessv1.Permission) func(*authv1.CreateApiKeyRequest) {
	return func(r *authv1.CreateApiKeyRequest) { r.Scopes = scopes }
}

func TestCreateApiKey_GivesNoScopeAboveTheOwnersRole(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	run(t, server, owner.GetWorkspace().GetId(), `UPDATE memberships SET role = 'VIEWER'`)
	viewer, err := server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: owner.GetRefreshToken()})
	require.NoError(t, err)
	newKey(t, server, viewer)
	_, err = apiKeys(server).CreateApiKey(as(t.Context(), viewer), &authv1.CreateApiKeyRequest{
		DisplayName: "key", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_WRITE},
	})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "scopes")
}

// One more than the limit, all at once.
func TestCreateApiKey_StopsAtAHundredWhoeverComesAtTheSameTime(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	results := make([]error, 105)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			_, results[i] = apiKeys(server).CreateApiKey(as(t.Context(), owner), &authv1.CreateApiKeyRequest{
				DisplayName: "key", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
			})
		})
	}
	group.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, errs.ResourceExhausted)
	}
	require.Equal(t, 100, made)
	newKey(t, server, server.SignUp(t)) // others have their own hundred
}

func TestListApiKeys_PagesThroughOnesOwnTheNewestFirst(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner, stranger := server.SignUp(t), server.SignUp(t)
	newKey(t, server, stranger)
	var made, listed []string
	for range 5 {
		made = append([]string{newKey(t, server, owner).GetId()}, made...)
	}
	token := ""
	for page := 0; page == 0 || token != ""; page++ {
		list, err := apiKeys(server).ListApiKeys(as(t.Context(), owner), &authv1.ListApiKeysRequest{PageSize: 2, PageToken: token})
		require.NoError(t, err)
		for _, key := range list.GetApiKeys() {
			listed = append(listed, key.GetId())
		}
		token = list.GetNextPageToken()
	}
	require.Equal(t, made, listed)

	first, err := apiKeys(server).ListApiKeys(as(t.Context(), owner), &authv1.ListApiKeysRequest{PageSize: 1})
	require.NoError(t, err)
	_, err = apiKeys(server).ListApiKeys(as(t.Context(), stranger), &authv1.ListApiKeysRequest{PageToken: first.GetNextPageToken()})
	require.ErrorIs(t, err, errs.InvalidArgument, "a token of somebody else's list")
}

func TestApiKey_WorksAtEveryServiceWithinItsScopesAndWorkspace(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	elsewhere := serveOther(t, server)
	owner, stranger := server.SignUp(t), server.SignUp(t)
	key := newKey(t, server, owner)

	workspace, err := elsewhere.list(with(t.Context(), key))
	require.NoError(t, err)
	require.Equal(t, owner.GetWorkspace().GetId(), workspace)

	_, err = elsewhere.DeleteDocument(with(t.Context(), key), &researchv1.DeleteDocumentRequest{Id: uuid.NewString()})
	require.ErrorIs(t, err, errs.PermissionDenied, "a scope that the key does not have")
	require.Equal(t, "SCOPE_MISSING", reason(err))
	_, err = apiKeys(server).ListApiKeys(with(t.Context(), key), &authv1.ListApiKeysRequest{})
	require.Equal(t, "SCOPE_MISSING", reason(err), "keys are for sessions")
	_, err = server.ChangePassword(with(t.Context(), key), &authv1.ChangePasswordRequest{
		CurrentPassword: authtest.Password, NewPassword: authtest.Password,
	})
	require.Equal(t, "SESSION_ONLY", reason(err))

	in := func(id string) context.Context {
		return inWorkspace(with(t.Context(), key), id)
	}
	_, err = elsewhere.list(in(owner.GetWorkspace().GetId()))
	require.NoError(t, err, "its own workspace by name")
	_, err = elsewhere.list(in(stranger.GetWorkspace().GetId()))
	require.ErrorIs(t, err, errs.NotFound)
	_, err = server.GetMe(in(stranger.GetWorkspace().GetId()), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.NotFound, "auth itself says the same")
}

func TestGetMe_WithAKeyShowsItsWorkspaceOnly(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner, host := server.SignUp(t), server.SignUp(t)
	run(t, server, host.GetWorkspace().GetId(), `INSERT INTO memberships (workspace_id, user_id, role)
		VALUES ('`+host.GetWorkspace().GetId()+`', '`+owner.GetUser().GetId()+`', 'VIEWER')`)
	all, err := server.GetMe(as(t.Context(), owner), &authv1.GetMeRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetWorkspaces(), 2)

	me, err := server.GetMe(with(t.Context(), newKey(t, server, owner)), &authv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, owner.GetUser().GetId(), me.GetUser().GetId())
	require.Len(t, me.GetWorkspaces(), 1)
	require.Equal(t, owner.GetWorkspace().GetId(), me.GetWorkspaces()[0].GetWorkspace().GetId())
}

func TestApiKey_ThatCannotBeOneIsRefusedWithoutAskingAuth(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	elsewhere := serveOther(t, server)
	key := newKey(t, server, server.SignUp(t)).GetKey()
	var asked atomic.Int32
	elsewhere.asked = func() { asked.Add(1) }
	last := "A"
	if strings.HasSuffix(key, last) {
		last = "B"
	}
	for name, wrong := range map[string]string{
		"a wrong checksum": key[:len(key)-1] + last,
		"cut short":        key[:len(key)-1],
		"one letter more":  key + "A",
		"only the prefix":  "rp_",
	} {
		_, err := elsewhere.list(authn.WithToken(t.Context(), wrong))
		require.ErrorIs(t, err, errs.Unauthenticated, name)
	}
	require.Zero(t, asked.Load())
	_, err := elsewhere.list(authn.WithToken(t.Context(), authn.NewAPIKey()))
	require.ErrorIs(t, err, errs.Unauthenticated, "one that is well formed and nobody's")
	require.EqualValues(t, 1, asked.Load())
}

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
