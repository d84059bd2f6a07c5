package pgdev

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/researcherpro/researcherpro/pkg/child"
)

// Deadlines of a shutdown, each for one step of stop.
const (
	fastDeadline      = 10 * time.Second
	immediateDeadline = 5 * time.Second
)

// process is a running postmaster.
type process struct {
	os   *os.Process
	done chan struct{} // closed when it has ended
}

// launch starts postgres with its output going to the place's log.
func launch(bin binaries, where *place, account *account, args []string) (*process, error) {
	// Truncated: each start has its own log, and none grows without end.
	log, err := os.OpenFile(where.log(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of PostgreSQL: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child has its own handle

	command := exec.Command(bin.postgres(), args...) //nolint:gosec,noctx // a context would kill -9 it; stop ends it well
	command.Dir = where.root
	command.Stdout, command.Stderr = log, log
	// In a process group of its own, so that a Ctrl-C in the terminal stops the
	// fleet and lets it finish its transactions before the database goes.
	command.SysProcAttr = &syscall.SysProcAttr{Credential: account.credential(), Setpgid: true}
	// When this process dies, the server shuts down fast. Where the kernel does not
	// see to that, the next start stops the server that was left (leftover.go).
	if err := child.Start(command, syscall.SIGINT); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	p := &process{os: command.Process, done: make(chan struct{})}
	go func() {
		_ = command.Wait() // how it ended is in its log
		close(p.done)
	}()
	return p, nil
}

// stop ends the server: with its data written out, unless immediate; then
// without; then by force. It returns when the process is gone.
func (p *process) stop(immediate bool) error {
	if !immediate && p.signal(syscall.SIGINT, fastDeadline) { // "fast shutdown"
		return nil
	}
	if p.signal(syscall.SIGQUIT, immediateDeadline) { // "immediate shutdown"
		return nil
	}
	if p.signal(syscall.SIGKILL, immediateDeadline) {
		return nil
	}
	return fmt.Errorf("the PostgreSQL process %d does not end", p.os.Pid)
}

// signal sends a signal and reports whether the process ended in time.
func (p *process) signal(signal syscall.Signal, deadline time.Duration) bool {
	if err := p.os.Signal(signal); errors.Is(err, os.ErrProcessDone) {
		<-p.done
		return true
	}
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return false
	}
}
