//go:build !race

package sandbox

// LimitsMemory says whether the kernel holds children to their memory.
const LimitsMemory = Supported
