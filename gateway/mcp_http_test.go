package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/mcp"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestMCP_EveryRequestStandsOnItsOwnToken(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	a := f.assist(t, alice)
	out := struct{ ID string }{}
	a.use("get_research", args{"id": runID}, &out)
	a.show(aliceKey)
	a.use("get_research", args{"id": runID}, &out) // a new credential of the same user
	a.show(bob)
	require.Contains(t, words(a.try("get_research", args{"id": runID})), "NOT_FOUND")
	a.show(mallory)
	_, err := a.CallTool(t.Context(), &sdk.CallToolParams{Name: "get_research", Arguments: args{"id": runID}})
	require.ErrorContains(t, err, "Unauthorized")
}

func TestMCP_ATokenThatIsTakenBackEndsTheWait(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	a := f.assist(t, alice)
	done := make(chan *sdk.CallToolResult, 1)
	go func() { done <- a.try("follow_research", args{"id": runID, "waitSeconds": 50}) }()
	f.analysis.enter(analysisv1.Analysis_ANALYZING)
	require.Eventually(t, func() bool { return len(a.progress()) > 0 }, 20*time.Second, 5*time.Millisecond)
	f.tokens.revoke(alice)
	result := <-done
	require.True(t, result.IsError)
	require.Contains(t, words(result), "UNAUTHENTICATED")
	require.Eventually(t, func() bool { return f.tokens.open() == 0 }, 20*time.Second, 5*time.Millisecond)
}

func TestMCP_WhoGoesAwayLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/mcp", strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"follow_research","arguments":{"id":"`+runID+`","waitSeconds":50}}}`))
	require.NoError(t, err)
	for name, value := range mcpHeader() {
		r.Header.Set(name, value)
	}
	r.Header.Set("Authorization", "Bearer "+alice)
	gone := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	require.Eventually(t, func() bool { return f.tokens.open() > 0 }, 20*time.Second, 5*time.Millisecond)
	cancel()
	require.Error(t, <-gone)
	require.Eventually(t, func() bool { return f.tokens.open() == 0 }, 20*time.Second, 5*time.Millisecond, "the tool goes on for nobody")
}

func TestMCP_AQuietCallShowsSignsOfLife(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{mcp: mcp.Options{Heartbeat: 50 * time.Millisecond}})
	resp, body := f.do(t, request{method: http.MethodPost, path: "/mcp", token: alice, header: mcpHeader(), body: `{"jsonrpc":"2.0","id":1,"method":"tools/call",` +
		`"params":{"name":"follow_research","arguments":{"id":"` + runID + `","waitSeconds":1}}}`})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Contains(t, string(body), ": heartbeat\n\n")
	require.Contains(t, string(body), `"afterSequence":0`)
}

func TestMCP_TheGatewayClosesWithoutWaiting(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	a := f.assist(t, alice)
	done := make(chan *sdk.CallToolResult, 1)
	go func() { done <- a.try("follow_research", args{"id": runID, "waitSeconds": 50}) }()
	f.analysis.enter(analysisv1.Analysis_ANALYZING)
	require.Eventually(t, func() bool { return len(a.progress()) > 0 }, 20*time.Second, 5*time.Millisecond)
	f.gateway.Close()
	result := <-done
	require.False(t, result.IsError, "what was heard is told, and the next call goes on elsewhere")
	require.Contains(t, words(result), `"afterSequence":1`)
}

// mcpHeader is what the transport asks of clients.
func mcpHeader() map[string]string {
	return map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
}

func TestMCP_RequestsAreRefusedWithAStatus(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{Origins: []string{"https://app.example.com"}}, limits{})
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	tests := map[string]struct {
		request
		status int
		reason string
	}{
		"no token":          {request{method: "POST", body: list}, 401, "TOKEN_MISSING"},
		"revoked token":     {request{method: "POST", token: mallory, body: list}, 401, "TOKEN_INVALID"},
		"a service's token": {request{method: "POST", token: "service x", body: list}, 403, "USER_ONLY"},
		"foreign workspace": {request{method: "POST", token: alice, body: list, header: map[string]string{"X-Workspace-Id": runID}}, 404, "WORKSPACE_NOT_FOUND"},
		"foreign page":      {request{method: "POST", token: alice, body: list, header: map[string]string{"Origin": "https://evil.example.com"}}, 403, "ORIGIN_NOT_ALLOWED"},
		"a page of a name that was bound to this host": {
			request{method: "POST", token: alice, body: list, header: map[string]string{"Origin": f.url}}, 403, "ORIGIN_NOT_ALLOWED",
		},
		"a stream of a session":  {request{method: "GET", token: alice}, 405, "METHOD_NOT_ALLOWED"},
		"the end of a session":   {request{method: "DELETE", token: alice}, 405, "METHOD_NOT_ALLOWED"},
		"a list of messages":     {request{method: "POST", token: alice, body: " [" + list + "]"}, 400, "BATCH_NOT_ALLOWED"},
		"no JSON":                {request{method: "POST", token: alice, body: "{"}, 400, "MCP_REQUEST"},
		"a method that is none":  {request{method: "POST", token: alice, body: `{"jsonrpc":"2.0","id":1,"method":"dance"}`}, 400, "MCP_REQUEST"},
		"a version that is none": {request{method: "POST", token: alice, body: list, header: map[string]string{"Mcp-Protocol-Version": "1999-01-01"}}, 400, "MCP_REQUEST"},
		"a body over the limit":  {request{method: "POST", token: alice, body: strings.Repeat(" ", mcp.MaxBody+1)}, 413, "INVALID_FIELD"},
		"a client that reads no event stream": {
			request{method: "POST", token: alice, body: list, header: map[string]string{"Accept": "application/json"}}, 400, "MCP_REQUEST",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.path = "/mcp"
			given := tc.header
			tc.header = mcpHeader()
			for name, value := range given {
				tc.header[name] = value
			}
			resp, body := f.do(t, tc.request)
			require.Equal(t, tc.status, resp.StatusCode, "%s", body)
			reasons := []string{}
			for _, detail := range decodeFailure(t, resp, body).Details {
				reasons = append(reasons, detail.Reason)
			}
			require.Contains(t, reasons, tc.reason)
			require.Equal(t, tc.status == http.StatusUnauthorized, resp.Header.Get("WWW-Authenticate") != "")
		})
	}
}

func TestMCP_AllowedPagesMayCall(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{Origins: []string{"https://app.example.com"}}, limits{})
	header := mcpHeader()
	header["Origin"] = "https://app.example.com"
	resp, body := f.do(t, request{method: "POST", path: "/mcp", token: alice, header: header, body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`})
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	require.Equal(t, "https://app.example.com", resp.Header.Get("Access-Control-Allow-Origin"))
	header["Access-Control-Request-Method"] = "POST"
	resp, _ = f.do(t, request{method: "OPTIONS", path: "/mcp", header: header})
	require.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "Mcp-Protocol-Version")
}
