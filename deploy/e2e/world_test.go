package e2e

import (
	"crypto/rand"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// world is a workspace with one of everything, and a user who is not in it.
type world struct {
	owner, stranger *user

	mu  sync.Mutex
	ids map[string]string // of things, by name
}

// newWorld makes a world with a library and a run that has its report.
func newWorld(t *testing.T, base string) *world {
	t.Helper()
	w := &world{owner: signUp(t, base), stranger: signUp(t, base), ids: map[string]string{}}
	for name, document := range w.owner.addLibrary(t) {
		if name == "winter.md" {
			w.ids["document"] = document.GetId()
		}
	}
	run := w.owner.completed(t)
	w.ids["analysis"], w.ids["research"], w.ids["report"] = run.GetId(), run.GetResearchId(), run.GetReportId()
	w.ids["workspace"], w.ids["user"] = w.owner.session.GetWorkspace().GetId(), w.owner.session.GetUser().GetId()
	for name, make := range kept {
		w.ids[name] = make(t, w)
	}
	w.ids["team"] = made["new-workspace"](t, w)
	w.ids["team-member"] = newMember(t, w, w.ids["team"])
	return w
}

// known are the ids of all things so far that nobody else may see.
func (w *world) known() map[string]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := maps.Clone(w.ids)
	delete(known, "stranger") // whose own ids are no secret from them
	return known
}

