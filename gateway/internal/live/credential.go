package live

import (
	"net/http"
	"strings"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// bearerProtocol is the subprotocol that announces a token as the next one:
	// browsers can set no header on a WebSocket.
	bearerProtocol = "bearer"
	// tokenParameter shows a token in the query (RFC 6750, section 2.3): a browser can
	// set no header on an EventSource, and has no subprotocol there.
	tokenParameter = "access_token"
	// workspaceParameter stands for the header X-Workspace-Id, for the same reason.
	workspaceParameter = "workspaceId"
	workspaceHeader    = "X-Workspace-Id"
)

// FromSocket puts the token and the workspace that a browser shows with a WebSocket into
// the headers, where the rest of the edge looks for them.
func FromSocket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		takeToken(r)
		takeWorkspace(r)
		next.ServeHTTP(w, r)
	})
}

// FromQuery does the same for an EventSource. Addresses end up in places where no token
// belongs, so the only one that is taken is an access token, which is good for a short
// time, and it goes no further than here.
func FromQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		token := query.Get(tokenParameter)
		if authn.IsAPIKey(token) {
			reply.Error(w, r, errs.Field(tokenParameter, "must be an access token: an API key does not belong into an address"))
			return
		}
		takeWorkspace(r)
		if token != "" && r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		query.Del(tokenParameter)
		query.Del(workspaceParameter)
		r.URL.RawQuery = query.Encode()
		next.ServeHTTP(w, r)
	})
}

// takeToken moves the token of the subprotocol pair "bearer, <token>" into the
// Authorization header.
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
