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
