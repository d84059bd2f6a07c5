// Package heap keeps a small process from collecting garbage all the time.
//
// The collector lets the heap double before it runs. A service that holds a few
// megabytes and answers thousands of requests a second doubles it several times a
// second, and spends an eighth of its time collecting. GOGC would help it, but would
// let a process that holds a gigabyte waste another. A floor costs every process the
// same few megabytes, whatever it holds.
package heap

import "runtime"

// floor is what counts as held besides what is. It is asked for from the system and
// never written to, so no memory stands behind it; the garbage that it lets lie is at
// most as much again.
const floor = 16 << 20

// Floor gives the process its floor until keep is called. Its main calls it first,
// while no memory was used that would have to be cleared.
func Floor() (keep func()) {
	held := make([]byte, floor)
	return func() { runtime.KeepAlive(held) }
}
