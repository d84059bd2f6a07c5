package programtest

import "syscall"

// dieWithParent lets the kernel end a child when the test itself is killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
