package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// child is a process that does work.
type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	said   *tail // the end of what it wrote to standard error
	timer  *time.Timer
	killed sync.Once
}

// start starts a child.
func start(cfg Config) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program for a sandbox: %w", err)
	}
	cmd := exec.Command(self, cfg.Args...) //nolint:gosec,noctx // it is this program; it outlives the work it was started for
	// Nothing of the parent's environment: it holds passwords.
	cmd.Env = []string{childMark, limitVariable + "=" + strconv.FormatInt(cfg.MemoryBytes, 10), "GOTRACEBACK=none"}
	cmd.SysProcAttr = attributes()
	c := &child{cmd: cmd, said: &tail{}}
	cmd.Stderr = c.said
	if c.in, err = cmd.StdinPipe(); err == nil {
		c.out, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start a sandbox: %w", err)
	}
	return c, nil
}

// work gives the child work and waits for the answer. After an error the child is
// gone.
func (c *child) work(ctx context.Context, work []byte) (answer []byte, last bool, err error) {
	type reply struct {
		mark byte
		data []byte
		err  error
	}
	done := make(chan reply, 1)
	go func() {
		if err := writeFrame(c.in, 0, work); err != nil {
			done <- reply{err: err}
			return
		}
		mark, data, err := readFrame(c.out)
		done <- reply{mark, data, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			c.kill()
			return nil, false, c.reason()
		}
		return r.data, r.mark == markLast, nil
	case <-ctx.Done():
		c.kill()
		<-done
		return nil, false, context.Cause(ctx)
	}
}

// kill ends the child and waits until it is gone.
func (c *child) kill() {
	c.killed.Do(func() {
		_ = c.cmd.Process.Kill() // it may have ended by itself
		_ = c.in.Close()
		_ = c.cmd.Wait() // how it ended is in ProcessState
	})
}

// reason returns why a child ended in the middle of its work. A Go program whose
// memory the kernel refuses says so and exits; one that the kernel itself ends to
// save the machine was killed, which this package does only when it knows why.
func (c *child) reason() error {
	said := c.said.String()
	for _, words := range []string{"out of memory", "cannot allocate memory", "errno=12", "failed to reserve memory", "failed to create new OS thread"} {
		if bytes.Contains([]byte(said), []byte(words)) {
			return ErrMemory
		}
	}
	if said == "" && c.cmd.ProcessState != nil && !c.cmd.ProcessState.Exited() {
		return ErrMemory
	}
	return fmt.Errorf("%w: %v: %s", ErrCrash, c.cmd.ProcessState, said)
}

// tail keeps the beginning of what is written to it, where a Go program says why
// it ends.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// maxSaid is how much of a child's last words is kept.
const maxSaid = 2 << 10

// Write implements io.Writer and always succeeds.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p[:min(len(p), maxSaid-len(t.data))]...)
	return len(p), nil
}

// String returns what was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}

// Serve makes the process a child: it does the work it is given until its parent
// closes its standard input or is gone, also in the middle of work. do returns
// the answer, and whether it wants a fresh process for the next work. Serve
// returns only if the process cannot work at all.
func Serve(do func(work []byte) (answer []byte, last bool)) error {
	limit, err := strconv.ParseInt(os.Getenv(limitVariable), 10, 64)
	if err != nil {
		return errors.New("sandbox: started without a limit")
	}
	if err := confine(limit); err != nil {
		return err
	}
	requests := make(chan []byte)
	go func() {
		for {
			_, work, err := readFrame(os.Stdin)
			if err != nil {
				os.Exit(0) // the parent is gone, and nobody waits for what is being done
			}
			requests <- work
		}
	}()
	for work := range requests {
		answer, last := do(work)
		mark := byte(0)
		if last {
			mark = markLast
		}
		if err := writeFrame(os.Stdout, mark, answer); err != nil {
			return err
		}
	}
	return nil
}

// limitVariable names the variable that tells a child its limit of memory.
const limitVariable = "RP_SANDBOX_MEMORY"
