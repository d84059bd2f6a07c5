package hotread

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tick is the unit of times in /proc, which Linux has fixed at 100 a second for all who
// read it, whatever the kernel's own clock.
const tick = 10 * time.Millisecond

// The fields of /proc/PID/stat behind the program's name, counted from it.
const (
	userTime   = 11
	systemTime = 12
)

// cpuOf returns the CPU time that processes have used so far.
func cpuOf(tb testing.TB, pids ...int) time.Duration {
	tb.Helper()
	var used time.Duration
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		require.NoError(tb, err)
		// The name may hold anything, blanks and brackets too.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		for _, i := range []int{userTime, systemTime} {
			ticks, err := strconv.ParseInt(string(fields[i]), 10, 64)
			require.NoError(tb, err)
			used += time.Duration(ticks) * tick
		}
	}
	return used
}
