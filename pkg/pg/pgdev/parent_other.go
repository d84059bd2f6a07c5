//go:build !linux

package pgdev

import "syscall"

// dieWithParent does nothing: only Linux can bind a child's life to its
// parent's. Elsewhere the next start stops the server that was left (leftover.go).
func dieWithParent(*syscall.SysProcAttr) {}
