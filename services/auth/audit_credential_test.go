package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc/oidctest"
)

func TestAudit_TellsWithWhichAPIKeyAUserCalled(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	home := ada.GetWorkspace().GetId()
	key, err := apiKeys(a.Server).CreateApiKey(as(t.Context(), ada), &authv1.CreateApiKeyRequest{
		DisplayName: "nightly", Scopes: []accessv1.Permission{accessv1.Permission_WORKSPACE_WRITE},
	})
	require.NoError(t, err)
	created := a.newest(t, ada, "ApiKeyService.CreateApiKey", "OK")
	require.Equal(t, key.GetId(), created.GetObjectId())
	require.Empty(t, created.GetApiKeyId(), "a session made it")

	byKey := with(t.Context(), key)
	_, err = a.Workspaces.UpdateWorkspace(byKey, &authv1.UpdateWorkspaceRequest{Workspace: &authv1.Workspace{Id: home, DisplayName: "New"}})
	require.NoError(t, err)
	renamed := a.newest(t, ada, "WorkspaceService.UpdateWorkspace", "OK")
	require.Equal(t, key.GetId(), renamed.GetApiKeyId())
	require.Equal(t, ada.GetUser().GetId(), renamed.GetUserId())

	_, err = a.Members.InviteMember(byKey, &authv1.InviteMemberRequest{WorkspaceId: home, Email: "eve@example.com", Role: accessv1.Role_VIEWER})
	require.ErrorIs(t, err, errs.PermissionDenied)
	refused := a.newest(t, ada, "MemberService.InviteMember", "PERMISSION_DENIED")
	require.Equal(t, "SCOPE_MISSING", refused.GetReason())
	require.Equal(t, key.GetId(), refused.GetApiKeyId())
}

func TestAudit_TellsOfSignInsWithAnOpenIDProvider(t *testing.T) {
	t.Parallel()
	server, p := withProvider(t)
	ada := signIn(t, server, p, oidctest.Claims("ada", "ada@example.com"))
	list, err := authv1.NewAuditServiceClient(server.Conn).ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetAuditEvents(), 1)
	e := list.GetAuditEvents()[0]
	require.Equal(t, "OidcService.FinishOidc OK", e.GetAction()+" "+e.GetResult())
	require.Equal(t, ada.GetUser().GetId(), e.GetUserId())
}
