package live

import (
	"net/http"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// bearerProtocol is the subprotocol that announces a token as the next one:
	// browsers can set no header on a WebSocket.
	bearerProtocol = "bearer"
	// workspaceParameter stands for the header X-Workspace-Id, for the same reason.
	workspaceParameter = "workspaceId"
	workspaceHeader    = "X-Workspace-Id"
)

// takeToken moves the token of the subprotocol pair "bearer, <token>" into the
// Authorization header, where the rest of the edge looks for it.
func takeToken(r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		return
	}
	offered := strings.Split(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), ",")
	for i, name := range offered {
		if strings.TrimSpace(name) == bearerProtocol && i+1 < len(offered) {
			r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(offered[i+1]))
			return
		}
	}
}

// takeWorkspace moves the workspace of the query into its header, which goes first.
func takeWorkspace(r *http.Request) {
	if id := r.URL.Query().Get(workspaceParameter); id != "" && r.Header.Get(workspaceHeader) == "" {
		r.Header.Set(workspaceHeader, id)
	}
}

// credential returns what a request shows of its caller, the same that goes on to
// the services.
func credential(r *http.Request) (authn.Credential, error) {
	token, err := authn.Bearer(r.Header.Get("Authorization"))
	if err != nil {
		return authn.Credential{}, err
	}
	asked := r.Header.Get(workspaceHeader)
	id, ok := authn.ParseWorkspaceID(asked)
	if !ok && asked != "" {
		return authn.Credential{}, errs.Field(workspaceHeader, "must be the id of a workspace, a UUID")
	}
	return authn.Credential{Token: token, WorkspaceID: id}, nil
}

// admit returns a guard, which does not watch yet, for what a request opens.
func (s *Server) admit(r *http.Request) (*guard, error) {
	shown, err := credential(r)
	if err != nil {
		return nil, err
	}
	caller, err := s.callers.Verify(r.Context(), shown)
	if err != nil {
		return nil, err
	}
	if caller.IsService() {
		// What a service follows it asks the services for, not the public edge.
		return nil, errs.New(errs.PermissionDenied, "USER_ONLY", "only users may follow analyses here")
	}
	return &guard{server: s, credential: shown, caller: caller}, nil
}
