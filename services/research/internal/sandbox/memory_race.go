//go:build race

package sandbox

// LimitsMemory says whether the kernel holds children to their memory. The race
// detector needs many times the program's own, so that nothing could run.
const LimitsMemory = false
