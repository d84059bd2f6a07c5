package child

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// starting runs functions on a thread that lives as long as the process: the kernel
// takes the end of the thread that started a child for the end of its parent.
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

func start(cmd *exec.Cmd, end syscall.Signal) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = end
	started := make(chan error, 1)
	starting() <- func() { started <- cmd.Start() }
	return <-started
}
