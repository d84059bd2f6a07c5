package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A call that a client sends again, because the answer did not come, makes nothing
// twice: also when both are under way at the same time.
func testRepeatedRequest(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	run := u.completed(t)
	tests := map[string]struct{ path, body string }{
		"a workspace":      {"/api/v1/workspaces", `{"displayName":"Twice","requestId":"one"}`},
		"a research":       {"/api/v1/research", `{"query":"Why do tides rise?","parameters":{"sources":["documents"]},"requestId":"one"}`},
		"an analysis":      {"/api/v1/analysis/start", `{"question":"Why do tides rise?","requestId":"one"}`},
		"a rerun":          {"/api/v1/analysis/" + run.GetId() + ":rerun", `{"requestId":"one"}`},
		"a reverification": {"/api/v1/analysis/" + run.GetId() + ":reverify", `{"requestId":"one"}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const calls = 4
			var mu sync.Mutex
			var wg sync.WaitGroup
			ids := map[string]int{}
			for range calls {
				wg.Go(func() {
					resp, body := u.json(t, http.MethodPost, tc.path, tc.body)
					if !assert.Equal(t, http.StatusOK, resp.StatusCode, "%s", body) {
						return
					}
					var made map[string]any
					if !assert.NoError(t, json.Unmarshal(body, &made)) { //nolint:testifylint // not the test's goroutine
						return
					}
					id, _ := made["id"].(string)
					mu.Lock()
					defer mu.Unlock()
					ids[id]++
				})
			}
			wg.Wait()
			require.Len(t, ids, 1, "%v", ids)
			require.NotContains(t, ids, "")

			resp, body := u.json(t, http.MethodPost, tc.path, strings.Replace(tc.body, `"one"`, `"two"`, 1))
			require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
			for id := range ids {
				require.NotContains(t, string(body), `"id":"`+id+`"`)
			}
		})
	}
}
