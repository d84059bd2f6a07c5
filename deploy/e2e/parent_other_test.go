//go:build !linux

package e2e

import "syscall"

// dieWithParent has no means here: a test that is killed leaves its children.
func dieWithParent() *syscall.SysProcAttr { return nil }
