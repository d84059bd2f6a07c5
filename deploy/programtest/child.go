// Package programtest builds and runs the fleet's programs as processes of their own, for
// tests: the gateway and the four services with their own environments, database roles
// and certificates, as in production, so that they can be killed like there.
package programtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/child"
)

const (
	// patience is how long a program may take to start or to stop.
	patience = 5 * time.Minute
	// glance is the pause between two looks.
	glance = 20 * time.Millisecond
)

const module = "github.com/researcherpro/researcherpro/"

// Build builds programs of the project, named by their packages, into a folder.
func Build(t testing.TB, packages ...string) string {
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

// Child is a program of ours that runs beside the test.
type Child struct {
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

// environmentOf is that of a program: what it needs of ours, and its own.
func environmentOf(own map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range own {
		env = append(env, name+"="+value)
	}
	return env
}

// Launch starts a program that is stopped when the test ends, if not before.
func Launch(t testing.TB, program string, env map[string]string, args ...string) *Child {
	t.Helper()
	// Not the test's context: a child is stopped in order, by its cleanup.
	c := &Child{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), program, args...), out: &output{}, done: make(chan struct{})}
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = environmentOf(env), c.out, c.out
	require.NoError(t, child.Start(c.cmd, syscall.SIGTERM))
	go func() {
		_ = c.cmd.Wait() // how it ended is in its state
		close(c.done)
	}()
	t.Cleanup(func() { c.Stop(t) })
	return c
}

// Stop asks the program to end, as an operator does, and waits until it is gone.
func (c *Child) Stop(t testing.TB) {
	t.Helper()
	if c.Gone() {
		return
	}
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-c.done:
		require.Zero(t, c.cmd.ProcessState.ExitCode(), "%s did not end well:\n%s", c.cmd.Path, c.out)
	case <-time.After(patience):
		c.Kill(t)
		t.Errorf("%s did not stop:\n%s", c.cmd.Path, c.out)
	}
}

// Kill ends the program as a crash does: it learns nothing of it.
func (c *Child) Kill(t testing.TB) {
	t.Helper()
	require.NoError(t, c.cmd.Process.Kill())
	<-c.done
}

// Gone reports whether the program has ended.
func (c *Child) Gone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// PID returns the process' number.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Done is closed when the program has ended.
func (c *Child) Done() <-chan struct{} { return c.done }

// Output returns what the program printed so far.
func (c *Child) Output() string { return c.out.String() }

// ExitCode returns how a program ended that is gone.
func (c *Child) ExitCode() int { return c.cmd.ProcessState.ExitCode() }

// Await waits until condition holds, as long as the program runs.
func (c *Child) Await(t testing.TB, what string, condition func() bool) {
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

// Answers reports whether a GET of url is answered with 200.
func Answers(t testing.TB, url string) bool {
	t.Helper()
	_, ok := get(t, url)
	return ok
}

// Whole reports whether a program is ready and goes without nothing.
func Whole(t testing.TB, readyz string) bool {
	t.Helper()
	body, ok := get(t, readyz)
	return ok && body == "ready\n"
}

// get returns the body of an answer, and whether it is a good one.
func get(t testing.TB, url string) (string, bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err == nil && resp.StatusCode == http.StatusOK
}
