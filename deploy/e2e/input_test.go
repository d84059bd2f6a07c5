package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// badInput are requests that must be refused; field is what the answer has to
// name, if there is one.
var badInput = map[string]struct {
	method, path, body string
	token              string // instead of the user's; "-" for none
	status             int
	field              string
}{
	"a wrong type":                  {method: "POST", path: "/api/v1/analysis/start", body: `{"question":5}`, status: 400, field: "question"},
	"a wrong type inside":           {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a","budget":{"maxTokens":"many"}}`, status: 400, field: "budget.maxTokens"},
	"a missing field":               {method: "POST", path: "/api/v1/analysis/start", body: `{}`, status: 400, field: "question"},
	"a 10 MB question":              {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"` + strings.Repeat("why ", 10<<20/4) + `"}`, status: 400, field: "question"},
	"an unknown field":              {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a","questoin":"b"}`, status: 400, field: "questoin"},
	"an unknown enum value":         {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a","kind":"POEM"}`, status: 400, field: "kind"},
	"an unknown engine":             {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a","engine":"steam"}`, status: 400, field: "engine"},
	"a number out of range":         {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a","parameters":{"maxSources":-1}}`, status: 400, field: "parameters.maxSources"},
	"no JSON":                       {method: "POST", path: "/api/v1/analysis/start", body: `question=a`, status: 400, field: "body"},
	"half of a JSON":                {method: "POST", path: "/api/v1/analysis/start", body: `{"question":"a"`, status: 400, field: "body"},
	"no e-mail address":             {method: "POST", path: "/api/v1/auth/register", body: `{"email":"me","password":"long enough it is","displayName":"Me"}`, status: 400, field: "email"},
	"a short password":              {method: "POST", path: "/api/v1/auth/register", body: `{"email":"me@example.org","password":"short","displayName":"Me"}`, status: 400, field: "password"},
	"an unknown page token":         {method: "GET", path: "/api/v1/documents?pageToken=nope", status: 400, field: "pageToken"},
	"a page size that is no number": {method: "GET", path: "/api/v1/analysis?pageSize=all", status: 400, field: "pageSize"},
	"an unknown parameter":          {method: "GET", path: "/api/v1/documents?colour=red", status: 400, field: "colour"},
	"an id that is none":            {method: "GET", path: "/api/v1/analysis/first", status: 400, field: "id"},
	"a search for nothing":          {method: "GET", path: "/api/v1/documents:search", status: 400, field: "query"},
	"an id that nothing has":        {method: "GET", path: "/api/v1/analysis/" + nobody, status: 404},
	"a path that is none":           {method: "GET", path: "/api/v1/nothing", status: 404},
	"a method that is not there":    {method: "PUT", path: "/api/v1/analysis/start", body: `{}`, status: 405},
	"no token":                      {method: "GET", path: "/api/v1/documents", token: "-", status: 401},
	"a broken token":                {method: "GET", path: "/api/v1/documents", token: "garbage", status: 401},
	"an internal call from outside": {method: "POST", path: "/researcherpro.report.v1.ReportService/ComposeReport", body: `{}`, status: 404},
}

func testBadInput(t *testing.T, base string) {
	u := signUp(t, base)
	for name, tc := range badInput {
		t.Run(name, func(t *testing.T) {
			caller := u
			if tc.token != "" {
				caller = u.as(strings.TrimPrefix(tc.token, "-"))
			}
			resp, body := caller.json(t, tc.method, tc.path, tc.body)
			_, fields := refused(t, resp, body, tc.status)
			if tc.field != "" {
				require.Contains(t, fields, tc.field, "body: %s", body)
				require.NotEmpty(t, fields[tc.field])
			}
			if tc.status == http.StatusUnauthorized {
				require.Contains(t, resp.Header.Get("WWW-Authenticate"), "Bearer")
			}
			for _, internal := range []string{"pq:", "SQLSTATE", "goroutine", ".go:", "rpc error", "127.0.0.1"} {
				require.NotContains(t, string(body), internal)
			}
		})
	}
	t.Run("a form without a file", func(t *testing.T) {
		req := u.request(t, http.MethodPost, "/api/v1/documents", strings.NewReader("--x--\r\n"), "Content-Type", "multipart/form-data; boundary=x")
		resp, body := send(t, req)
		_, fields := refused(t, resp, body, http.StatusBadRequest)
		require.Contains(t, fields, "file")
	})
	t.Run("an enum is told by its names", func(t *testing.T) {
		me := &authv1.GetMeResponse{}
		u.get(t, "/api/v1/auth/me", me)
		for body, rule := range map[string]string{
			`{"email":"eve@example.com","role":"OWNER"}`: "must be one of VIEWER, RESEARCHER, ADMIN",
			`{"email":"eve@example.com","role":77}`:      "must be one of VIEWER, RESEARCHER, ADMIN",
		} {
			resp, answer := u.json(t, http.MethodPost, "/api/v1/workspaces/"+me.GetWorkspaces()[0].GetWorkspace().GetId()+"/members", body)
			_, fields := refused(t, resp, answer, http.StatusBadRequest)
			require.Equal(t, rule, fields["role"])
		}
	})
	t.Run("a change of a token", func(t *testing.T) {
		// The last character carries bits that are not part of the signature.
		at := len(u.token) - 10
		changed := u.token[:at] + string(u.token[at]^1) + u.token[at+1:]
		resp, body := u.as(changed).json(t, http.MethodGet, "/api/v1/auth/me", "")
		refused(t, resp, body, http.StatusUnauthorized)
	})
	// Whatever it was sent, the server is up and has started nothing.
	list := &analysisv1.ListAnalysesResponse{}
	u.get(t, "/api/v1/analysis", list)
	require.Empty(t, list.GetAnalyses())
}
