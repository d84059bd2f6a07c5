package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

func testAccount(t *testing.T, base string) {
	u := signUp(t, base)
	require.Equal(t, u.email, u.session.GetUser().GetEmail())
	require.Equal(t, "Bearer", u.session.GetTokenType())
	require.Positive(t, u.session.GetExpiresIn())

	me := &authv1.GetMeResponse{}
	u.get(t, "/api/v1/auth/me", me)
	require.Equal(t, u.session.GetUser().GetId(), me.GetUser().GetId())
	require.Len(t, me.GetWorkspaces(), 1, "a first user has a personal workspace")
	require.Equal(t, u.session.GetWorkspace().GetId(), me.GetWorkspaces()[0].GetWorkspace().GetId())
	require.Equal(t, accessv1.Role_OWNER, me.GetWorkspaces()[0].GetRole())

	second := &authv1.Session{}
	u.as("").post(t, "/api/v1/auth/login", &authv1.LoginRequest{Email: u.email, Password: u.password}, second)
	u.post(t, "/api/v1/auth/logout", &authv1.LogoutRequest{}, &emptypb.Empty{})

	resp, body := u.json(t, http.MethodGet, "/api/v1/auth/me", "")
	refused(t, resp, body, http.StatusUnauthorized) // at once, not when the token expires
	u.as(second.GetAccessToken()).get(t, "/api/v1/auth/me", me)
}

func testRefresh(t *testing.T, base string) {
	u := signUp(t, base).as("")
	first := u.session.GetRefreshToken()
	renewed := &authv1.Session{}
	u.post(t, "/api/v1/auth/refresh", &authv1.RefreshRequest{RefreshToken: first}, renewed)
	u.as(renewed.GetAccessToken()).get(t, "/api/v1/auth/me", &authv1.GetMeResponse{})
	require.NotEqual(t, first, renewed.GetRefreshToken())

	resp, body := u.json(t, http.MethodPost, "/api/v1/auth/refresh", `{"refreshToken":"`+first+`"}`)
	refused(t, resp, body, http.StatusUnauthorized)
	// Somebody else may have it: the whole family ends.
	resp, body = u.json(t, http.MethodPost, "/api/v1/auth/refresh", `{"refreshToken":"`+renewed.GetRefreshToken()+`"}`)
	refused(t, resp, body, http.StatusUnauthorized)
}

func testWrongCredentials(t *testing.T, base string) {
	u := signUp(t, base).as("")
	resp, body := u.json(t, http.MethodPost, "/api/v1/auth/login", `{"email":"`+u.email+`","password":"not the password"}`)
	known, _ := refused(t, resp, body, http.StatusUnauthorized)
	resp, other := u.json(t, http.MethodPost, "/api/v1/auth/login", `{"email":"x`+u.email+`","password":"not the password"}`)
	unknown, _ := refused(t, resp, other, http.StatusUnauthorized)
	require.Equal(t, known, unknown, "the answer must not tell whether there is such a user")
	require.JSONEq(t, string(body), string(other))

	resp, body = u.json(t, http.MethodPost, "/api/v1/auth/register",
		`{"email":"`+u.email+`","password":"another one entirely","displayName":"Twin"}`)
	refused(t, resp, body, http.StatusConflict)
}

func testKeys(t *testing.T, base string) {
	keys := &authv1.GetJwksResponse{}
	(&user{base: base}).get(t, "/.well-known/jwks.json", keys)
	require.NotEmpty(t, keys.GetKeys())
	for _, key := range keys.GetKeys() {
		require.NotEmpty(t, key.GetKid())
		require.Equal(t, "EdDSA", key.GetAlg())
	}
}

// A key works like a token for what it is for, and for nothing else.
func testAPIKeys(t *testing.T, base string) {
	u := signUp(t, base)
	key := &authv1.ApiKey{}
	u.post(t, "/api/v1/api-keys", &authv1.CreateApiKeyRequest{
		DisplayName: "nightly", Scopes: []accessv1.Permission{accessv1.Permission_DOCUMENTS_READ},
	}, key)
	program := u.as(key.GetKey())
	for _, path := range []string{"/api/v1/documents", "/api/v1/auth/me"} {
		resp, body := program.json(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", path, body)
	}
	for _, path := range []string{"/api/v1/reports", "/api/v1/api-keys"} {
		resp, body := program.json(t, http.MethodGet, path, "")
		reason, _ := refused(t, resp, body, http.StatusForbidden)
		require.Equal(t, "SCOPE_MISSING", reason, path)
	}
	resp, body := program.in(signUp(t, base).session.GetWorkspace().GetId()).json(t, http.MethodGet, "/api/v1/documents", "")
	refused(t, resp, body, http.StatusNotFound)

	resp, body = u.json(t, http.MethodDelete, "/api/v1/api-keys/"+key.GetId(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	resp, body = program.json(t, http.MethodGet, "/api/v1/documents", "")
	refused(t, resp, body, http.StatusUnauthorized)
}
