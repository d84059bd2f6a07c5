package hotread

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// envPprof tells a program that was built for it the folder into which it writes where
// its profiles are.
const envPprof = "RP_HOTREAD_PPROF"

// profiledFor is how long a profile takes.
const profiledFor = 5 * time.Second

// profiling says in which folder profiles are kept: RP_HOTREAD_PROFILE, "" for none.
func profiling() string { return os.Getenv("RP_HOTREAD_PROFILE") }

// profiled makes the programs that the bench builds able to profile themselves, when
// that is asked for, and returns what they are to be told.
func profiled(b *testing.B) map[string]string {
	b.Helper()
	if profiling() == "" {
		return nil
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(b, err)
	added := filepath.Join(root, "deploy", "hotread", "testdata", "profile.go.txt")
	replace := map[string]string{}
	for _, program := range []string{"gateway/cmd/gateway", "services/analysis/cmd/analysis"} {
		replace[filepath.Join(root, program, "profile.go")] = added
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(b, err)
	dir := b.TempDir()
	file := filepath.Join(dir, "overlay.json")
	require.NoError(b, os.WriteFile(file, overlay, 0o600))
	b.Setenv("GOFLAGS", "-overlay="+file)
	return map[string]string{envPprof: dir}
}

// profile asks once more, and prints what the programs do meanwhile.
func (w *world) profile(b *testing.B, told map[string]string, targets []target) {
	b.Helper()
	if told == nil {
		return
	}
	for _, t := range targets {
		programs := map[string][]string{"rest": {"gateway", "analysis"}, "grpc": {"analysis"}}[t.name]
		done := make(chan string, len(programs))
		for _, program := range programs {
			addr, err := os.ReadFile(filepath.Join(told[envPprof], program+".addr"))
			require.NoError(b, err)
			file := filepath.Join(profiling(), t.name+"-"+program+".pprof")
			go func() { done <- fmt.Sprintf("%s, %s:\n%s", t.name, program, top(b, string(addr), file)) }()
		}
		if len(programs) > 0 {
			load(b, profiledFor+time.Second, t.call)
		}
		for range programs {
			b.Log(<-done)
		}
	}
}

// top keeps a profile in a file and returns its top, or what went wrong.
func top(b *testing.B, addr, file string) string {
	b.Helper()
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", addr, int(profiledFor.Seconds()))
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err.Error()
	}
	out, err := exec.CommandContext(b.Context(), "go", "tool", "pprof", "-top", "-cum", "-nodecount=60", file).CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}
