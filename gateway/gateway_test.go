package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRoutes_StatusCodes(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{request: 3 * time.Second})
	const other = "01930000-0000-7000-8000-000000000099"
	tests := map[string]struct {
		request
		want int
	}{
		"public route needs no token":         {request{method: "GET", path: "/.well-known/jwks.json"}, 200},
		"login":                               {request{method: "POST", path: "/api/v1/auth/login", body: `{"email":"a@b.c","password":"correct horse battery"}`}, 200},
		"wrong password":                      {request{method: "POST", path: "/api/v1/auth/login", body: `{"email":"a@b.c","password":"x"}`}, 401},
		"no token":                            {request{method: "GET", path: "/api/v1/auth/me"}, 401},
		"revoked token":                       {request{method: "GET", path: "/api/v1/auth/me", token: mallory}, 401},
		"token":                               {request{method: "GET", path: "/api/v1/auth/me", token: alice}, 200},
		"list":                                {request{method: "GET", path: "/api/v1/documents?pageSize=5", token: alice}, 200},
		"custom method on a collection":       {request{method: "GET", path: "/api/v1/documents:search?query=x", token: alice}, 200},
		"custom method on a resource":         {request{method: "POST", path: "/api/v1/analysis/" + runID + ":cancel", token: alice}, 200},
		"delete answers an empty object":      {request{method: "DELETE", path: "/api/v1/documents/" + runID, token: alice}, 200},
		"text as a document":                  {request{method: "POST", path: "/api/v1/documents", token: alice, body: `{"title":"t","text":"x"}`}, 200},
		"start":                               {request{method: "POST", path: "/api/v1/analysis/start", token: alice, body: `{"question":"why?"}`}, 200},
		"another's resource is absent":        {request{method: "GET", path: "/api/v1/analysis/" + runID, token: bob}, 404},
		"no such resource":                    {request{method: "GET", path: "/api/v1/analysis/" + other, token: alice}, 404},
		"malformed id":                        {request{method: "GET", path: "/api/v1/analysis/7", token: alice}, 400},
		"unknown route":                       {request{method: "GET", path: "/api/v1/nothing", token: alice}, 404},
		"unknown route outside the API":       {request{method: "GET", path: "/wp-login.php"}, 404},
		"wrong method":                        {request{method: "PUT", path: "/api/v1/documents", token: alice}, 405},
		"method override is not honoured":     {request{method: "POST", path: "/api/v1/documents/" + runID, token: alice, header: map[string]string{"X-HTTP-Method-Override": "DELETE"}}, 405},
		"bug in a service":                    {request{method: "GET", path: "/api/v1/connectors", token: alice}, 500},
		"failure in a service":                {request{method: "GET", path: "/api/v1/documents/" + runID, token: alice}, 500},
		"service that hangs":                  {request{method: "GET", path: "/api/v1/analysis", token: alice}, 504},
		"route without an implementation yet": {request{method: "GET", path: "/api/v1/templates", token: alice}, 501},
		"WebSocket address without upgrade":   {request{method: "GET", path: "/api/v1/ws/c1", token: alice}, 426},
		"document":                            {request{method: "GET", path: "/openapi.json"}, 200},
		"page":                                {request{method: "GET", path: "/docs/"}, 200},
		"root leads to the page":              {request{method: "GET", path: "/"}, 302},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := f.do(t, tc.request)
			require.Equal(t, tc.want, resp.StatusCode, "body: %s", body)
			require.NotEmpty(t, resp.Header.Get("X-Request-Id"))
			require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
			require.NotEmpty(t, resp.Header.Get("Content-Security-Policy"))
			if tc.want >= 400 {
				decodeFailure(t, resp, body)
			}
		})
	}
}

func TestJSON_ShowsZerosAndEmptyLists(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/documents", token: alice})
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.JSONEq(t, `{"documents":[],"nextPageToken":""}`, string(body))

	_, body = f.do(t, request{method: "POST", path: "/api/v1/analysis/start", token: alice, body: `{"question":"why?"}`})
	var run map[string]any
	require.NoError(t, json.Unmarshal(body, &run))
	require.Equal(t, "QUEUED", run["state"])
	require.Equal(t, "0", run["lastSequence"], "64-bit numbers are strings")
	require.InDelta(t, 0, run["progress"], 0)
	require.NotContains(t, run, "completeTime", "what is absent stays absent")
}

