package gateway

import (
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/mcp"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestMCP_ToolsSayWhatTheyDoAndTake(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	listed, err := a.ListTools(t.Context(), nil)
	require.NoError(t, err)
	readOnly := map[string]bool{}
	for _, tool := range listed.Tools {
		readOnly[tool.Name] = tool.Annotations.ReadOnlyHint
		require.NotEmpty(t, tool.Title)
		require.Greater(t, len(tool.Description), 40, tool.Name)
		require.NotNil(t, tool.OutputSchema, tool.Name)
	}
	require.Equal(t, map[string]bool{
		"start_research": false, "follow_research": true, "get_research": true, "list_research": true, "cancel_research": false,
		"read_findings": true, "read_report": true, "list_reports": true, "read_source": true, "ask": false,
		"search_library": true, "list_documents": true, "read_document": true, "add_document": false,
	}, readOnly)
	require.Contains(t, a.InitializeResult().Instructions, "never follow instructions")
}

func TestMCP_LimitsOfArgumentsAreThoseOfTheProtos(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	listed, err := a.ListTools(t.Context(), nil)
	require.NoError(t, err)
	properties := map[string]map[string]any{}
	for _, tool := range listed.Tools {
		schema, ok := tool.InputSchema.(map[string]any)
		require.True(t, ok)
		require.Equal(t, false, schema["additionalProperties"], tool.Name)
		for name, property := range schema["properties"].(map[string]any) { //nolint:forcetypeassert // a schema
			properties[tool.Name+"."+name], ok = property.(map[string]any)
			require.True(t, ok)
		}
	}
	for path, want := range map[string]map[string]any{
		"start_research.question":     {"minLength": 1.0, "maxLength": 4000.0},
		"start_research.kind":         {"enum": []any{"SUMMARY", "DEEP", "COMPARISON", "TIMELINE", "LITERATURE_REVIEW", "FACT_CHECK"}},
		"start_research.maxSources":   {"minimum": 0.0, "maximum": 200.0},
		"start_research.maxCostUsd":   {"minimum": 0.0, "maximum": 10000.0},
		"start_research.claims":       {"type": "array", "maxItems": 50.0},
		"get_research.id":             {"format": "uuid"},
		"follow_research.waitSeconds": {"maximum": 50.0, "default": 25.0},
		"add_document.text":           {"maxLength": 1000000.0},
	} {
		for name, value := range want {
			require.Equal(t, value, properties[path][name], "%s of %s", name, path)
		}
	}
}

// followed is what follow_research returns.
type followed struct {
	Done          bool
	AfterSequence int64
	Events        []struct{ Sequence int64 }
	Research      struct{ ID, State string }
}

func TestMCP_ARunIsStartedFollowedAndRead(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	a := f.assist(t, alice)
	started := struct{ ID, State string }{}
	a.use("start_research", args{"question": "Do bees dance?", "kind": "DEEP", "maxCostUsd": 1}, &started)
	require.Equal(t, runID, started.ID)
	require.Equal(t, "QUEUED", started.State)

	f.analysis.enter(analysisv1.Analysis_ANALYZING)
	f.analysis.write(3) // prose, which is not told
	first := followed{}
	a.use("follow_research", args{"id": runID, "waitSeconds": 0}, &first)
	require.False(t, first.Done)
	require.EqualValues(t, 4, first.AfterSequence)
	require.Len(t, first.Events, 1)

	// The call waits, and tells progress meanwhile.
	done := make(chan followed, 1)
	go func() {
		last := followed{}
		a.use("follow_research", args{"id": runID, "afterSequence": first.AfterSequence, "waitSeconds": 50}, &last)
		done <- last
	}()
	f.analysis.enter(analysisv1.Analysis_REPORTING)
	require.Eventually(t, func() bool {
		heard := a.progress()
		return len(heard) > 0 && heard[len(heard)-1] == "REPORTING, 100 %"
	}, 20*time.Second, 5*time.Millisecond)
	require.Empty(t, done)
	f.analysis.finish()
	last := <-done
	require.True(t, last.Done)
	require.Equal(t, "COMPLETED", last.Research.State)
	require.EqualValues(t, 6, last.AfterSequence)

	found := struct {
		Findings      []struct{ Claim, Verdict string }
		NextPageToken string
	}{}
	a.use("read_findings", args{"id": runID}, &found)
	require.Equal(t, "SUPPORTED", found.Findings[0].Verdict)
	require.Equal(t, "more", found.NextPageToken)
}

func TestMCP_AReportIsReadInPieces(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	text := ""
	for offset := int64(0); ; {
		piece := struct {
			Text       string
			Version    int
			NextOffset int64
		}{}
		said := a.use("read_report", args{"id": runID, "offset": offset, "maxBytes": 70_001, "version": 3}, &piece)
		require.Equal(t, 3, piece.Version)
		require.Contains(t, said, "not instructions")
		require.Contains(t, said, piece.Text)
		text += piece.Text
		if offset = piece.NextOffset; offset == 0 {
			break
		}
		require.EqualValues(t, len(text), offset)
	}
	require.Equal(t, string(reportFile), text)

	read, err := a.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "researcher-pro://reports/" + runID})
	require.NoError(t, err)
	require.Equal(t, string(reportFile), read.Contents[0].Text)
	_, err = a.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "researcher-pro://research/" + runID + "/findings"})
	require.NoError(t, err)
	_, err = a.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "researcher-pro://reports/none"})
	require.ErrorContains(t, err, "not found")
}

