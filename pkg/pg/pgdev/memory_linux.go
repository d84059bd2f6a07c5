package pgdev

import (
	"os"
	"syscall"
)

// memoryFolder is Linux's file system in memory.
const memoryFolder = "/dev/shm"

// Limits of what makes memoryFolder usable: containers often have one of 64 MB.
const (
	tmpfsMagic  = 0x01021994 // statfs(2)
	memoryNeeds = 2 << 30    // bytes
)

// temporaryFolders lists where an ephemeral server may lie, best first: in
// memory, if there is enough of it, a test's database is made ten times faster
// than on a disk.
func temporaryFolders() []string {
	folders := []string{os.TempDir(), "/tmp", "/var/tmp"}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &stat); err != nil {
		return folders
	}
	if int64(stat.Type) != tmpfsMagic || int64(stat.Bavail)*int64(stat.Bsize) < memoryNeeds { //nolint:unconvert // the types differ by architecture
		return folders
	}
	return append([]string{memoryFolder}, folders...)
}
