package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// TestAuthDown kills auth. The others verify tokens by themselves, and remember
// whose an API key is.
func TestAuthDown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	s := newFive(t).start(t)
	tm := newTeam(t, s, s)
	readers := map[string]*user{
		"in the token's own workspace": signUp(t, s.Base()),
		"in another workspace":         tm.member,
		"with an API key":              tm.member.as(apiKey(t, tm)),
	}
	for _, u := range readers {
		u.get(t, "/api/v1/analysis", &analysisv1.ListAnalysesResponse{})
	}
	// What a token does not say each service has to have asked for once.
	tm.member.get(t, "/api/v1/documents", &researchv1.ListDocumentsResponse{})
	tm.member.get(t, "/api/v1/reports", &reportv1.ListReportsResponse{})

	s.Processes["auth"].Kill(t)
	for name, u := range readers {
		t.Run(name, func(t *testing.T) {
			u.get(t, "/api/v1/analysis", &analysisv1.ListAnalysesResponse{})
		})
	}
	t.Run("every service", func(t *testing.T) {
		tm.member.get(t, "/api/v1/analysis/"+tm.analysis, &analysisv1.Analysis{})
		tm.member.get(t, "/api/v1/documents", &researchv1.ListDocumentsResponse{})
		tm.member.get(t, "/api/v1/reports", &reportv1.ListReportsResponse{})
		tm.member.start(t, &analysisv1.StartAnalysisRequest{Question: question})
		resp, body := tm.member.json(t, http.MethodGet, "/api/v1/auth/me", "")
		refused(t, resp, body, http.StatusServiceUnavailable)
		require.NotContains(t, string(body), "rpc error", "nothing internal leaks")
	})

	up := s.Launch(t, "auth")
	s.Processes["auth"].Await(t, "ready", up)
	s.Processes["auth"].Await(t, "found again", func() bool {
		resp, _ := tm.member.json(t, http.MethodGet, "/api/v1/auth/me", "")
		return resp.StatusCode == http.StatusOK
	})
	tm.member.get(t, "/api/v1/auth/me", &authv1.GetMeResponse{})
}