// resolve puts the ids of things in the place of their names. It reports whether there
// was one.
func (w *world) resolve(t *testing.T, path, body string) (resolvedPath, resolvedBody string, named bool) {
	t.Helper()
	put := func(text string) string {
		return thing.ReplaceAllStringFunc(text, func(name string) string {
			name = strings.Trim(name, "{}")
			if create, ok := made[name]; ok {
				named = named || !harmless[name]
				return create(t, w)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			require.Contains(t, w.ids, name, "there is no such thing")
			named = true
			return w.ids[name]
		})
	}
	return put(path), put(body), named
}

// kept are things that are made once and that no test takes away.
var kept = map[string]func(t *testing.T, w *world) string{
	"source": func(t *testing.T, w *world) string {
		t.Helper()
		list := &researchv1.ListSourcesResponse{}
		w.owner.get(t, "/api/v1/research/"+w.ids["research"]+"/sources", list)
		return list.GetSources()[0].GetId()
	},
	"reverification": func(t *testing.T, w *world) string {
		t.Helper()
		v := &analysisv1.Reverification{}
		w.owner.post(t, "/api/v1/analysis/"+w.ids["analysis"]+":reverify", &analysisv1.ReverifyAnalysisRequest{}, v)
		return v.GetId()
	},
	"template":    newTemplate,
	"login-email": func(t *testing.T, w *world) string { return signUp(t, w.owner.base).email },
	"share-token": func(t *testing.T, w *world) string {
		t.Helper()
		share := &reportv1.Share{}
		w.owner.post(t, "/api/v1/reports/"+w.ids["report"]+"/shares", &reportv1.CreateShareRequest{}, share)
		return share.GetToken()
	},
	"member": func(t *testing.T, w *world) string { return newMember(t, w, w.ids["workspace"]) },
}

// harmless are things that are made up and belong to nobody.
var harmless = map[string]bool{"word": true, "email": true}

// made are things that are made anew wherever they are named.
var made = map[string]func(t *testing.T, w *world) string{
	"word":  func(*testing.T, *world) string { return rand.Text() },
	"email": func(*testing.T, *world) string { return strings.ToLower(rand.Text()) + "@example.org" },
	"new-document": func(t *testing.T, w *world) string {
		t.Helper()
		return w.owner.add(t, "new.txt", []byte("A new text: "+rand.Text()+".")).GetId()
	},
	"waiting-analysis": func(t *testing.T, w *world) string {
		t.Helper()
		id := w.owner.start(t, &analysisv1.StartAnalysisRequest{Question: question, AwaitApproval: true}).GetId()
		require.Eventually(t, func() bool {
			a := &analysisv1.Analysis{}
			w.owner.get(t, "/api/v1/analysis/"+id, a)
			return a.GetState() == analysisv1.Analysis_AWAITING_APPROVAL
		}, patience, glance)
		return id
	},
	"cancelled-analysis": func(t *testing.T, w *world) string {
		t.Helper()
		id := w.owner.start(t, &analysisv1.StartAnalysisRequest{Question: question, AwaitApproval: true}).GetId()
		w.owner.post(t, "/api/v1/analysis/"+id+":cancel", &analysisv1.CancelAnalysisRequest{}, &analysisv1.Analysis{})
		return id
	},
	"new-research": func(t *testing.T, w *world) string {
		t.Helper()
		r := &researchv1.Research{}
		w.owner.post(t, "/api/v1/research", &researchv1.CreateResearchRequest{Query: question}, r)
		require.Eventually(t, func() bool {
			w.owner.get(t, "/api/v1/research/"+r.GetId(), r)
			return r.GetState() == researchv1.Research_SUCCEEDED
		}, patience, glance)
		return r.GetId()
	},
	"new-report": func(t *testing.T, w *world) string {
		t.Helper()
		r := &reportv1.Report{}
		w.owner.post(t, "/api/v1/reports", &reportv1.CreateReportRequest{AnalysisId: w.ids["analysis"]}, r)
		return r.GetId()
	},
	"new-template": newTemplate,
	"new-share": func(t *testing.T, w *world) string {
		t.Helper()
		share := &reportv1.Share{}
		w.owner.post(t, "/api/v1/reports/"+w.ids["report"]+"/shares", &reportv1.CreateShareRequest{}, share)
		return share.GetId()
	},
	"new-key": func(t *testing.T, w *world) string {
		t.Helper()
		key := &authv1.ApiKey{}
		w.owner.post(t, "/api/v1/api-keys", &authv1.CreateApiKeyRequest{
			DisplayName: "key", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
		}, key)
		return key.GetId()
	},
	"new-credential": func(t *testing.T, w *world) string {
		t.Helper()
		credential := &authv1.Credential{}
		w.owner.post(t, "/api/v1/credentials", &authv1.CreateCredentialRequest{Provider: "tavily", Secret: rand.Text()}, credential)
		return credential.GetId()
	},
	"new-workspace": func(t *testing.T, w *world) string {
		t.Helper()
		workspace := &authv1.Workspace{}
		w.owner.post(t, "/api/v1/workspaces", &authv1.CreateWorkspaceRequest{DisplayName: "New"}, workspace)
		return workspace.GetId()
	},
	"new-invitation": func(t *testing.T, w *world) string {
		t.Helper()
		return invite(t, w, w.ids["workspace"], strings.ToLower(rand.Text())+"@example.org").GetId()
	},
	"invitation-of-owner": func(t *testing.T, w *world) string {
		t.Helper()
		host := &world{owner: signUp(t, w.owner.base)}
		return invite(t, host, host.owner.session.GetWorkspace().GetId(), w.owner.email).GetToken()
	},
	"new-member": func(t *testing.T, w *world) string { return newMember(t, w, w.ids["workspace"]) },
	"joined-workspace": func(t *testing.T, w *world) string {
		t.Helper()
		host := &world{owner: signUp(t, w.owner.base)}
		id := host.owner.session.GetWorkspace().GetId()
		w.owner.post(t, "/api/v1/invitations:accept",
			&authv1.AcceptInvitationRequest{Token: invite(t, host, id, w.owner.email).GetToken()}, &authv1.Membership{})
		return id
	},
	"refresh-token": func(t *testing.T, w *world) string {
		t.Helper()
		return signUp(t, w.owner.base).session.GetRefreshToken()
	},
}

// newTemplate makes a template.
func newTemplate(t *testing.T, w *world) string {
	t.Helper()
	template := &reportv1.Template{}
	w.owner.post(t, "/api/v1/templates", &reportv1.Template{Title: "Mine", Source: "# {{ title }}\n\n{% findings %}\n"}, template)
	return template.GetId()
}

// invite invites somebody into a workspace of the world's owner.
func invite(t *testing.T, w *world, workspace, email string) *authv1.Invitation {
	t.Helper()
	invitation := &authv1.Invitation{}
	w.owner.post(t, "/api/v1/workspaces/"+workspace+"/members",
		&authv1.InviteMemberRequest{Email: email, Role: accessv1.Role_VIEWER}, invitation)
	return invitation
}

// newMember takes a new user into a workspace of the world's owner and returns their id.
func newMember(t *testing.T, w *world, workspace string) string {
	t.Helper()
	u := signUp(t, w.owner.base)
	token := invite(t, w, workspace, u.email).GetToken()
	u.post(t, "/api/v1/invitations:accept", &authv1.AcceptInvitationRequest{Token: token}, &authv1.Membership{})
	return u.session.GetUser().GetId()
}
