package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

const (
	// patience is how long a test waits for what takes its time: the first PDF file
	// on a machine has its engine compiled, which under the race detector takes minutes.
	patience = 5 * time.Minute
	// glance is the pause between two looks.
	glance = 20 * time.Millisecond
)

// user is a signed-in user of one server.
type user struct {
	base     string
	token    string
	email    string
	password string
	session  *authv1.Session
	// workspace is the one that calls ask for; "" for the token's own.
	workspace string
}

// signUp makes a user who is in nobody's way.
func signUp(t *testing.T, base string) *user {
	t.Helper()
	u := &user{
		base: base, email: strings.ToLower(rand.Text()) + "@example.org", password: "correct horse battery staple",
		session: &authv1.Session{},
	}
	u.post(t, "/api/v1/auth/register", &authv1.RegisterRequest{Email: u.email, Password: u.password, DisplayName: "Tester"}, u.session)
	u.token = u.session.GetAccessToken()
	return u
}

// as is the same user with another token.
func (u *user) as(token string) *user {
	other := *u
	other.token = token
	return &other
}

// in is the same user asking for a workspace.
func (u *user) in(workspace string) *user {
	other := *u
	other.workspace = workspace
	return &other
}

// request makes a request that shows the user's token. The header comes in
// pairs of name and value.
func (u *user) request(t *testing.T, method, path string, body io.Reader, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, u.base+path, body)
	require.NoError(t, err)
	if u.token != "" {
		req.Header.Set("Authorization", "Bearer "+u.token)
	}
	if u.workspace != "" {
		req.Header.Set("X-Workspace-Id", u.workspace)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// send sends a request and returns the answer with its whole body.
func send(t *testing.T, req *http.Request) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, body
}

// json sends a JSON body, or none when it is empty.
func (u *user) json(t *testing.T, method, path, body string) (*http.Response, []byte) {
	t.Helper()
	if body == "" {
		return send(t, u.request(t, method, path, nil))
	}
	return send(t, u.request(t, method, path, strings.NewReader(body), "Content-Type", "application/json"))
}

// get reads a resource.
func (u *user) get(t *testing.T, path string, out proto.Message) {
	t.Helper()
	resp, body := u.json(t, http.MethodGet, path, "")
	decode(t, resp, body, out)
}

// post sends a message and reads the answer.
func (u *user) post(t *testing.T, path string, in, out proto.Message) {
	t.Helper()
	encoded, err := protojson.Marshal(in)
	require.NoError(t, err)
	resp, body := u.json(t, http.MethodPost, path, string(encoded))
	decode(t, resp, body, out)
}

// decode reads a good answer; every field of it must be one of the contract.
func decode(t *testing.T, resp *http.Response, body []byte, out proto.Message) {
	t.Helper()
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s %s: %s", resp.Request.Method, resp.Request.URL.Path, body)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	require.NoError(t, protojson.Unmarshal(body, out), "body: %s", body)
}

// upload sends a file and returns the answer.
func (u *user) upload(t *testing.T, name string, content []byte, fields ...string) (*http.Response, []byte) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for i := 0; i+1 < len(fields); i += 2 {
		require.NoError(t, w.WriteField(fields[i], fields[i+1]))
	}
	part, err := w.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return send(t, u.request(t, http.MethodPost, "/api/v1/documents", &form, "Content-Type", w.FormDataContentType()))
}

// failure is a google.rpc.Status as a client reads it.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Type       string `json:"@type"`
		Reason     string `json:"reason"`
		Domain     string `json:"domain"`
		Violations []struct {
			Field       string `json:"field"`
			Description string `json:"description"`
		} `json:"fieldViolations"`
	} `json:"details"`
}

// refused reads an answer that must have the HTTP status and be a Status with an
// ErrorInfo, whose reason it returns with the fields that were named.
func refused(t *testing.T, resp *http.Response, body []byte, status int) (reason string, fields map[string]string) {
	t.Helper()
	require.Equal(t, status, resp.StatusCode, "body: %s", body)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var got failure
	require.NoError(t, json.Unmarshal(body, &got), "body: %s", body)
	require.NotZero(t, got.Code, "body: %s", body)
	require.NotEmpty(t, got.Message)
	fields = map[string]string{}
	for _, d := range got.Details {
		if strings.HasSuffix(d.Type, "/google.rpc.ErrorInfo") {
			reason = d.Reason
			require.NotEmpty(t, d.Domain)
		}
		for _, v := range d.Violations {
			fields[v.Field] = v.Description
		}
	}
	require.NotEmpty(t, reason, "every error has a reason for programs: %s", body)
	return reason, fields
}
