package tenancy

import (
	"context"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// patience is how long a test waits for a run.
const patience = 2 * time.Minute

// password is that of every user here.
const password = "correct horse battery staple"

// person is a user who has signed in, with a workspace of their own.
type person struct {
	id, email, token, home string
}

// world is a workspace with something of everything in it, its members, and a
// stranger who is none.
type world struct {
	*running

	workspace string
	people    map[authn.Role]person
	stranger  person
	// ids are the workspace's resources, by what they are.
	ids map[string]string
}

// newWorld fills a workspace.
func newWorld(t *testing.T, r *running) *world {
	t.Helper()
	w := &world{running: r, people: map[authn.Role]person{}, stranger: r.signUp(t), ids: map[string]string{}}
	for role := authn.RoleViewer; role <= authn.RoleOwner; role++ {
		w.people[role] = r.signUp(t)
	}
	w.workspace = w.newWorkspace(t)
	w.ids["workspace"] = w.workspace
	w.ids["member"] = w.people[authn.RoleViewer].id
	w.fill(t)
	return w
}

// signUp makes a user.
func (r *running) signUp(t *testing.T) person {
	t.Helper()
	p := person{email: strings.ToLower(rand.Text()) + "@example.org"}
	session, err := authv1.NewAuthServiceClient(r.conns["auth"]).Register(t.Context(), &authv1.RegisterRequest{
		Email: p.email, Password: password, DisplayName: "Tester",
	})
	require.NoError(t, err)
	p.id, p.token, p.home = session.GetUser().GetId(), session.GetAccessToken(), session.GetWorkspace().GetId()
	return p
}

// newWorkspace makes a workspace of the owner's, with everyone in it.
func (w *world) newWorkspace(t *testing.T) string {
	t.Helper()
	owner := as(t.Context(), w.people[authn.RoleOwner].token, "")
	made, err := authv1.NewWorkspaceServiceClient(w.conns["auth"]).CreateWorkspace(owner, &authv1.CreateWorkspaceRequest{DisplayName: "World"})
	require.NoError(t, err)
	members := authv1.NewMemberServiceClient(w.conns["auth"])
	for role := authn.RoleViewer; role < authn.RoleOwner; role++ {
		invitation, err := members.InviteMember(owner, &authv1.InviteMemberRequest{
			WorkspaceId: made.GetId(), Email: w.people[role].email, Role: accessv1.Role(role),
		})
		require.NoError(t, err)
		_, err = members.AcceptInvitation(as(t.Context(), w.people[role].token, ""), &authv1.AcceptInvitationRequest{Token: invitation.GetToken()})
		require.NoError(t, err)
	}
	return made.GetId()
}

// fill makes one resource of every kind.
func (w *world) fill(t *testing.T) {
	t.Helper()
	owner := w.people[authn.RoleOwner]
	ctx := as(t.Context(), owner.token, w.workspace)
	key, err := authv1.NewApiKeyServiceClient(w.conns["auth"]).CreateApiKey(ctx, &authv1.CreateApiKeyRequest{
		DisplayName: "key", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
	})
	require.NoError(t, err)
	credential, err := authv1.NewCredentialServiceClient(w.conns["auth"]).CreateCredential(ctx, &authv1.CreateCredentialRequest{
		Provider: "openai", Secret: "sk-not-a-real-secret", Owner: authv1.Credential_WORKSPACE,
	})
	require.NoError(t, err)
	invitation, err := authv1.NewMemberServiceClient(w.conns["auth"]).InviteMember(ctx, &authv1.InviteMemberRequest{
		WorkspaceId: w.workspace, Email: strings.ToLower(rand.Text()) + "@example.org", Role: accessv1.Role_VIEWER,
	})
	require.NoError(t, err)
	_, err = authv1.NewWorkspaceServiceClient(w.conns["auth"]).UpdateWorkspaceSettings(ctx, &authv1.UpdateWorkspaceSettingsRequest{
		Settings: &authv1.WorkspaceSettings{WorkspaceId: w.workspace, Quotas: &authv1.Quotas{MaxDocuments: 1000}},
	})
	require.NoError(t, err)
	document, err := researchv1.NewDocumentServiceClient(w.conns["research"]).CreateDocument(ctx, &researchv1.CreateDocumentRequest{
		Title: "Bridges", Text: "The bridge was opened in 1932. It carries eight lanes of traffic and two railway lines.",
	})
	require.NoError(t, err)
	w.ids["key"], w.ids["credential"], w.ids["invitation"], w.ids["document"] = key.GetId(), credential.GetId(), invitation.GetId(), document.GetId()
	w.run(ctx, t)
	w.share(ctx, t)
}

// share makes a template, and gives the run's report to whoever has a link.
func (w *world) share(ctx context.Context, t *testing.T) {
	t.Helper()
	template, err := reportv1.NewTemplateServiceClient(w.conns["report"]).CreateTemplate(ctx, &reportv1.CreateTemplateRequest{
		Template: &reportv1.Template{Title: "Short", Source: "# {{ title }}"},
	})
	require.NoError(t, err)
	shared, err := reportv1.NewShareServiceClient(w.conns["report"]).CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: w.ids["report"]})
	require.NoError(t, err)
	w.ids["template"], w.ids["share"] = template.GetId(), shared.GetId()
}

