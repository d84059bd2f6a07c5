package e2e

import (
	"context"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// closeExpired is the close code of a socket whose token is no longer good.
const closeExpired websocket.StatusCode = 4401

// team is a workspace with an owner and a member, on two replicas of everything.
type team struct {
	one, two *site

	owner, member *user
	workspace     string
	analysis      string // one that has ended
}

// TestEndOfAccess ends a member's access on one replica, in every way there is,
// and tries the very next calls on the other.
func TestEndOfAccess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs ten programs")
	}
	f := newFive(t)
	one, two := f.start(t), f.start(t)
	tests := map[string]struct {
		// credential is what the member shows; the session's token when nil.
		credential func(t *testing.T, tm *team) string
		end        func(t *testing.T, tm *team)
		status     int // of the next REST call
	}{
		"logout": {end: func(t *testing.T, tm *team) {
			tm.member.post(t, "/api/v1/auth/logout", &authv1.LogoutRequest{}, &emptypb.Empty{})
		}, status: http.StatusUnauthorized},
		"a refresh token used twice": {end: func(t *testing.T, tm *team) {
			reuse(t, tm.member)
		}, status: http.StatusUnauthorized},
		"a password changed in another session": {end: func(t *testing.T, tm *team) {
			changePassword(t, tm.member)
		}, status: http.StatusUnauthorized},
		"removal from the workspace": {end: func(t *testing.T, tm *team) {
			tm.owner.delete(t, "/api/v1/workspaces/"+tm.workspace+"/members/"+tm.member.session.GetUser().GetId())
		}, status: http.StatusNotFound},
		"leaving the workspace": {end: func(t *testing.T, tm *team) {
			tm.member.post(t, "/api/v1/workspaces/"+tm.workspace+":leave", &authv1.LeaveWorkspaceRequest{}, &emptypb.Empty{})
		}, status: http.StatusNotFound},
		"the workspace deleted": {end: func(t *testing.T, tm *team) {
			tm.owner.delete(t, "/api/v1/workspaces/"+tm.workspace)
		}, status: http.StatusNotFound},
		"the API key deleted": {credential: apiKey, end: func(t *testing.T, tm *team) {
			keys := &authv1.ListApiKeysResponse{}
			tm.member.get(t, "/api/v1/api-keys", keys)
			require.Len(t, keys.GetApiKeys(), 1)
			tm.member.delete(t, "/api/v1/api-keys/"+keys.GetApiKeys()[0].GetId())
		}, status: http.StatusUnauthorized},
		"removal, with an API key": {credential: apiKey, end: func(t *testing.T, tm *team) {
			tm.owner.delete(t, "/api/v1/workspaces/"+tm.workspace+"/members/"+tm.member.session.GetUser().GetId())
		}, status: http.StatusUnauthorized},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tm := newTeam(t, one, two)
			token := tm.member.token
			if tc.credential != nil {
				token = tc.credential(t, tm)
			}
			p := tm.probe(t, token)
			p.works(t)
			tc.end(t, tm)
			p.ended(t, tc.status)
		})
	}
}

// newTeam makes a workspace with two members and an analysis.
func newTeam(t *testing.T, one, two *site) *team {
	t.Helper()
	tm := &team{one: one, two: two, owner: signUp(t, one.Base()), member: signUp(t, one.Base())}
	made := &authv1.Workspace{}
	tm.owner.post(t, "/api/v1/workspaces", &authv1.CreateWorkspaceRequest{DisplayName: "Team"}, made)
	tm.workspace = made.GetId()
	invitation := &authv1.Invitation{}
	tm.owner.post(t, "/api/v1/workspaces/"+tm.workspace+"/members",
		&authv1.InviteMemberRequest{Email: tm.member.email, Role: accessv1.Role_RESEARCHER}, invitation)
	tm.member.post(t, "/api/v1/invitations:accept", &authv1.AcceptInvitationRequest{Token: invitation.GetToken()}, &authv1.Membership{})
	tm.owner, tm.member = tm.owner.in(tm.workspace), tm.member.in(tm.workspace)
	tm.analysis = tm.owner.start(t, &analysisv1.StartAnalysisRequest{Question: question}).GetId()
	tm.owner.follow(t, tm.analysis, 0).all()
	return tm
}