func TestHeaders_WhatCrossesTheEdge(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{TrustedProxies: []string{"127.0.0.0/8", "::1", "10.0.0.0/8"}}, limits{})
	f.tokens.join(alice, elsewhere)
	resp, _ := f.do(t, request{method: "GET", path: "/api/v1/auth/me", token: alice, header: map[string]string{
		"X-Request-Id":                "req-7",
		"X-Workspace-Id":              "01930000-0000-7000-8000-0000000000a1",
		"X-Forwarded-For":             "6.6.6.6, 203.0.113.9, 10.1.2.3",
		"X-Forwarded-By":              "Bearer bob",
		"User-Agent":                  "Browser/7",
		"Cookie":                      "session=1",
		"Grpc-Metadata-Authorization": "Bearer bob",
		"Grpc-Timeout":                "1n",
	}})
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "req-7", resp.Header.Get("X-Request-Id"))
	md := f.auth.metadata()
	require.Equal(t, []string{"req-7"}, md.Get("x-request-id"))
	require.Equal(t, []string{"01930000-0000-7000-8000-0000000000a1"}, md.Get("x-workspace-id"))
	require.Equal(t, []string{"Bearer alice"}, md.Get("authorization"))
	require.Equal(t, []string{"203.0.113.9"}, md.Get("x-forwarded-for"), "what stands before the last untrusted hop is made up")
	require.Equal(t, []string{"Browser/7"}, md.Get("x-forwarded-user-agent"))
	require.Len(t, md.Get("x-forwarded-by"), 1, "the gateway's own voucher and not the client's")
	require.NotContains(t, md.Get("x-forwarded-by")[0], "bob")
	require.Empty(t, md.Get("grpcgateway-cookie"))

	resp, _ = f.do(t, request{method: "GET", path: "/api/v1/auth/me", token: alice, header: map[string]string{"X-Request-Id": "a b\tc"}})
	require.NotContains(t, resp.Header.Get("X-Request-Id"), " ", "an id that could forge a log line is replaced")
}

func TestCORS_OnlyListedOrigins(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{Origins: []string{"https://app.example.com"}}, limits{})
	preflight := func(origin string) *http.Response {
		resp, _ := f.do(t, request{method: "OPTIONS", path: "/api/v1/documents", header: map[string]string{
			"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization",
		}})
		return resp
	}
	resp := preflight("https://app.example.com")
	require.Equal(t, 204, resp.StatusCode)
	require.Equal(t, "https://app.example.com", resp.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "Authorization")
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Credentials"))

	resp = preflight("https://evil.example.com")
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, 405, resp.StatusCode)
}

func TestPrefix_APIUnderAnotherPath(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{APIPrefix: "/research/api", ProjectName: "Acme"}, limits{})
	resp, _ := f.do(t, request{method: "GET", path: "/research/api/auth/me", token: alice})
	require.Equal(t, 200, resp.StatusCode)
	resp, _ = f.do(t, request{method: "GET", path: "/api/v1/auth/me", token: alice})
	require.Equal(t, 404, resp.StatusCode)

	_, body := f.do(t, request{method: "GET", path: "/openapi.json"})
	require.Contains(t, string(body), `"/research/api/auth/me"`)
	require.NotContains(t, string(body), `"/api/v1/auth/me"`)
	require.Contains(t, string(body), `"title":"Acme"`)
}

func TestNew_RefusesBadConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cfg  Config
		want string
	}{
		"prefix without slash":   {Config{APIPrefix: "api"}, "API_V1_STR"},
		"prefix is all":          {Config{APIPrefix: "/"}, "API_V1_STR"},
		"origin with a path":     {Config{Origins: []string{"https://a.example/x"}}, "CORS_ORIGINS"},
		"origin without scheme":  {Config{Origins: []string{"a.example"}}, "CORS_ORIGINS"},
		"proxy is not a network": {Config{TrustedProxies: []string{"the proxy"}}, "TRUSTED_PROXIES"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(t.Context(), tc.cfg, Backend{Callers: newFakeTokens()})
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestIdempotent_AreTheReads(t *testing.T) {
	t.Parallel()
	names := Idempotent()
	require.Contains(t, names, "researcherpro.analysis.v1.AnalysisService/GetAnalysis")
	for _, name := range names {
		_, method, _ := strings.Cut(name, "/")
		require.Regexp(t, "^(Get|List|Search|Export|Compare)", method)
	}
}
