package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocument_EveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	var doc struct {
		OpenAPI    string
		Components struct{ Schemas map[string]json.RawMessage }
		Paths      map[string]map[string]struct{ OperationID string }
	}
	require.NoError(t, json.Unmarshal(document, &doc))
	require.True(t, strings.HasPrefix(doc.OpenAPI, "3.1"))
	for _, ref := range regexp.MustCompile(`"\$ref": "#/components/schemas/([^"]+)"`).FindAllSubmatch(document, -1) {
		require.Contains(t, doc.Components.Schemas, string(ref[1]))
	}
	seen := map[string]bool{}
	for path, item := range doc.Paths {
		for method, op := range item {
			require.NotEmpty(t, op.OperationID, "%s %s", method, path)
			require.False(t, seen[op.OperationID], "%s twice", op.OperationID)
			seen[op.OperationID] = true
		}
	}
	require.Greater(t, len(seen), 30)
}

func TestDocument_IsCachedByItsTag(t *testing.T) {
	t.Parallel()
	h, err := Document("Acme", "/api/v1")
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	require.Equal(t, http.StatusOK, w.Code)
	r := httptest.NewRequest(http.MethodGet, "/openapi.json", nil)
	r.Header.Set("If-None-Match", w.Header().Get("Etag"))
	again := httptest.NewRecorder()
	h.ServeHTTP(again, r)
	require.Equal(t, http.StatusNotModified, again.Code)
}

func TestPage_AsksNoOtherHost(t *testing.T) {
	t.Parallel()
	page := Page("A <b>name</b>")
	for _, file := range []string{"", "page.js", "swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/docs/"+file, nil))
		require.Equal(t, http.StatusOK, w.Code, file)
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "script-src 'self';")
		if file == "" || file == "page.js" {
			require.NotContains(t, w.Body.String(), "//cdn")
			require.NotContains(t, w.Body.String(), "http")
			require.NotRegexp(t, `<script>`, w.Body.String(), "no script inline")
			require.NotContains(t, w.Body.String(), "<b>name")
		}
	}
}