// apiKey makes a key of the member's that reads analyses.
func apiKey(t *testing.T, tm *team) string {
	t.Helper()
	key := &authv1.ApiKey{}
	tm.member.post(t, "/api/v1/api-keys", &authv1.CreateApiKeyRequest{
		DisplayName: "probe", Scopes: []accessv1.Permission{accessv1.Permission_ANALYSIS_READ},
	}, key)
	return key.GetKey()
}

// reuse uses the first refresh token twice.
func reuse(t *testing.T, u *user) {
	t.Helper()
	request := &authv1.RefreshRequest{RefreshToken: u.session.GetRefreshToken()}
	u.as("").post(t, "/api/v1/auth/refresh", request, &authv1.Session{})
	resp, body := u.as("").json(t, http.MethodPost, "/api/v1/auth/refresh", `{"refreshToken":"`+request.GetRefreshToken()+`"}`)
	refused(t, resp, body, http.StatusUnauthorized)
}

// changePassword signs in anew and changes the password from there.
func changePassword(t *testing.T, u *user) {
	t.Helper()
	other := &authv1.Session{}
	u.as("").post(t, "/api/v1/auth/login", &authv1.LoginRequest{Email: u.email, Password: u.password}, other)
	u.as(other.GetAccessToken()).post(t, "/api/v1/auth/password", &authv1.ChangePasswordRequest{
		CurrentPassword: u.password, NewPassword: "staple battery horse correct",
	}, &emptypb.Empty{})
}

// probe is what a credential has open on the other replica.
type probe struct {
	rest      *user
	analyses  analysisv1.AnalysisServiceClient
	ctx       context.Context //nolint:containedctx // carries the credential of every call
	socket    *socket
	analysis  string
	workspace string
}

// probe opens what can be open.
func (tm *team) probe(t *testing.T, token string) *probe {
	t.Helper()
	rest := tm.member.as(token)
	rest.base = tm.two.Base()
	secured, err := tlsx.Open(tm.two.TLS["gateway"])
	require.NoError(t, err)
	conn, err := grpcclient.Dial(tm.two.Addrs["ANALYSIS_ADDR"], grpcclient.Options{Credentials: secured.Client()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &probe{
		rest: rest, analyses: analysisv1.NewAnalysisServiceClient(conn), ctx: authn.WithWorkspace(authn.WithToken(t.Context(), token), tm.workspace),
		socket: rest.connect(t), analysis: tm.analysis, workspace: tm.workspace,
	}
}

// works shows that all ways are open.
func (p *probe) works(t *testing.T) {
	t.Helper()
	p.rest.get(t, "/api/v1/analysis/"+p.analysis, &analysisv1.Analysis{})
	_, err := p.analyses.GetAnalysis(p.ctx, &analysisv1.GetAnalysisRequest{Id: p.analysis})
	require.NoError(t, err)
	p.socket.say(`{"id":"1","unsubscribe":{"analysisId":"` + p.analysis + `"}}`)
	require.NotNil(t, p.socket.hear().GetAck())
}

// ended shows that the very next call fails, whichever it is.
func (p *probe) ended(t *testing.T, status int) {
	t.Helper()
	_, err := p.analyses.GetAnalysis(p.ctx, &analysisv1.GetAnalysisRequest{Id: p.analysis})
	want := map[int]error{http.StatusUnauthorized: errs.Unauthenticated, http.StatusNotFound: errs.NotFound}[status]
	require.ErrorIs(t, err, want)
	resp, body := p.rest.json(t, http.MethodGet, "/api/v1/analysis/"+p.analysis, "")
	refused(t, resp, body, status)

	// The socket may be closed already; a message that still gets out is not answered.
	_ = p.socket.conn.Write(p.socket.ctx, websocket.MessageText, []byte(`{"id":"2","subscribe":{"analysisId":"`+p.analysis+`"}}`))
	_, message, err := p.socket.conn.Read(p.socket.ctx)
	require.Error(t, err, "heard %s", message)
	require.Equal(t, closeExpired, websocket.CloseStatus(err))
}

// delete deletes a resource.
func (u *user) delete(t *testing.T, path string) {
	t.Helper()
	resp, body := u.json(t, http.MethodDelete, path, "")
	decode(t, resp, body, proto.Message(&emptypb.Empty{}))
}
