package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// served are the paths that this version's clients rely on.
var served = []string{
	"/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/me",
	"/api/v1/documents", "/api/v1/documents/{id}", "/api/v1/documents:search",
	"/api/v1/analysis/start", "/api/v1/analysis/{id}",
	"/api/v1/reports/{id}/export",
}

func testOpenAPI(t *testing.T, base string) {
	resp, body := (&user{base: base}).json(t, http.MethodGet, "/openapi.json", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var document struct {
		OpenAPI    string                                `json:"openapi"`
		Info       struct{ Title, Version string }       `json:"info"`
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(body, &document))
	require.True(t, strings.HasPrefix(document.OpenAPI, "3.1"), document.OpenAPI)
	require.NotEmpty(t, document.Info.Title)
	require.NotEmpty(t, document.Info.Version)
	for _, path := range served {
		require.Contains(t, document.Paths, path)
	}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(body), -1) {
		require.Contains(t, document.Components.Schemas, ref[1], "a reference leads nowhere")
	}
}

func testPage(t *testing.T, base string) {
	u := &user{base: base}
	resp, body := u.json(t, http.MethodGet, "/docs", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Type"), "text/html")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")

	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(string(body), -1)
	require.NotEmpty(t, links)
	for _, link := range links {
		require.NotRegexp(t, `^(https?:)?//`, link[1], "another host")
		resp, _ := u.json(t, http.MethodGet, "/docs/"+strings.TrimPrefix(link[1], "/docs/"), "")
		require.Equal(t, http.StatusOK, resp.StatusCode, link[1])
	}
	resp, _ = u.json(t, http.MethodGet, "/docs/..%2f..%2fetc/passwd", "")
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
}
