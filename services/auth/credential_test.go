package auth_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// credentials is the client of credentials of a server.
func credentials(at *authtest.Server) authv1.CredentialServiceClient {
	return authv1.NewCredentialServiceClient(at.Conn)
}

// put stores a secret for a provider and returns the credential.
func put(t *testing.T, at *authtest.Server, who *authv1.Session, owner authv1.Credential_Owner, secret string) *authv1.Credential {
	t.Helper()
	c, err := credentials(at).CreateCredential(as(t.Context(), who), &authv1.CreateCredentialRequest{
		Provider: "openai", Owner: owner, Secret: secret,
	})
	require.NoError(t, err)
	return c
}

// resolve asks for a provider's secret as a service does that acts for a user in a
// workspace.
func resolve(t *testing.T, at *authtest.Server, userID, workspaceID, provider string) (*authv1.ResolveCredentialResponse, error) {
	t.Helper()
	minter, err := authn.NewMinter([]byte(at.Config.SecretKey), "analysis")
	require.NoError(t, err)
	token, err := minter.Mint(authn.Caller{UserID: userID, WorkspaceID: workspaceID})
	require.NoError(t, err)
	return credentials(at).ResolveCredential(authn.WithToken(t.Context(), token), &authv1.ResolveCredentialRequest{Provider: provider})
}

// join makes a user a member of another's workspace and returns a session there.
func join(t *testing.T, at *authtest.Server, user, host *authv1.Session, role string) context.Context {
	t.Helper()
	run(t, at, host.GetWorkspace().GetId(), fmt.Sprintf(`INSERT INTO memberships (workspace_id, user_id, role)
		VALUES ('%s', '%s', '%s')`, host.GetWorkspace().GetId(), user.GetUser().GetId(), role))
	return inWorkspace(as(t.Context(), user), host.GetWorkspace().GetId())
}

func TestResolveCredential_TheUsersOwnFirstThenTheWorkspaces(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner, stranger := server.SignUp(t), server.SignUp(t)
	user, workspace := owner.GetUser().GetId(), owner.GetWorkspace().GetId()
	_, err := resolve(t, server, user, workspace, "openai")
	require.ErrorIs(t, err, errs.NotFound, "neither")

	shared := put(t, server, owner, authv1.Credential_WORKSPACE, "sk-secret of the workspace")
	got, err := resolve(t, server, user, workspace, "openai")
	require.NoError(t, err)
	require.Equal(t, "sk-secret of the workspace", got.GetSecret())
	require.Equal(t, shared.GetId(), got.GetCredentialId())

	own := put(t, server, owner, authv1.Credential_OWNER_UNSPECIFIED, "sk-secret of the owner")
	require.Equal(t, authv1.Credential_USER, own.GetOwner(), "the default")
	got, err = resolve(t, server, user, workspace, "openai")
	require.NoError(t, err)
	require.Equal(t, "sk-secret of the owner", got.GetSecret())

	for name, who := range map[string]string{"somebody else": stranger.GetUser().GetId(), "nobody": ""} {
		got, err = resolve(t, server, who, workspace, "openai")
		require.NoError(t, err, name)
		require.Equal(t, "sk-secret of the workspace", got.GetSecret(), name)
	}
	_, err = resolve(t, server, user, workspace, "brave")
	require.ErrorIs(t, err, errs.NotFound, "another provider")
	_, err = resolve(t, server, user, stranger.GetWorkspace().GetId(), "openai")
	require.ErrorIs(t, err, errs.NotFound, "another workspace, where the user is the same")
}

func TestResolveCredential_IsForServicesOnly(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	put(t, server, owner, authv1.Credential_USER, "sk-secret of the owner")
	_, err := credentials(server).ResolveCredential(as(t.Context(), owner), &authv1.ResolveCredentialRequest{Provider: "openai"})
	require.ErrorIs(t, err, errs.PermissionDenied, "not even whose it is")
	_, err = resolve(t, server, owner.GetUser().GetId(), "", "openai")
	require.ErrorIs(t, err, errs.PermissionDenied, "not without a workspace")
}

func TestCreateCredential_TakesThePlaceOfTheOneBefore(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	for _, kind := range []authv1.Credential_Owner{authv1.Credential_USER, authv1.Credential_WORKSPACE} {
		old := put(t, server, owner, kind, "sk-secret before 0001")
		now := put(t, server, owner, kind, "sk-secret after 0002")
		require.NotEqual(t, old.GetId(), now.GetId())
		require.Equal(t, "0002", now.GetHint())
		require.Equal(t, owner.GetUser().GetId(), now.GetCreatorId())
	}
	list, err := credentials(server).ListCredentials(as(t.Context(), owner), &authv1.ListCredentialsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetCredentials(), 2)
	require.Equal(t, authv1.Credential_USER, list.GetCredentials()[0].GetOwner())
	got, err := resolve(t, server, owner.GetUser().GetId(), owner.GetWorkspace().GetId(), "openai")
	require.NoError(t, err)
	require.Equal(t, "sk-secret after 0002", got.GetSecret())
}

