package e2e

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const module = "github.com/researcherpro/researcherpro/"

// build builds programs of the project, named by their packages, into a folder.
func build(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, p := range packages {
		args = append(args, module+p)
	}
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

// child is a program of ours that runs beside the test.
type child struct {
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when the process is gone
}

// output collects what a program prints; it is read while the program writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// environment is that of a program: what it needs of ours, and its own.
func environment(own map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range own {
		env = append(env, name+"="+value)
	}
	return env
}

// launch starts a program that is stopped when the test ends, if not before.
func launch(t *testing.T, program string, env map[string]string, args ...string) *child {
	t.Helper()
	// Not the test's context: a child is stopped in order, by its cleanup.
	c := &child{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), program, args...), out: &output{}, done: make(chan struct{})}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = environment(env), c.out, c.out
	c.cmd.SysProcAttr = dieWithParent()
	require.NoError(t, c.cmd.Start())
	go func() {
		_ = c.cmd.Wait() // how it ended is in its state
		close(c.done)
	}()
	t.Cleanup(func() { c.stop(t) })
	return c
}

// stop asks the program to end, as an operator does, and waits until it is gone.
func (c *child) stop(t *testing.T) {
	t.Helper()
	if c.gone() {
		return
	}
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-c.done:
		require.Zero(t, c.cmd.ProcessState.ExitCode(), "%s did not end well:\n%s", c.cmd.Path, c.out)
	case <-time.After(patience):
		c.kill(t)
		t.Errorf("%s did not stop:\n%s", c.cmd.Path, c.out)
	}
}

// kill ends the program as a crash does: it learns nothing of it.
func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Kill())
	<-c.done
}

// gone reports whether the program has ended.
func (c *child) gone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// await waits until condition holds, as long as the program runs.
func (c *child) await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-c.done:
			t.Fatalf("%s ended before it was %s:\n%s", c.cmd.Path, what, c.out)
		case <-deadline:
			t.Fatalf("%s is still not %s:\n%s", c.cmd.Path, what, c.out)
		case <-time.After(glance):
		}
	}
}

// answers reports whether a GET of url is answered with 200.
func answers(t *testing.T, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
