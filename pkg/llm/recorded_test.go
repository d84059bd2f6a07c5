package llm_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// recording is a request to a server and what it answered.
type recording struct {
	File   string          `json:"file"`
	URL    string          `json:"url"`
	Status json.RawMessage `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// recordings are the chat completions that were recorded.
func recordings(t *testing.T) []recording {
	t.Helper()
	root := os.Getenv("RP_DATA")
	if root == "" {
		root = "../../../shared/data"
	}
	file, err := os.Open(filepath.Join(root, "api-recordings", "interactions.jsonl.gz"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the recordings are not there; set RP_DATA")
	}
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var all []recording
	lines := bufio.NewReader(unpacked)
	for {
		line, end := lines.ReadBytes('\n')
		var r recording
		if len(line) > 0 {
			require.NoError(t, json.Unmarshal(line, &r))
		}
		if strings.HasSuffix(r.URL, "/chat/completions") {
			all = append(all, r)
		}
		if end != nil {
			return all
		}
	}
}

// Each recorded reply is read, or refused with a reason: whatever was recorded as a
// success has a text and what it cost or used, except where the model called a tool.
func TestCall_RecordedReplies(t *testing.T) {
	t.Parallel()
	all := recordings(t)
	require.NotEmpty(t, all)
	for _, r := range all {
		status, err := strconv.Atoi(strings.Trim(string(r.Status), `"`))
		require.NoError(t, err)
		var body string
		require.NoError(t, json.Unmarshal(r.Body, &body))
		reply := llmtest.Reply{Status: status, Body: body}
		if strings.HasPrefix(body, "data:") {
			reply = reply.With("Content-Type", "text/event-stream")
		}
		s := llmtest.New(t, llmtest.Always(reply))
		var heard strings.Builder
		resp, err := llm.NewPerplexity(llm.Config{BaseURL: s.Perplexity()}).Call(t.Context(), question(), writeTo(&heard))
		t.Logf("%s: %d bytes of text, %+v, %v", filepath.Base(r.File), len(resp.Text), resp.Usage, err)
		if err != nil {
			var failed *llm.Error
			require.ErrorAs(t, err, &failed)
			require.True(t, status >= 400 || failed.Kind == llm.Broken && strings.Contains(body, "tool_calls"), failed.Message)
			continue
		}
		require.NotEmpty(t, resp.Text)
		require.Equal(t, resp.Text, heard.String())
		require.NotContains(t, resp.Text, "<think>")
		require.Equal(t, llm.Stopped, resp.Finish)
		if strings.Contains(r.URL, "perplexity") {
			require.False(t, resp.Usage.Estimated)
			require.Positive(t, *resp.Usage.CostNanoUSD)
			require.Zero(t, *resp.Usage.CostNanoUSD%10_000, "it is told in hundredths of a thousandth of a dollar")
		}
	}
}
