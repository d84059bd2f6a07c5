package programtest

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// starting runs functions on a thread that lives as long as the process.
var starting = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

// startWithParent starts a child that the kernel ends when the test itself is killed. The
// kernel means the thread that started it, so that has to be one that stays.
func startWithParent(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	started := make(chan error, 1)
	starting() <- func() { started <- cmd.Start() }
	return <-started
}