func TestCreateCredential_OfManyAtTheSameTimeOneStays(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	results := make([]error, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			_, results[i] = credentials(server).CreateCredential(as(t.Context(), owner), &authv1.CreateCredentialRequest{
				Provider: "openai", Secret: fmt.Sprintf("sk-secret number %d", i),
			})
		})
	}
	group.Wait()
	for _, err := range results {
		require.NoError(t, err)
	}
	list, err := credentials(server).ListCredentials(as(t.Context(), owner), &authv1.ListCredentialsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetCredentials(), 1)
}

func TestCreateCredential_StopsAtAHundred(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	for i := range 101 {
		_, err := credentials(server).CreateCredential(as(t.Context(), owner), &authv1.CreateCredentialRequest{
			Provider: fmt.Sprintf("provider-%d", i), Secret: "sk-secret",
		})
		if i < 100 {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, errs.ResourceExhausted)
	}
	_, err := credentials(server).CreateCredential(as(t.Context(), owner), &authv1.CreateCredentialRequest{
		Provider: "provider-0", Secret: "sk-another secret",
	})
	require.NoError(t, err, "one can still be replaced")
}

func TestCreateCredential_RefusesBadInputWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	tests := map[string]struct{ provider, secret, field string }{
		"a short secret":               {"openai", "sk-mark", "secret"},
		"a secret of 4,097 characters": {"openai", "sk-mark" + strings.Repeat("a", 4090), "secret"},
		"a secret with a line break":   {"openai", "sk-mark\nX-Header: 1", "secret"},
		"a secret with a space around": {"openai", " sk-mark-mark", "secret"},
		"a provider in capitals":       {"OpenAI", "sk-mark-mark", "provider"},
		"a provider of 33 letters":     {strings.Repeat("a", 33), "sk-mark-mark", "provider"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := credentials(server).CreateCredential(as(t.Context(), owner), &authv1.CreateCredentialRequest{
				Provider: tc.provider, Secret: tc.secret,
			})
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
			require.NotContains(t, err.Error(), "sk-mark")
		})
	}
}

func TestCredentials_OfTheWorkspaceAreKeptByAdmins(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	host := server.SignUp(t)
	shared := put(t, server, host, authv1.Credential_WORKSPACE, "sk-secret of the workspace")
	hosts := put(t, server, host, authv1.Credential_USER, "sk-secret of the host")
	researcher := join(t, server, server.SignUp(t), host, "RESEARCHER")
	admin := join(t, server, server.SignUp(t), host, "ADMIN")
	viewer := join(t, server, server.SignUp(t), host, "VIEWER")

	create := func(ctx context.Context, owner authv1.Credential_Owner) error {
		_, err := credentials(server).CreateCredential(ctx, &authv1.CreateCredentialRequest{
			Provider: "brave", Owner: owner, Secret: "sk-secret for brave",
		})
		return err
	}
	require.ErrorIs(t, create(researcher, authv1.Credential_WORKSPACE), errs.PermissionDenied)
	require.NoError(t, create(researcher, authv1.Credential_USER))
	require.NoError(t, create(admin, authv1.Credential_WORKSPACE))
	require.ErrorIs(t, create(viewer, authv1.Credential_USER), errs.PermissionDenied)

	list, err := credentials(server).ListCredentials(researcher, &authv1.ListCredentialsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetCredentials(), 3, "its own and the workspace's two, not the host's own")

	remove := func(ctx context.Context, id string) error {
		_, err := credentials(server).DeleteCredential(ctx, &authv1.DeleteCredentialRequest{Id: id})
		return err
	}
	require.ErrorIs(t, remove(researcher, shared.GetId()), errs.NotFound)
	require.ErrorIs(t, remove(admin, hosts.GetId()), errs.NotFound, "another member's, even to an ADMIN")
	require.ErrorIs(t, remove(as(t.Context(), server.SignUp(t)), shared.GetId()), errs.NotFound, "a stranger's")
	require.NoError(t, remove(admin, shared.GetId()))
	require.NoError(t, remove(as(t.Context(), host), hosts.GetId()))
	_, err = resolve(t, server, host.GetUser().GetId(), host.GetWorkspace().GetId(), "openai")
	require.ErrorIs(t, err, errs.NotFound)
}

