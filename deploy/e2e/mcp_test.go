package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// assistant is a client of the MCP server that acts for a user.
type assistant struct {
	*sdk.ClientSession
	t     *testing.T
	heard atomic.Int32 // notifications of progress
}

// bearer shows a user's credential with every request.
type bearer struct{ u *user }

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.u.token)
	if b.u.workspace != "" {
		r.Header.Set("X-Workspace-Id", b.u.workspace)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// assist connects an assistant that acts for the user. An error is the server's.
func (u *user) assist(t *testing.T) (*assistant, error) {
	t.Helper()
	a := &assistant{t: t}
	client := sdk.NewClient(&sdk.Implementation{Name: "e2e", Version: "1"}, &sdk.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *sdk.ProgressNotificationClientRequest) { a.heard.Add(1) },
	})
	session, err := client.Connect(t.Context(), &sdk.StreamableClientTransport{
		Endpoint: u.base + "/mcp", HTTPClient: &http.Client{Transport: bearer{u}}, MaxRetries: -1,
	}, nil)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = session.Close() })
	a.ClientSession = session
	return a, nil
}

// mustAssist connects an assistant that must be let in.
func (u *user) mustAssist(t *testing.T) *assistant {
	t.Helper()
	a, err := u.assist(t)
	require.NoError(t, err)
	return a
}

// try calls a tool that may refuse.
func (a *assistant) try(name string, args map[string]any) *sdk.CallToolResult {
	a.t.Helper()
	params := &sdk.CallToolParams{Name: name, Arguments: args}
	params.SetProgressToken(name)
	result, err := a.CallTool(a.t.Context(), params)
	require.NoError(a.t, err)
	return result
}

// use calls a tool and reads its result into out.
func (a *assistant) use(name string, args map[string]any, out any) {
	a.t.Helper()
	result := a.try(name, args)
	require.False(a.t, result.IsError, "%s: %s", name, said(result))
	body, err := json.Marshal(result.StructuredContent)
	require.NoError(a.t, err)
	require.NoError(a.t, json.Unmarshal(body, out))
}

// said is what a tool says in words.
func said(result *sdk.CallToolResult) string {
	var words strings.Builder
	for _, content := range result.Content {
		if text, ok := content.(*sdk.TextContent); ok {
			words.WriteString(text.Text)
		}
	}
	return words.String()
}

// followResult is what follow_research returns.
type followResult struct {
	Done          bool
	AfterSequence int64
	Events        []struct{ Sequence int64 }
	Research      struct{ State, ReportID string }
}

// complete follows a run to its end and returns how it ended.
func (a *assistant) complete(id string) followResult {
	a.t.Helper()
	after, last, deadline := int64(0), int64(0), time.Now().Add(patience)
	for {
		step := followResult{}
		a.use("follow_research", map[string]any{"id": id, "afterSequence": after, "waitSeconds": 20}, &step)
		for _, e := range step.Events {
			require.Greater(a.t, e.Sequence, last, "nothing is told twice")
			last = e.Sequence
		}
		if step.Done {
			return step
		}
		after = step.AfterSequence
		require.True(a.t, time.Now().Before(deadline), "the run is still %s", step.Research.State)
	}
}

func testAssistant(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	a := u.mustAssist(t)
	started := struct{ ID string }{}
	a.use("start_research", map[string]any{"question": question, "sources": []string{"documents"}, "requestId": "one"}, &started)
	again := struct{ ID string }{}
	a.use("start_research", map[string]any{"question": question, "sources": []string{"documents"}, "requestId": "one"}, &again)
	require.Equal(t, started, again, "the same request id starts nothing")

	end := a.complete(started.ID)
	require.Equal(t, "COMPLETED", end.Research.State)
	require.EqualValues(t, len(u.log(t, started.ID, 200)), end.AfterSequence)
	require.Positive(t, a.heard.Load(), "progress was told")

	found := struct {
		Findings []struct {
			Claim     string
			Citations []struct {
				SourceID, Quote string
				StartOffset     int64
			}
		}
	}{}
	a.use("read_findings", map[string]any{"id": started.ID}, &found)
	require.NotEmpty(t, found.Findings)
	quoted := found.Findings[0].Citations[0]
	source := struct{ Text string }{}
	a.use("read_source", map[string]any{"id": quoted.SourceID, "offset": quoted.StartOffset}, &source)
	require.True(t, strings.HasPrefix(source.Text, quoted.Quote), "the quote stands where the finding says")

	report := struct {
		Text    string
		Version int
	}{}
	a.use("read_report", map[string]any{"id": end.Research.ReportID, "maxBytes": 100_000}, &report)
	require.Contains(t, report.Text, found.Findings[0].Claim)
	answer := struct{ Citations []any }{}
	a.use("ask", map[string]any{"id": started.ID, "question": question}, &answer)
	require.NotEmpty(t, answer.Citations)
	passages := struct{ Passages []struct{ DocumentID string } }{}
	a.use("search_library", map[string]any{"query": "heat pump"}, &passages)
	require.NotEmpty(t, passages.Passages)
	require.False(t, a.try("read_document", map[string]any{"id": passages.Passages[0].DocumentID}).IsError)
}

func testAssistantAccess(t *testing.T, base string) {
	owner, stranger := signUp(t, base), signUp(t, base)
	run := owner.start(t, &analysisv1.StartAnalysisRequest{Question: question})
	for _, tool := range []string{"get_research", "follow_research", "read_findings", "cancel_research"} {
		result := stranger.mustAssist(t).try(tool, map[string]any{"id": run.GetId()})
		require.True(t, result.IsError, tool)
		require.Contains(t, said(result), "NOT_FOUND", tool)
	}
	_, err := stranger.in(owner.session.GetWorkspace().GetId()).assist(t)
	require.ErrorContains(t, err, "Not Found", "a foreign workspace looks absent")

	viewer := owner.invite(t, accessv1.Role_VIEWER).in(owner.session.GetWorkspace().GetId())
	reader := viewer.mustAssist(t)
	require.False(t, reader.try("get_research", map[string]any{"id": run.GetId()}).IsError)
	result := reader.try("start_research", map[string]any{"question": question})
	require.True(t, result.IsError)
	require.Contains(t, said(result), "PERMISSION_DENIED")

	// The session's own token ends in the middle of the conversation.
	a := owner.mustAssist(t)
	require.False(t, a.try("get_research", map[string]any{"id": run.GetId()}).IsError)
	owner.post(t, "/api/v1/auth/logout", &authv1.LogoutRequest{}, &emptypb.Empty{})
	_, err = a.CallTool(t.Context(), &sdk.CallToolParams{Name: "get_research", Arguments: map[string]any{"id": run.GetId()}})
	require.ErrorContains(t, err, "Unauthorized")
}
