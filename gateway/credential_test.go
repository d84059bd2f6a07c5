package gateway

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/proto/access"
)

// elsewhere is a workspace that alice and her key have joined besides their own.
const elsewhere = "01930000-0000-7000-8000-0000000000a1"

// routed is a request that a client may make of a route, and what the route needs.
type routed struct {
	request
	rule access.Requirement
}

// everyRoute returns a request for every route of the fleet that is not public, by
// its name: those of the protos, and those that the gateway serves by hand.
func everyRoute(t *testing.T) map[string]routed {
	t.Helper()
	ids, all := regexp.MustCompile(`{[^}]*}`), map[string]routed{}
	for _, route := range rest.Routes() {
		name := "/" + string(route.RPC.Parent().FullName()) + "/" + string(route.RPC.Name())
		rule, ok := access.Rule(name)
		require.True(t, ok, name)
		if rule.Public {
			continue
		}
		// One id stands for all: where a path names the workspace it is this one.
		all[route.Method+" "+route.Template] = routed{request{
			method: route.Method, path: ids.ReplaceAllString(route.Template, elsewhere), body: bodyOf(route.Method),
		}, rule}
	}
	file, kind := form(t, formPart{"file", "a.txt", "text"})
	for name, r := range map[string]struct {
		request
		rpc string
	}{
		"upload":           {request{method: "POST", path: "/api/v1/documents", body: file, header: map[string]string{"Content-Type": kind}}, "research.v1.DocumentService/UploadDocument"},
		"event stream":     {request{method: "GET", path: "/api/v1/analysis/" + runID + "/events?afterSequence=9", header: map[string]string{"Accept": "text/event-stream"}}, "analysis.v1.AnalysisService/WatchAnalysis"},
		"document content": {request{method: "GET", path: "/api/v1/documents/" + runID + "/content"}, "research.v1.DocumentService/GetDocumentContent"},
		"source content":   {request{method: "GET", path: "/api/v1/sources/" + runID + "/content"}, "research.v1.ResearchService/GetSourceContent"},
		"report export":    {request{method: "GET", path: "/api/v1/reports/" + runID + "/export?format=md"}, "report.v1.ReportService/ExportReport"},
	} {
		rule, ok := access.Rule("/researcherpro." + r.rpc)
		require.True(t, ok, r.rpc)
		all[name] = routed{r.request, rule}
	}
	return all
}

func bodyOf(method string) string {
	if method == http.MethodPost || method == http.MethodPatch || method == http.MethodPut {
		return "{}"
	}
	return ""
}

// members returns a fleet whose alice, and her key, are in two workspaces, with a
// run that has ended, so that its event stream ends, too.
func members(t *testing.T) *fleet {
	t.Helper()
	f := serveFleet(t, Config{}, limits{request: time.Second})
	f.tokens.join(alice, elsewhere)
	f.tokens.join(aliceKey, elsewhere)
	f.analysis.finish()
	return f
}

func TestEveryRoute_PassesTheWorkspaceOn(t *testing.T) {
	t.Parallel()
	f := members(t)
	for name, route := range everyRoute(t) {
		req := route.request
		req.token, req.header = alice, withHeader(req.header, "X-Workspace-Id", elsewhere)
		resp, body := f.do(t, req)
		require.NotContains(t, []int{401, 403, 404}, withoutHandler(resp, body), "%s: %s", name, body)
		require.True(t, f.tokens.saw(authn.Credential{Token: alice, WorkspaceID: elsewhere}), name)
	}
}

func TestEveryRoute_HidesAWorkspaceFromWhoIsNoMember(t *testing.T) {
	t.Parallel()
	f := members(t)
	for name, route := range everyRoute(t) {
		req := route.request
		req.token, req.header = bob, withHeader(req.header, "X-Workspace-Id", elsewhere)
		resp, body := f.do(t, req)
		require.Equal(t, http.StatusNotFound, resp.StatusCode, "%s: %s", name, body)
		require.Equal(t, "there is no such workspace", decodeFailure(t, resp, body).Message, name)
	}
}

func TestEveryRoute_TakesAPIKeysAsItsPermissionSays(t *testing.T) {
	t.Parallel()
	f := members(t)
	for name, route := range everyRoute(t) {
		req := route.request
		req.token = aliceKey
		if route.rule.WorkspaceField == "" {
			req.header = withHeader(req.header, "X-Workspace-Id", elsewhere)
		}
		resp, body := f.do(t, req)
		if route.rule.SignedIn || route.rule.SessionOnly || route.rule.Service {
			require.Equal(t, http.StatusForbidden, resp.StatusCode, "%s: %s", name, body)
			continue
		}
		require.NotContains(t, []int{401, 403, 404}, withoutHandler(resp, body), "%s: %s", name, body)
		require.True(t, f.tokens.saw(authn.Credential{Token: aliceKey, WorkspaceID: elsewhere}), name)
	}
}

// withoutHandler is the status of an answer, but 0 when the fakes' handlers gave it:
// they know no object but runID.
func withoutHandler(resp *http.Response, body []byte) int {
	if resp.StatusCode == http.StatusNotFound && !strings.Contains(string(body), "WORKSPACE_NOT_FOUND") {
		return 0
	}
	return resp.StatusCode
}

func withHeader(header map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for n, v := range header {
		all[n] = v
	}
	return all
}

func TestSocket_TakesTheWorkspaceAndAnyCredential(t *testing.T) {
	t.Parallel()
	f := members(t)
	tests := map[string]struct {
		token, query, header string
		want                 int
		seen                 string
	}{
		"a browser names the workspace in the query": {alice, "?workspaceId=" + elsewhere, "", 101, elsewhere},
		"another program in the header":              {alice, "", elsewhere, 101, elsewhere},
		"the header goes first":                      {alice, "?workspaceId=" + runID, elsewhere, 101, elsewhere},
		"in any spelling of the id":                  {alice, "?workspaceId=" + strings.ToUpper(elsewhere), "", 101, elsewhere},
		"an API key":                                 {aliceKey, "", elsewhere, 101, elsewhere},
		"the token's own without one":                {alice, "", "", 101, ""},
		"a foreign one is absent":                    {bob, "", elsewhere, 404, elsewhere},
		"no id":                                      {alice, "?workspaceId=mine", "", 400, ""},
		"a service is no user":                       {"service x", "", "", 403, ""},
	}
	for name, tc := range tests {
		header := http.Header{"Authorization": {"Bearer " + tc.token}}
		if tc.header != "" {
			header.Set("X-Workspace-Id", tc.header)
		}
		conn, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(f.url, "http")+"/api/v1/ws/c"+tc.query, &websocket.DialOptions{HTTPHeader: header})
		require.NotNil(t, resp, "%s: %v", name, err)
		require.Equal(t, tc.want, resp.StatusCode, name)
		if tc.want != http.StatusBadRequest {
			require.True(t, f.tokens.saw(authn.Credential{Token: tc.token, WorkspaceID: tc.seen}), name)
		}
		if err == nil {
			require.NoError(t, conn.CloseNow())
		}
	}
}

func TestSocket_ASubscriptionCountsInTheSocketsWorkspace(t *testing.T) {
	t.Parallel()
	f := members(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.url, "http")+"/api/v1/ws/c?workspaceId="+elsewhere,
		&websocket.DialOptions{Subprotocols: []string{"bearer", alice}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	(&socket{t: t, conn: conn}).subscribe("1", 0)
	require.Equal(t, elsewhere, f.analysis.lastWorkspace())
}
