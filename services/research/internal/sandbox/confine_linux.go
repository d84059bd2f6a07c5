package sandbox

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"syscall"
)

// Supported says whether children are really confined on this system.
const Supported = true

const (
	// softShare is the share of the limit from which on the child collects its
	// garbage at any price, before the kernel refuses it memory.
	softShare = 0.7
	// maxStack is how deep a child may recurse, in bytes.
	maxStack = 64 << 20
	// openFiles is how many files a child may have open.
	openFiles = 256
)

// attributes keep the terminal's signals from a child: its parent ends in good
// order and needs it until then.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// confine sets the limits of the process. RLIMIT_DATA covers all private memory
// that can be written to since Linux 4.7; RLIMIT_AS would count what Go reserves
// and never touches.
func confine(memory int64) error {
	runtime.GOMAXPROCS(min(2, runtime.NumCPU())) // one to work, one to notice the parent's end
	debug.SetMemoryLimit(int64(float64(memory) * softShare))
	debug.SetMaxStack(maxStack)
	limits := map[int]uint64{syscall.RLIMIT_CORE: 0, syscall.RLIMIT_NOFILE: openFiles}
	if LimitsMemory {
		limits[syscall.RLIMIT_DATA] = uint64(memory)
	}
	for resource, limit := range limits {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return fmt.Errorf("sandbox: set a limit: %w", err)
		}
	}
	return nil
}
