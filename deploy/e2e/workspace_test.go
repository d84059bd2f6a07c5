package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// testTeam makes a workspace, takes a second user in, and out again.
func testTeam(t *testing.T, base string) {
	ada, bob := signUp(t, base), signUp(t, base)
	team := &authv1.Workspace{}
	ada.post(t, "/api/v1/workspaces", &authv1.CreateWorkspaceRequest{DisplayName: "Team", RequestId: "r1"}, team)
	path := "/api/v1/workspaces/" + team.GetId()
	resp, body := bob.json(t, http.MethodGet, path, "")
	refused(t, resp, body, http.StatusNotFound) // nobody else learns that it is there

	invitation := &authv1.Invitation{}
	ada.post(t, path+"/members", &authv1.InviteMemberRequest{Email: bob.email, Role: accessv1.Role_VIEWER}, invitation)
	bob.post(t, "/api/v1/invitations:accept", &authv1.AcceptInvitationRequest{Token: invitation.GetToken()}, &authv1.Membership{})
	members := &authv1.ListMembersResponse{}
	bob.get(t, path+"/members", members)
	require.Len(t, members.GetMembers(), 2)
	inside := bob.in(team.GetId())
	inside.get(t, "/api/v1/documents", &researchv1.ListDocumentsResponse{})
	resp, body = inside.json(t, http.MethodPost, "/api/v1/documents", `{"title":"t","text":"t"}`)
	refused(t, resp, body, http.StatusForbidden)

	// The new role counts in another service from the next call on.
	member := path + "/members/" + bob.session.GetUser().GetId()
	resp, body = ada.json(t, http.MethodPatch, member, `{"role":"RESEARCHER"}`)
	decode(t, resp, body, &authv1.Member{})
	inside.post(t, "/api/v1/documents", &researchv1.CreateDocumentRequest{Title: "t", Text: "A text."}, &researchv1.Document{})

	resp, body = ada.json(t, http.MethodDelete, member, "")
	decode(t, resp, body, &emptypb.Empty{})
	resp, body = inside.json(t, http.MethodGet, "/api/v1/documents", "")
	refused(t, resp, body, http.StatusNotFound)
}

// testPatch changes what a body names and nothing else: it is its own mask.
func testPatch(t *testing.T, base string) {
	ada := signUp(t, base)
	path := "/api/v1/workspaces/" + ada.session.GetWorkspace().GetId()
	named := &authv1.Workspace{}
	resp, body := ada.json(t, http.MethodPatch, path, `{"displayName":" Renamed "}`)
	decode(t, resp, body, named)
	require.Equal(t, "Renamed", named.GetDisplayName())
	require.Equal(t, accessv1.Role_OWNER, named.GetRole())
	resp, body = ada.json(t, http.MethodPatch, path, string(body)) // what was read, sent back
	decode(t, resp, body, named)
	resp, body = ada.json(t, http.MethodPatch, path, `{"displayName":"  "}`)
	_, fields := refused(t, resp, body, http.StatusBadRequest)
	require.Contains(t, fields, "workspace.displayName")

	settings := &authv1.WorkspaceSettings{}
	resp, body = ada.json(t, http.MethodPatch, path+"/settings",
		`{"quotas":{"maxDocuments":"7","maxRunningAnalyses":2},"egressAllowList":["example.org"]}`)
	decode(t, resp, body, settings)
	first := settings.GetEtag()
	resp, body = ada.json(t, http.MethodPatch, path+"/settings", `{"quotas":{"maxDocuments":"0"},"etag":"`+first+`"}`)
	decode(t, resp, body, settings)
	require.Zero(t, settings.GetQuotas().GetMaxDocuments(), "named, so replaced")
	require.EqualValues(t, 2, settings.GetQuotas().GetMaxRunningAnalyses(), "not named, so kept")
	require.Equal(t, []string{"example.org"}, settings.GetEgressAllowList())
	resp, body = ada.json(t, http.MethodPatch, path+"/settings", `{"modelRoutes":{"plan":{"engine":"openai"}},"etag":"`+first+`"}`)
	reason, _ := refused(t, resp, body, http.StatusConflict)
	require.Equal(t, "ETAG_MISMATCH", reason)
	resp, body = ada.json(t, http.MethodPatch, path+"/settings", `{"modelRoutes":{"plan":{"engine":"openai"}}}`)
	decode(t, resp, body, settings)
	require.Equal(t, "openai", settings.GetModelRoutes()["plan"].GetEngine())
}
