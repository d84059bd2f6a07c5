// Package child starts programs that do not outlive the process that started them.
package child

import (
	"os/exec"
	"syscall"
)

// Start starts cmd; the kernel sends it the signal end when this process dies, however
// it dies. Only Linux can do that: elsewhere a child whose parent is killed stays.
func Start(cmd *exec.Cmd, end syscall.Signal) error { return start(cmd, end) }