func TestCredentials_OfAMemberGoWithTheMembership(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	host, guest := server.SignUp(t), server.SignUp(t)
	_, err := credentials(server).CreateCredential(join(t, server, guest, host, "RESEARCHER"), &authv1.CreateCredentialRequest{
		Provider: "openai", Secret: "sk-secret of the guest",
	})
	require.NoError(t, err)
	_, err = resolve(t, server, guest.GetUser().GetId(), host.GetWorkspace().GetId(), "openai")
	require.NoError(t, err)
	run(t, server, host.GetWorkspace().GetId(), `DELETE FROM memberships WHERE role = 'RESEARCHER'`)
	_, err = resolve(t, server, guest.GetUser().GetId(), host.GetWorkspace().GetId(), "openai")
	require.ErrorIs(t, err, errs.NotFound)
}

func TestCredentialsKey_CanBeChangedAndSealsAnewOnReading(t *testing.T) {
	t.Parallel()
	first, second := strings.Repeat("1", 32), strings.Repeat("2", 32)
	server := authtest.Serve(t, func(c *auth.Config) { c.CredentialsKey = first })
	owner := server.SignUp(t)
	user, workspace := owner.GetUser().GetId(), owner.GetWorkspace().GetId()
	put(t, server, owner, authv1.Credential_USER, "sk-secret of the owner")
	with := func(keys string) *authtest.Server {
		cfg := server.Config
		cfg.CredentialsKey = keys
		return authtest.Replica(t, cfg)
	}

	lost := with(second)
	_, err := resolve(t, lost, user, workspace, "openai")
	require.ErrorIs(t, err, errs.NotFound, "sealed with the first key only")
	require.Equal(t, "CREDENTIAL_UNREADABLE", reason(err))

	got, err := resolve(t, with(second+","+first), user, workspace, "openai")
	require.NoError(t, err)
	require.Equal(t, "sk-secret of the owner", got.GetSecret())

	got, err = resolve(t, lost, user, workspace, "openai")
	require.NoError(t, err, "reading has sealed it with the second key")
	require.Equal(t, "sk-secret of the owner", got.GetSecret())
}

// The workspace's credential does not stand in for a user's own that is lost.
func TestResolveCredential_ThatCannotBeReadIsNotReplacedByAnother(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	owner := server.SignUp(t)
	workspace := owner.GetWorkspace().GetId()
	put(t, server, owner, authv1.Credential_WORKSPACE, "sk-secret of the workspace")
	own := put(t, server, owner, authv1.Credential_USER, "sk-secret of the owner")
	db, err := pg.Open(t.Context(), server.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('app.user_id', $1, true)`, owner.GetUser().GetId())
		require.NoError(t, err)
		_, err = tx.Exec(ctx, `UPDATE credentials SET sealed = '\x00' WHERE id = $1`, own.GetId())
		return err
	}))
	_, err = resolve(t, server, owner.GetUser().GetId(), workspace, "openai")
	require.Equal(t, "CREDENTIAL_UNREADABLE", reason(err))
}

//nolint:paralleltest // it reads the log of the process
func TestCredentials_NoSecretIsInTheDatabaseTheLogOrAnAnswer(t *testing.T) {
	const secret = "sk-MARKED-secret-of-somebody"
	var log lockedBuffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	defer slog.SetDefault(before)

	server := authtest.Serve(t)
	owner := server.SignUp(t)
	created := put(t, server, owner, authv1.Credential_WORKSPACE, secret)
	list, err := credentials(server).ListCredentials(as(t.Context(), owner), &authv1.ListCredentialsRequest{})
	require.NoError(t, err)
	run(t, server, owner.GetWorkspace().GetId(), `UPDATE credentials SET provider = 'brave'`)
	_, unreadable := resolve(t, server, "", owner.GetWorkspace().GetId(), "brave")
	require.Equal(t, "CREDENTIAL_UNREADABLE", reason(unreadable), "a row that was renamed does not open")
	_, refused := credentials(server).CreateCredential(as(t.Context(), owner), &authv1.CreateCredentialRequest{
		Provider: "NOT ALLOWED", Secret: secret,
	})
	require.Error(t, refused)

	for name, text := range map[string]string{
		"the answer to its creation": created.String(), "the list": list.String(),
		"the error of one that is lost": unreadable.Error(), "the error of a bad request": refused.Error(),
		"the database": dump(t, server, owner.GetWorkspace().GetId()), "the log": log.String(),
	} {
		require.NotEmpty(t, text, name)
		require.NotContains(t, text, "MARKED", name)
	}
	require.Contains(t, log.String(), "CREDENTIALS_KEY", "the log says what to do about a lost key")
}

// dump returns the credentials that a workspace sees, as text.
func dump(t *testing.T, at *authtest.Server, workspaceID string) string {
	t.Helper()
	db, err := pg.Open(t.Context(), at.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	var text string
	require.NoError(t, db.InWorkspace(t.Context(), workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		// A bytea as its bytes, so that plain text in it is found.
		return tx.QueryRow(ctx, `SELECT string_agg(r::text || encode(sealed, 'escape'), chr(10)) FROM credentials r`).Scan(&text)
	}))
	return text
}

// lockedBuffer is a buffer that many write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what was written.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
