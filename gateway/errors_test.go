package gateway

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestErrors_NameTheField(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	const start = "/api/v1/analysis/start"
	tests := map[string]struct {
		request
		field, rule string
	}{
		"byte order mark":           {request{method: "POST", path: start, body: "\xef\xbb\xbf{}"}, "body", "must not begin with a byte order mark"},
		"not UTF-8":                 {request{method: "POST", path: start, body: "{\"question\":\"é\xff\"}"}, "body", "must be UTF-8, which it is not at byte 15"},
		"too deep":                  {request{method: "POST", path: start, body: `{"a":` + strings.Repeat("[", 100_000)}, "body", "must not nest deeper than 64, which it does at byte 68"},
		"brackets in a string":      {request{method: "POST", path: start, body: `{"question":"\"` + strings.Repeat("[", 100) + `","a":1}`}, "a", "is not a field of this request"},
		"a bare NaN":                {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxCostUsd":NaN}}`}, "body", "is not valid JSON near byte 40"},
		"NaN in quotes":             {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxCostUsd":"NaN"}}`}, "budget.maxCostUsd", ""},
		"endless":                   {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxCostUsd":"Infinity"}}`}, "budget.maxCostUsd", ""},
		"a number beyond numbers":   {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxCostUsd":1e999}}`}, "budget.maxCostUsd", "must be a number"},
		"a number of a million":     {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxTokens":` + strings.Repeat("9", 1_000_000) + `}}`}, "budget.maxTokens", "must be a whole number"},
		"a surrogate alone":         {request{method: "POST", path: start, body: `{"question":"\ud800"}`}, "body", `must not escape half of a surrogate pair, such as \ud800 alone`},
		"a key twice, inside":       {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxTokens":"5","max_tokens":"6"}}`}, "budget.maxTokens", "must stand only once"},
		"query not UTF-8":           {request{method: "GET", path: "/api/v1/documents:search?query=%ff"}, "query", "must be UTF-8"},
		"query with a semicolon":    {request{method: "GET", path: "/api/v1/documents?pageSize=1;pageSize=2"}, "query", "is malformed: parameters are separated by &, and % begins an escape"},
		"query with half an escape": {request{method: "GET", path: "/api/v1/documents?pageToken=%f"}, "query", "is malformed: parameters are separated by &, and % begins an escape"},
		"unknown field":             {request{method: "POST", path: start, body: `{"question":"q","colour":"red"}`}, "colour", "is not a field of this request"},
		"unknown field inside":      {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxTokens":"5","max":1}}`}, "budget.max", "is not a field of this request"},
		"wrong type: string":        {request{method: "POST", path: start, body: `{"question":7}`}, "question", "must be a string"},
		"wrong type: number":        {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxCostUsd":"much"}}`}, "budget.maxCostUsd", "must be a number"},
		"wrong type: whole number":  {request{method: "POST", path: start, body: `{"question":"q","budget":{"maxTokens":1.5}}`}, "budget.maxTokens", "must be a whole number"},
		"wrong type: object":        {request{method: "POST", path: start, body: `{"question":"q","budget":5}`}, "budget", "must be an object"},
		"wrong type: list":          {request{method: "POST", path: start, body: `{"question":"q","parameters":{"sources":"web"}}`}, "parameters.sources", "must be a list; each element must be a string"},
		"wrong type: in a list":     {request{method: "POST", path: start, body: `{"question":"q","parameters":{"sources":["a",2]}}`}, "parameters.sources[1]", "must be a string"},
		"wrong type: boolean":       {request{method: "POST", path: start, body: `{"question":"q","dryRun":"yes"}`}, "dryRun", "must be true or false"},
		"not a value of the enum":   {request{method: "POST", path: start, body: `{"question":"q","citationPolicy":"LAX"}`}, "citationPolicy", "must be one of FLAG, STRICT"},
		"not a time":                {request{method: "POST", path: start, body: `{"question":"q","budget":{"deadline":"soon"}}`}, "budget.deadline", "must be a time such as 2026-01-31T12:00:00Z"},
		"twice":                     {request{method: "POST", path: start, body: `{"question":"q","question":"r"}`}, "question", "must stand only once"},
		"position after non-ASCII":  {request{method: "POST", path: start, body: "{\"question\":\"é€𝄞\",\n \"engine\":1}"}, "engine", "must be a string"},
		"not JSON":                  {request{method: "POST", path: start, body: `{"question":`}, "body", "is not valid JSON near byte 12"},
		"not an object":             {request{method: "POST", path: start, body: `[1]`}, "body", "must be a JSON object"},
		"something behind the end":  {request{method: "POST", path: start, body: `{"question":"q"} {}`}, "body", "is not valid JSON near byte 18"},
		"rule of the contract":      {request{method: "POST", path: start, body: `{"question":"q","requestId":"` + strings.Repeat("x", 129) + `"}`}, "requestId", ""},
		"missing":                   {request{method: "POST", path: start}, "question", ""},
		"unknown parameter":         {request{method: "GET", path: "/api/v1/documents?pagesize=3"}, "pagesize", "is not a parameter of this request"},
		"parameter of wrong type":   {request{method: "GET", path: "/api/v1/documents?pageSize=many"}, "pageSize", "must be a whole number"},
		"parameter twice":           {request{method: "GET", path: "/api/v1/documents?pageSize=1&pageSize=2"}, "pageSize", "must stand only once"},
		"path value as parameter":   {request{method: "GET", path: "/api/v1/analysis/" + runID + "/events?analysisId=x"}, "analysisId", "is not a parameter of this request"},
		"download's parameter":      {request{method: "GET", path: "/api/v1/sources/" + runID + "/content?raw=maybe"}, "raw", "must be true or false"},
		"download's format":         {request{method: "GET", path: "/api/v1/reports/" + runID + "/export?format=exe"}, "format", ""},
		"resume after nonsense":     {request{method: "GET", path: "/api/v1/analysis/" + runID + "/events?afterSequence=x", header: map[string]string{"Accept": "text/event-stream"}}, "afterSequence", "must be the sequence number of an event"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.token = alice
			resp, body := f.do(t, tc.request)
			require.Equal(t, http.StatusBadRequest, resp.StatusCode, "body: %s", body)
			got := decodeFailure(t, resp, body)
			require.Equal(t, 3, got.Code)
			require.Contains(t, got.violations(), tc.field, "body: %s", body)
			if tc.rule != "" {
				require.Equal(t, tc.rule, got.violations()[tc.field])
			}
			require.NotContains(t, string(body), "proto")
		})
	}
}

func TestErrors_LeakNothing(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{request: 200 * time.Millisecond})
	for name, path := range map[string]string{
		"failure": "/api/v1/documents/" + runID,
		"panic":   "/api/v1/connectors",
		"timeout": "/api/v1/analysis",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := f.do(t, request{method: "GET", path: path, token: alice})
			decodeFailure(t, resp, body)
			for _, word := range []string{"hunter2", "db-7", "bug", "rpc error", "context deadline", "goroutine"} {
				require.NotContains(t, string(body), word)
			}
		})
	}
}

func TestErrors_ServiceAway(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	f.stop()
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/auth/me", token: alice})
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	got := decodeFailure(t, resp, body)
	require.Equal(t, "a service that is needed is temporarily unavailable, try again", got.Message)
	require.NotContains(t, string(body), "bufconn")
}

func TestErrors_Unauthenticated(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, _ := f.do(t, request{method: "GET", path: "/api/v1/auth/me"})
	require.Equal(t, `Bearer realm="researcher-pro"`, resp.Header.Get("WWW-Authenticate"))
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/auth/me", token: mallory})
	require.Equal(t, `Bearer realm="researcher-pro", error="invalid_token"`, resp.Header.Get("WWW-Authenticate"))
	require.Equal(t, "TOKEN_INVALID", decodeFailure(t, resp, body).Details[0].Reason)
}

func TestErrors_MethodNotAllowedSaysWhatIs(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, _ := f.do(t, request{method: "PUT", path: "/api/v1/documents", token: alice})
	require.Equal(t, "GET, HEAD, POST", resp.Header.Get("Allow"))
	resp, _ = f.do(t, request{method: "POST", path: "/api/v1/analysis/" + runID, token: alice})
	require.Equal(t, "DELETE, GET, HEAD", resp.Header.Get("Allow"))
}

func TestErrors_BodyTooLarge(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	large := `{"question":"` + strings.Repeat("x", maxBody) + `"}`
	tests := map[string]func(*http.Request){
		"announced":   func(*http.Request) {},
		"unannounced": func(r *http.Request) { r.ContentLength = -1 },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/analysis/start", strings.NewReader(large))
			require.NoError(t, err)
			change(r)
			w := newRecorder()
			f.gateway.Handler().ServeHTTP(w, r)
			resp := w.Result()
			defer func() { _ = resp.Body.Close() }()
			require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
			got := decodeFailure(t, resp, w.Body.Bytes())
			require.Equal(t, map[string]string{"body": "must be at most 12582912 bytes"}, got.violations())
		})
	}
	t.Run("a text that is too long for its field is refused by its name", func(t *testing.T) {
		t.Parallel()
		body := `{"title":"t","text":"` + strings.Repeat("x", 8_000_001) + `"}`
		resp, answer := f.do(t, request{method: "POST", path: "/api/v1/documents", token: alice, body: body})
		require.Equal(t, http.StatusBadRequest, resp.StatusCode)
		require.Contains(t, decodeFailure(t, resp, answer).violations(), "text")
	})
}

// A client that has to wait is told how long, in whole seconds that are enough.
func TestErrors_SayWhenToTryAgain(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	login := request{method: "POST", path: "/api/v1/auth/login", body: `{"email":"a@b.c","password":"the eleventh in a row"}`}
	resp, body := f.do(t, login)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "body: %s", body)
	require.Equal(t, "10", resp.Header.Get("Retry-After"))
	require.Equal(t, "TOO_MANY_SIGN_INS", decodeFailure(t, resp, body).Details[0].Reason)
}
