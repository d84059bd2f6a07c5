package limit

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/rest"
)

// Every route is of a class that fits; a new route that is a start, a question or a
// transfer must be named in byName, and stands here with the others of its class.
func TestRouteOf_EveryRouteHasAClass(t *testing.T) {
	t.Parallel()
	want := map[string]Route{
		"StartAnalysis": {Class: Start}, "RerunAnalysis": {Class: Start}, "RetryAnalysis": {Class: Start},
		"ReverifyAnalysis": {Class: Start}, "ApprovePlan": {Class: Start}, "CreateReport": {Class: Start},
		"GenerateReport": {Class: Start}, "CreateResearch": {Class: Start}, "ExtendResearch": {Class: Start},
		"RecheckSource": {Class: Start}, "ReindexDocument": {Class: Start}, "ReindexDocuments": {Class: Start},
		"Ask": {Class: Ask}, "AnalyzeText": {Class: Ask}, "CheckClaims": {Class: Ask},
		"SearchDocuments": {Class: Search}, "CreateDocument": {Class: Upload}, "UploadDocument": {Class: Upload},
		"ExportReport": {Class: Download}, "GetSourceContent": {Class: Download}, "GetDocumentContent": {Class: Download},
		"ExportSharedReport": {Class: Download, Public: true},
		"Register":           {Class: Auth, Public: true}, "Login": {Class: Auth, Public: true}, "Refresh": {Class: Auth, Public: true},
		"StartOidc": {Class: Auth, Public: true}, "FinishOidc": {Class: Auth, Public: true},
		"GetJwks": {Class: Read, Public: true},
	}
	seen := map[string]bool{}
	for _, route := range rest.Routes() {
		name := string(route.RPC.Name())
		seen[name] = true
		expected, ok := want[name]
		if !ok {
			expected = Route{Class: Write}
			if route.Method == http.MethodGet {
				expected.Class = Read
			}
			require.NotRegexp(t, "^(Start|Ask|Search|Upload|Export|Check|Generate|Analyze|Run|Import)", name, "name its class")
		}
		require.Equal(t, expected, RouteOf(route.RPC, route.Method), name)
	}
	for name := range byName() {
		require.True(t, seen[string(name)] || name == "UploadDocument", "%s is no route", name)
	}
}
