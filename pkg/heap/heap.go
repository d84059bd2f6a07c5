// Package heap keeps a small process from collecting garbage all the time.
//
// The collector lets the heap double before it runs. A service that holds a few
// megabytes and answers thousands of requests a second doubles it several times a
// second, and spends an eighth of its time collecting. A higher GOGC would help it, but
// let a process that holds a gigabyte waste another. A floor under the heap's goal helps
// the small and costs the large nothing.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// floor is the size up to which a heap is not collected, in bytes.
	floor = 32 << 20
	// doubling is the collector's own setting: the heap may grow by as much as is held.
	doubling = 100
	// most bounds the setting of a process that holds next to nothing.
	most = 1000
)

// Floor sets the floor, for as long as the process lives. An operator who has set GOGC
// keeps it.
func Floor() {
	if os.Getenv("GOGC") == "" {
		adjust()
	}
}

// adjust sets the collector so that it next runs at the floor, or at double of what is
// held if that is more, and does so again whenever it has run.
func adjust() {
	debug.SetGCPercent(percent(held()))
	// What nobody refers to is found by the next collection.
	runtime.AddCleanup(new(mark), func(struct{}) { adjust() }, struct{}{})
}

// mark is what a collection finds. It is large enough to be allocated by itself.
type mark [32]byte

// percent is the setting with which a process that holds live bytes, and roots besides,
// is collected at the floor.
func percent(live, roots uint64) int {
	if live >= floor {
		return doubling
	}
	return min(most, max(doubling, int(100*(floor-live)/max(1, live+roots))))
}

// held returns the bytes on the heap that the last collection kept, and those of stacks
// and globals, which the collector counts besides (runtime/metrics, GOGC).
func held() (live, roots uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64() + samples[2].Value.Uint64()
}