// run lets an analysis run, which leaves research, sources and a report.
func (w *world) run(ctx context.Context, t *testing.T) {
	t.Helper()
	analyses := analysisv1.NewAnalysisServiceClient(w.conns["analysis"])
	started, err := analyses.StartAnalysis(ctx, &analysisv1.StartAnalysisRequest{
		Question: "When was the bridge opened?", Engine: "extractive", // the key for openai that is stored here opens nothing
	})
	require.NoError(t, err)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	events, err := analyses.WatchAnalysis(waiting, &analysisv1.WatchAnalysisRequest{AnalysisId: started.GetId()})
	require.NoError(t, err)
	for err == nil {
		_, err = events.Recv()
	}
	require.ErrorIs(t, err, io.EOF)
	done, err := analyses.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: started.GetId()})
	require.NoError(t, err)
	require.NotEmpty(t, done.GetReportId(), "the run ended as %s", done.GetState())
	sources, err := researchv1.NewResearchServiceClient(w.conns["research"]).ListSources(ctx, &researchv1.ListSourcesRequest{ResearchId: done.GetResearchId()})
	require.NoError(t, err)
	require.NotEmpty(t, sources.GetSources())
	w.ids["analysis"], w.ids["research"], w.ids["report"] = done.GetId(), done.GetResearchId(), done.GetReportId()
	w.ids["source"] = sources.GetSources()[0].GetId()
	reverification, err := analyses.ReverifyAnalysis(ctx, &analysisv1.ReverifyAnalysisRequest{Id: done.GetId()})
	require.NoError(t, err)
	w.ids["reverification"] = reverification.GetId()
}

// check shows that everything is still there.
func (w *world) check(t *testing.T) {
	t.Helper()
	ctx := as(t.Context(), w.people[authn.RoleOwner].token, w.workspace)
	_, err := researchv1.NewDocumentServiceClient(w.conns["research"]).GetDocument(ctx, &researchv1.GetDocumentRequest{Id: w.ids["document"]})
	require.NoError(t, err)
	_, err = researchv1.NewResearchServiceClient(w.conns["research"]).GetResearch(ctx, &researchv1.GetResearchRequest{Id: w.ids["research"]})
	require.NoError(t, err)
	_, err = analysisv1.NewAnalysisServiceClient(w.conns["analysis"]).GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: w.ids["analysis"]})
	require.NoError(t, err)
	_, err = reportv1.NewReportServiceClient(w.conns["report"]).GetReport(ctx, &reportv1.GetReportRequest{Id: w.ids["report"]})
	require.NoError(t, err)
	members, err := authv1.NewMemberServiceClient(w.conns["auth"]).ListMembers(ctx, &authv1.ListMembersRequest{WorkspaceId: w.workspace})
	require.NoError(t, err)
	require.Len(t, members.GetMembers(), len(w.people))
	for _, m := range members.GetMembers() {
		require.Equal(t, w.people[authn.Role(m.GetRole())].id, m.GetUser().GetId(), "everyone has the role they had")
	}
	keys, err := authv1.NewApiKeyServiceClient(w.conns["auth"]).ListApiKeys(ctx, &authv1.ListApiKeysRequest{})
	require.NoError(t, err)
	credentials, err := authv1.NewCredentialServiceClient(w.conns["auth"]).ListCredentials(ctx, &authv1.ListCredentialsRequest{})
	require.NoError(t, err)
	invitations, err := authv1.NewMemberServiceClient(w.conns["auth"]).ListInvitations(ctx, &authv1.ListInvitationsRequest{WorkspaceId: w.workspace})
	require.NoError(t, err)
	shares, err := reportv1.NewShareServiceClient(w.conns["report"]).ListShares(ctx, &reportv1.ListSharesRequest{ReportId: w.ids["report"]})
	require.NoError(t, err)
	require.Contains(t, shares.String(), w.ids["share"])
	_, err = reportv1.NewTemplateServiceClient(w.conns["report"]).GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: w.ids["template"]})
	require.NoError(t, err)
	require.Contains(t, keys.String()+credentials.String()+invitations.String(), w.ids["key"])
	require.Contains(t, credentials.String(), w.ids["credential"])
	require.Contains(t, invitations.String(), w.ids["invitation"])
}
