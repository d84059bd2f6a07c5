package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// ListFindings has one finding of alice's run.
func (f *fakeAnalysis) ListFindings(ctx context.Context, req *analysisv1.ListFindingsRequest) (*analysisv1.ListFindingsResponse, error) {
	return &analysisv1.ListFindingsResponse{NextPageToken: "more", Findings: []*analysisv1.Finding{{
		Id: runID, Claim: "Bees dance.", Support: analysisv1.Support_SUPPORTED,
		Citations: []*analysisv1.Citation{{SourceId: runID, Quote: "the dance of bees", Support: analysisv1.Support_SUPPORTED}},
	}}}, owned(ctx, req.GetAnalysisId())
}

// GetReport knows the report that reportFile is the text of.
func (f *fakeReports) GetReport(_ context.Context, req *reportv1.GetReportRequest) (*reportv1.Report, error) {
	if req.GetId() != runID {
		return nil, errs.New(errs.NotFound, "REPORT_NOT_FOUND", "there is no such report")
	}
	return &reportv1.Report{Id: runID, Title: "Bees", Version: 3}, nil
}

// assistant is a client of the MCP server.
type assistant struct {
	*sdk.ClientSession
	t *testing.T

	mu    sync.Mutex
	token string
	heard []string // progress, in words
}

// RoundTrip shows the token of the moment.
func (a *assistant) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	r.Header.Set("Authorization", "Bearer "+a.token)
	a.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// show shows another token from now on.
func (a *assistant) show(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = token
}

// progress is what was heard so far.
func (a *assistant) progress() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.heard...)
}

// assist connects an assistant that shows a token.
func (f *fleet) assist(t *testing.T, token string) *assistant {
	t.Helper()
	a := &assistant{t: t, token: token}
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, &sdk.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *sdk.ProgressNotificationClientRequest) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.heard = append(a.heard, req.Params.Message)
		},
	})
	session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: f.url + "/mcp", HTTPClient: &http.Client{Transport: a}, MaxRetries: -1,
	}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	a.ClientSession = session
	return a
}

// use calls a tool, whose result it reads into out, and returns its words.
func (a *assistant) use(name string, args, out any) string {
	a.t.Helper()
	result := a.try(name, args)
	require.False(a.t, result.IsError, "%s: %s", name, words(result))
	body, err := json.Marshal(result.StructuredContent)
	require.NoError(a.t, err)
	require.NoError(a.t, json.Unmarshal(body, out))
	return words(result)
}

// try calls a tool that may refuse.
func (a *assistant) try(name string, args any) *sdk.CallToolResult {
	a.t.Helper()
	params := &sdk.CallToolParams{Name: name, Arguments: args}
	params.SetProgressToken(name)
	result, err := a.CallTool(a.t.Context(), params)
	require.NoError(a.t, err)
	return result
}

func words(result *sdk.CallToolResult) string {
	var all strings.Builder
	for _, content := range result.Content {
		if text, ok := content.(*sdk.TextContent); ok {
			all.WriteString(text.Text)
		}
	}
	return all.String()
}

// args are the arguments of a tool.
type args map[string]any
