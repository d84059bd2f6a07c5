package pgdev

import "syscall"

// dieWithParent has the kernel ask the server for a fast shutdown when the
// process that started it dies, however it dies.
func dieWithParent(attr *syscall.SysProcAttr) {
	attr.Pdeathsig = syscall.SIGINT
}
