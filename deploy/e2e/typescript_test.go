package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// toolchain is the folder of the client's source, with what npm has installed.
const toolchain = "typescript"

// needNode skips a test when the tools of npm are not there: `npm ci` in
// the folder installs them, which a test does not do by itself.
func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	if _, err := os.Stat(filepath.Join(toolchain, "node_modules")); err != nil {
		t.Skip("the client's tools are not installed: run npm ci in deploy/e2e/" + toolchain)
	}
}

// tool runs a program of node_modules, or node itself on a script, in a folder.
func tool(t *testing.T, dir, script string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{script}, args...)...)
	cmd.Dir = dir
	// The tools say nothing about themselves to anybody.
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// built makes a folder in which a build finds the installed packages.
func built(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(toolchain, "build-") //nolint:usetesting // node looks for packages in the folders above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// testTypeScript generates a client from the server's own document, has it checked
// by the compiler, and does a whole job with it.
func testTypeScript(t *testing.T, base string) {
	needNode(t)
	dir := built(t)
	source, err := os.ReadFile(filepath.Join(toolchain, "job.ts"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "job.ts"), source, 0o600))
	config := `{"extends": "../tsconfig.json", "include": ["*.ts"], "exclude": [], "compilerOptions": {"outDir": "."}}`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tsconfig.json"), []byte(config), 0o600))

	tool(t, dir, "../node_modules/openapi-typescript/bin/cli.js", base+"/openapi.json", "-o", "schema.d.ts")
	tool(t, dir, "../node_modules/typescript/bin/tsc", "-p", ".")
	require.Contains(t, tool(t, dir, "job.js", base), "done: ")
}

// testLint has the server's document judged by Redocly's linter.
func testLint(t *testing.T, base string) {
	needNode(t)
	dir := built(t)
	tool(t, dir, "../node_modules/@redocly/cli/bin/cli.js", "lint", base+"/openapi.json", "--config=../redocly.yaml", "--format=summary")
}
