package fanout

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// clockTick is the unit of the times in /proc, the same on every Linux of today.
const clockTick = 10 * time.Millisecond

// cpu returns the processor time that the gateways have used.
func (w *world) cpu(t testing.TB) time.Duration {
	t.Helper()
	var sum time.Duration
	for _, g := range w.gateways {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.process.PID()))
		require.NoError(t, err)
		// The name, in brackets, may hold anything; user and system time are the
		// 12th and 13th field behind it.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		for _, field := range fields[11:13] {
			n, err := strconv.Atoi(string(field))
			require.NoError(t, err)
			sum += time.Duration(n) * clockTick
		}
	}
	return sum
}

// memory returns what the gateways have of the machine's memory, in bytes.
func (w *world) memory(t testing.TB) int {
	t.Helper()
	sum := 0
	for _, g := range w.gateways {
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", g.process.PID()))
		require.NoError(t, err)
		pages, err := strconv.Atoi(string(bytes.Fields(statm)[1]))
		require.NoError(t, err)
		sum += pages * os.Getpagesize()
	}
	return sum
}

// settle waits until the gateways have nothing more to do for what came before.
func (w *world) settle(t testing.TB) {
	t.Helper()
	last := w.cpu(t)
	require.Eventually(t, func() bool {
		now := w.cpu(t)
		idle := now-last <= 2*clockTick
		last = now
		return idle
	}, patience, 500*time.Millisecond)
}
