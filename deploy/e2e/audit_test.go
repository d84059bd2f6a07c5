package e2e

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// What users do in any service comes together in the log of their workspace.
func testAudit(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	run := u.completed(t)
	resp, body := u.json(t, http.MethodDelete, "/api/v1/reports/"+run.GetReportId(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode, string(body))

	for action, object := range map[string]string{
		"AuthService.Register":           u.session.GetWorkspace().GetId(),
		"AnalysisService.StartAnalysis":  run.GetId(),
		"ResearchService.CreateResearch": run.GetResearchId(),
		"ReportService.DeleteReport":     run.GetReportId(),
		"DocumentService":                "", // whichever way they were added
	} {
		e := u.told(t, action)
		require.Equal(t, "OK", e.GetResult(), action)
		require.Equal(t, u.session.GetUser().GetId(), e.GetUserId(), action)
		require.NotEmpty(t, e.GetRequestId(), action)
		if object != "" {
			require.Equal(t, object, e.GetObjectId(), action)
		}
		if action == "ResearchService.CreateResearch" {
			require.Equal(t, "analysis", e.GetService(), "for the user whose run it is")
		}
	}
	registered := u.told(t, "AuthService.Register")
	require.NoError(t, parsed(registered.GetAddress()), "the client's, which the gateway vouches for")
	require.Contains(t, registered.GetUserAgent(), "Go-http-client")

	stranger := signUp(t, base)
	list := &authv1.ListAuditEventsResponse{}
	stranger.get(t, "/api/v1/audit-events", list)
	require.Len(t, list.GetAuditEvents(), 1, "their own signing up")
}

// parsed returns what keeps text from being a network address.
func parsed(text string) error {
	_, err := netip.ParseAddr(text)
	return err
}

// told waits until the log of the user's workspace has an action, and returns the
// newest event of it.
func (u *user) told(t *testing.T, action string) *authv1.AuditEvent {
	t.Helper()
	deadline := time.After(patience)
	for {
		list := &authv1.ListAuditEventsResponse{}
		u.get(t, "/api/v1/audit-events?page_size=1&action="+url.QueryEscape(action), list)
		if len(list.GetAuditEvents()) > 0 {
			return list.GetAuditEvents()[0]
		}
		select {
		case <-time.After(glance):
		case <-deadline:
			t.Fatalf("the log does not tell of %s", action)
		}
	}
}
