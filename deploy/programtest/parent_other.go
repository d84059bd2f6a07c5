//go:build !linux

package programtest

import "syscall"

// dieWithParent has no means here: a test that is killed leaves its children.
func dieWithParent() *syscall.SysProcAttr { return nil }
