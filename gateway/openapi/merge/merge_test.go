package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocument_CommittedOneIsUpToDate(t *testing.T) {
	t.Parallel()
	want, err := document("..")
	require.NoError(t, err)
	got, err := os.ReadFile("../gen/openapi.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run make proto")
}

func TestDocument_Security(t *testing.T) {
	t.Parallel()
	body, err := document("..")
	require.NoError(t, err)
	var doc struct {
		Security []map[string][]string
		Paths    map[string]map[string]struct {
			Security   *[]any
			Permission string `json:"x-permission"`
		}
	}
	require.NoError(t, json.Unmarshal(body, &doc))
	require.Equal(t, []map[string][]string{{"bearer": {}}}, doc.Security)
	require.Empty(t, *doc.Paths["/api/v1/auth/login"]["post"].Security)
	require.Nil(t, doc.Paths["/api/v1/documents"]["get"].Security)
	require.Equal(t, "DOCUMENTS_READ", doc.Paths["/api/v1/documents"]["get"].Permission)
}

func TestDocument_EdgeIsApplied(t *testing.T) {
	t.Parallel()
	body, err := document("..")
	require.NoError(t, err)
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct{ Content map[string]any }
			Responses   map[string]struct{ Content map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(body, &doc))
	upload := doc.Paths["/api/v1/documents"]["post"].RequestBody.Content
	require.Contains(t, upload, "multipart/form-data")
	require.Contains(t, upload, "application/json", "what was generated stays")
	events := doc.Paths["/api/v1/analysis/{analysis_id}/events"]["get"].Responses["200"].Content
	require.Contains(t, events, "text/event-stream")
	text := doc.Paths["/api/v1/sources/{id}/content"]["get"].Responses["200"].Content
	require.NotContains(t, text, "application/json", "null takes away")
	require.Contains(t, doc.Paths, "/api/v1/ws/{clientId}")
}

func TestJoinAndApply_RefuseWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	doc := func(summary string) object {
		return object{"paths": object{"/a": object{"get": object{"summary": summary}}}}
	}
	merged := object{}
	require.NoError(t, join(merged, doc("one")))
	require.NoError(t, join(merged, doc("one")), "the same twice is no conflict")
	require.ErrorContains(t, join(merged, doc("two")), `"get"`)
	require.ErrorContains(t, apply(merged, object{"paths": object{"/b": object{"get": object{"summary": "x"}}}}), "there is no GET /b")
}
