//go:build !linux

package sandbox

import (
	"errors"
	"syscall"
)

// Supported says whether children are really confined on this system.
const Supported = false

// attributes are the system's usual ones.
func attributes() *syscall.SysProcAttr { return nil }

// confine fails: there is no limit here that is known to hold.
func confine(int64) error { return errors.New("sandbox: this system cannot confine a process") }
