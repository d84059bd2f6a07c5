package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// inspector runs the command line of the MCP inspector against the user's server and
// reads what it prints into out.
func (u *user) inspector(t *testing.T, out any, args ...string) {
	t.Helper()
	program, err := filepath.Abs(filepath.Join("inspector", "node_modules", ".bin", "mcp-inspector"))
	require.NoError(t, err)
	if _, err := os.Stat(program); err != nil {
		t.Skip("the inspector is not installed: npm ci --prefix deploy/e2e/inspector")
	}
	args = append([]string{"--cli", u.base + "/mcp", "--transport", "http", "--header", "Authorization: Bearer " + u.token}, args...)
	cmd := exec.CommandContext(t.Context(), program, args...)
	printed, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		require.NoError(t, err, "%s", failed.Stderr)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(printed, out), "%s", printed)
}

func testInspector(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	listed := struct{ Tools []struct{ Name string } }{}
	u.inspector(t, &listed, "--method", "tools/list")
	names := []string{}
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	require.Subset(t, names, []string{"start_research", "follow_research", "read_findings", "read_report", "ask"})

	started := struct {
		StructuredContent struct{ ID string }
	}{}
	u.inspector(t, &started, "--method", "tools/call", "--tool-name", "start_research", "--tool-arg", "question="+question)
	end := struct{ StructuredContent followResult }{}
	for !end.StructuredContent.Done {
		u.inspector(t, &end, "--method", "tools/call", "--tool-name", "follow_research",
			"--tool-arg", "id="+started.StructuredContent.ID, "--tool-arg", "waitSeconds=20")
	}
	require.Equal(t, "COMPLETED", end.StructuredContent.Research.State)
}
