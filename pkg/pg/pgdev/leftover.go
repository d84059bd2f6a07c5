package pgdev

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stopLeftover stops the server that a dead owner left running on a data
// directory, and removes a lock file of a server that is gone. The caller holds
// the place's lock, so any server there has no owner.
func stopLeftover(ctx context.Context, data string) error {
	pid, err := leftoverPID(data)
	if err != nil || pid == 0 {
		return err
	}
	for _, step := range []struct {
		signal   syscall.Signal
		deadline time.Duration
	}{
		{syscall.SIGINT, fastDeadline},
		{syscall.SIGQUIT, immediateDeadline},
		{syscall.SIGKILL, immediateDeadline},
	} {
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the server %d that was left running: %w", pid, err)
		}
		if awaitGone(ctx, data, pid, step.deadline) {
			return removeStaleLock(data)
		}
	}
	return fmt.Errorf("the server %d that was left running on %s does not end", pid, data)
}

// killLeftover is stopLeftover for data that is to be thrown away.
func killLeftover(data string) error {
	pid, err := leftoverPID(data)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the server %d: %w", pid, err)
	}
	return nil
}

// leftoverPID returns the process id of the server that runs on data, or 0. The
// id in postmaster.pid may have been given to another program since, after a
// reboot at the latest: PostgreSQL would then refuse to start, so the file goes.
func leftoverPID(data string) (int, error) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for a server that was left running: %w", err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 || !runsOn(pid, data) {
		return 0, removeStaleLock(data)
	}
	return pid, nil
}

// removeStaleLock removes the lock file of a server that is gone.
func removeStaleLock(data string) error {
	err := os.Remove(filepath.Join(data, "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a stale lock file: %w", err)
	}
	return nil
}

// runsOn reports whether process pid is a server of ours on data: the data
// directory is among its arguments.
func runsOn(pid int, data string) bool {
	cmdline, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err == nil {
		return strings.Contains(strings.ReplaceAll(string(cmdline), "\x00", " "), "-D "+data+" ")
	}
	// No /proc: macOS and the BSDs.
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec,noctx // a number; it prints and ends
	return err == nil && strings.Contains(string(out), "-D "+data+" ")
}

// awaitGone reports whether the server ended before the deadline.
func awaitGone(ctx context.Context, data string, pid int, deadline time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for runsOn(pid, data) {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}
