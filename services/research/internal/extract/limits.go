package extract

import (
	"fmt"
	"time"
)

// Limits bound what one file may cost.
type Limits struct {
	// InputBytes is the size of the file itself.
	InputBytes int64
	// UnpackedBytes is the size of a zip file's parts together (DOCX and its
	// kin are zip files), and UnpackedRatio how many times the file's own size
	// they may have, so that a small bomb is stopped early.
	UnpackedBytes int64
	UnpackedRatio int64
	// TextBytes is the size of the text that comes out.
	TextBytes int
	// Pages is the number of pages of a PDF file.
	Pages int
	// MemoryBytes is what the PDF sandbox may use for one file, and ProcessBytes
	// what the process that reads a file may use in all; see Config.Sandbox.
	MemoryBytes  int64
	ProcessBytes int64
	// Time is the wall-clock time for one file, and Stall how long its reader may
	// go without a sign that it gets on: a page, a row, a paragraph.
	Time  time.Duration
	Stall time.Duration
}

// DefaultLimits are the limits in force unless the configuration says
// otherwise.
func DefaultLimits() Limits {
	const mib = 1 << 20
	return Limits{
		InputBytes:    50 * mib,
		UnpackedBytes: 200 * mib,
		UnpackedRatio: 200,
		TextBytes:     20 * mib,
		Pages:         2000,
		MemoryBytes:   256 * mib,
		ProcessBytes:  448 * mib,
		Time:          60 * time.Second,
		Stall:         12 * time.Second,
	}
}

// bytesText writes a number of bytes for people: "1.5 MiB".
func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.4g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
