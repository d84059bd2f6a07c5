package heap_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/heap"
)

// sink keeps the compiler from leaving out what is allocated.
type sink struct{ last []byte }

// collections returns how often garbage is collected while 200 MB of it are made.
func collections() uint32 {
	var before, after runtime.MemStats
	runtime.GC() // with it the collector decides anew when to run next
	runtime.ReadMemStats(&before)
	s := &sink{}
	for range 200 << 10 {
		s.last = make([]byte, 1<<10)
	}
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(s)
	return after.NumGC - before.NumGC
}

//nolint:paralleltest // counts what the whole process collects
func TestFloor_ASmallProcessCollectsSeldomAndALargeOneAsBefore(t *testing.T) {
	heap.Floor()
	require.Less(t, collections(), uint32(20), "at 4 MB, where the collector begins by itself, they would be 50")

	held := make([]byte, 64<<20)
	runtime.GC()
	// It holds 64 MB, so the next collection comes after another 64 at most.
	require.GreaterOrEqual(t, collections(), uint32(2))
	runtime.KeepAlive(held)
}
