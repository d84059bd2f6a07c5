package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// patched is a PATCH route with what its bodies do.
type patched struct {
	path string
	// changes are bodies with the values that they make; what a body does not name
	// stays as the body before has made it.
	changes []change
	// bad are bodies with the field that is named in the refusal.
	bad map[string]string
}

type change struct {
	body string
	want map[string]any
}

// testPatches goes through every PATCH route: absent fields stay, present ones
// change, also to what is empty, unknown ones are named.
func testPatches(t *testing.T, base string) {
	ada := signUp(t, base)
	for name, route := range patchRoutes(t, ada) {
		for _, c := range route.changes {
			resp, body := ada.json(t, http.MethodPatch, route.path, c.body)
			require.Equal(t, http.StatusOK, resp.StatusCode, "%s %s: %s", name, c.body, body)
			require.NotEmpty(t, resp.Header.Get("ETag"), name)
			var got map[string]any
			require.NoError(t, json.Unmarshal(body, &got))
			for field, value := range c.want {
				require.Equal(t, value, got[field], "%s %s: %s", name, c.body, field)
			}
		}
		route.bad[`{"color":"red"}`] = "color"
		for body, field := range route.bad {
			resp, answer := ada.json(t, http.MethodPatch, route.path, body)
			_, fields := refused(t, resp, answer, http.StatusBadRequest)
			require.Contains(t, fields, field, "%s %s: %s", name, body, answer)
		}
		resp, answer := send(t, ada.request(t, http.MethodPatch, route.path, strings.NewReader(route.changes[0].body), "If-Match", `"0"`))
		reason, _ := refused(t, resp, answer, http.StatusPreconditionFailed)
		require.Equal(t, "ETAG_MISMATCH", reason, name)
	}
}

// patchRoutes are all PATCH routes, on resources of the user.
func patchRoutes(t *testing.T, ada *user) map[string]patched {
	t.Helper()
	made := func(path, body string) string {
		resp, answer := ada.json(t, http.MethodPost, path, body)
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)
		var got struct{ ID string }
		require.NoError(t, json.Unmarshal(answer, &got))
		return path + "/" + got.ID
	}
	workspace := "/api/v1/workspaces/" + ada.session.GetWorkspace().GetId()
	bob := signUp(t, ada.base)
	invitation := struct{ Token string }{}
	_, answer := ada.json(t, http.MethodPost, workspace+"/members", `{"email":"`+bob.email+`","role":"VIEWER"}`)
	require.NoError(t, json.Unmarshal(answer, &invitation))
	resp, answer := bob.json(t, http.MethodPost, "/api/v1/invitations:accept", `{"token":"`+invitation.Token+`"}`)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", answer)

	return map[string]patched{
		"document": {
			path: made("/api/v1/documents", `{"title":"Otters","text":"Otters eat clams.","collection":"sea"}`),
			changes: []change{
				{`{}`, map[string]any{"title": "Otters", "collection": "sea"}},
				{`{"title":"Clams"}`, map[string]any{"title": "Clams", "collection": "sea"}},
				{`{"collection":""}`, map[string]any{"title": "Clams", "collection": ""}},
				{`{"collection":"coast"}`, map[string]any{"title": "Clams", "collection": "coast"}},
				{`{"collection":null}`, map[string]any{"title": "Clams", "collection": ""}},
			},
			bad: map[string]string{`{"title":""}`: "document.title", `{"title":7}`: "title"},
		},
		"template": {
			path: made("/api/v1/templates", `{"title":"Short","description":"d","source":"{{ question }}"}`),
			changes: []change{
				{`{}`, map[string]any{"title": "Short", "description": "d"}},
				{`{"description":""}`, map[string]any{"title": "Short", "description": "", "source": "{{ question }}"}},
				{`{"description":"e","layout":"SLIDES"}`, map[string]any{"title": "Short", "description": "e", "layout": "SLIDES"}},
				{`{"description":null}`, map[string]any{"title": "Short", "description": "", "layout": "SLIDES"}},
			},
			bad: map[string]string{`{"source":""}`: "template.source", `{"layout":"ROUND"}`: "layout"},
		},
		"workspace": {
			path: workspace,
			changes: []change{
				{`{"displayName":"Team"}`, map[string]any{"displayName": "Team", "role": "OWNER"}},
				{`{"role":"VIEWER"}`, map[string]any{"displayName": "Team", "role": "OWNER"}},
			},
			bad: map[string]string{`{"displayName":null}`: "workspace.displayName"},
		},
		"settings": {
			path: workspace + "/settings",
			changes: []change{
				{`{"egressAllowList":["example.org"],"modelRoutes":{"plan":{"engine":"extractive"}}}`, map[string]any{"egressAllowList": []any{"example.org"}}},
				{`{"modelRoutes":{}}`, map[string]any{"egressAllowList": []any{"example.org"}, "modelRoutes": map[string]any{}}},
				{`{"egressAllowList":[]}`, map[string]any{"egressAllowList": []any{}}},
			},
			bad: map[string]string{`{"quotas":{"color":1}}`: "quotas.color", `{"egressAllowList":["localhost"]}`: "settings.egressAllowList[0]"},
		},
		"member": {
			path: workspace + "/members/" + bob.session.GetUser().GetId(),
			changes: []change{
				{`{"role":"RESEARCHER"}`, map[string]any{"role": "RESEARCHER"}},
				{`{"role":"ADMIN"}`, map[string]any{"role": "ADMIN"}},
			},
			bad: map[string]string{`{"role":"OWNER"}`: "role", `{}`: "role"},
		},
	}
}