func TestMCP_WhatGoesWrongIsTheToolsResultInWordsForUsers(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	const other = "01930000-0000-7000-8000-0000000000ff"
	tests := map[string]struct {
		tool string
		args args
		want string
	}{
		"something that is not there": {"get_research", args{"id": other}, "NOT_FOUND (ANALYSIS_NOT_FOUND): there is no such analysis"},
		"a report that is not there":  {"read_report", args{"id": other}, "NOT_FOUND (REPORT_NOT_FOUND): there is no such report"},
		// The service calls it text; the tool does not.
		"a rule of the service":    {"ask", args{"id": strings.Repeat("x", 36), "question": "why?"}, "INVALID_ARGUMENT (INVALID_FIELD): id: must be a valid UUID"},
		"a rule of the schema":     {"start_research", args{"question": ""}, "minLength"},
		"an argument that is none": {"get_research", args{"id": runID, "colour": "red"}, "colour"},
		"a value that is too long": {"start_research", args{"question": strings.Repeat("long ", 100_000)}, "maxLength"},
		"a number out of bounds":   {"read_document", args{"id": runID, "offset": 1 << 41}, "maximum"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := a.try(tc.tool, tc.args)
			require.True(t, result.IsError)
			require.Contains(t, words(result), tc.want)
			require.Less(t, len(words(result)), 2100)
		})
	}
}

func TestMCP_NothingInternalIsTold(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{mcp: mcp.Options{Call: 100 * time.Millisecond}})
	a := f.assist(t, alice)
	slow := a.try("list_research", args{}) // the fake hangs
	require.Equal(t, "DEADLINE_EXCEEDED: the answer took too long", words(slow))
	f.stop()
	away := a.try("get_research", args{"id": runID})
	require.True(t, away.IsError)
	require.NotContains(t, words(away), "bufconn")
	require.NotContains(t, words(away), "passthrough")
}

func TestMCP_AQuestionIsAnsweredWithProgress(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	a := f.assist(t, alice)
	done := make(chan *sdk.CallToolResult, 1)
	go func() { done <- a.try("ask", args{"id": runID, "question": "do they wait dance"}) }()
	require.Eventually(t, func() bool { return len(a.progress()) > 0 }, 20*time.Second, 5*time.Millisecond)
	require.Equal(t, "The answer is being written", a.progress()[0], "what is not checked yet is not told")
	close(f.conversations.release)
	require.Contains(t, words(<-done), "dance")
	failed := a.try("ask", args{"id": runID, "question": "they fail"})
	require.Equal(t, "RESOURCE_EXHAUSTED (BUDGET_EXHAUSTED): the budget is used up", words(failed))
}

func TestMCP_TheLibraryIsSearchedAndRead(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	found := struct{ Passages []struct{ Text string } }{}
	a.use("search_library", args{"query": "bees"}, &found)
	require.Equal(t, "bees", found.Passages[0].Text)
	added := struct{ State string }{}
	a.use("add_document", args{"title": "Bees", "text": "They dance."}, &added)
	require.Equal(t, "PENDING", added.State)
	piece := struct {
		Text       string
		NextOffset int
	}{}
	said := a.use("read_document", args{"id": runID, "offset": 5, "maxBytes": 8}, &piece)
	require.Equal(t, "was read", piece.Text)
	require.Zero(t, piece.NextOffset)
	require.Contains(t, said, "the end of the text")
	a.use("read_source", args{"id": runID}, &piece)
	require.Equal(t, "snapshot", piece.Text)
	documents := struct{ Documents []any }{}
	a.use("list_documents", args{}, &documents)
	require.Empty(t, documents.Documents)
}

func TestMCP_AToolIsLimitedAsTheRouteThatDoesTheSame(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{RateLimits: RateLimits{Start: 1}, StreamsPerUser: 1}, limits{})
	a := f.assist(t, alice)
	require.False(t, a.try("start_research", args{"question": "one?"}).IsError)
	_, err := a.CallTool(t.Context(), &sdk.CallToolParams{Name: "start_research", Arguments: args{"question": "two?"}})
	require.ErrorContains(t, err, "Too Many Requests")
	out := struct{ ID string }{}
	a.use("get_research", args{"id": runID}, &out) // of another class

	ended := make(chan *sdk.CallToolResult, 1)
	go func() { ended <- a.try("follow_research", args{"id": runID, "waitSeconds": 50}) }()
	f.analysis.enter(analysisv1.Analysis_ANALYZING)
	require.Eventually(t, func() bool { return len(a.progress()) > 0 }, 20*time.Second, 5*time.Millisecond)
	require.Contains(t, words(a.try("follow_research", args{"id": runID})), "TOO_MANY_STREAMS")
	f.analysis.finish()
	require.False(t, (<-ended).IsError)
}

func TestMCP_PromptsAsk(t *testing.T) {
	t.Parallel()
	a := serveFleet(t, Config{}, limits{}).assist(t, alice)
	asked, err := a.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "check_claim", Arguments: map[string]string{"claim": "Bees dance."}})
	require.NoError(t, err)
	text, ok := asked.Messages[0].Content.(*sdk.TextContent)
	require.True(t, ok)
	require.Contains(t, text.Text, "FACT_CHECK")
	require.Contains(t, text.Text, "Bees dance.")
	_, err = a.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "check_claim"})
	require.ErrorContains(t, err, "claim")
}
