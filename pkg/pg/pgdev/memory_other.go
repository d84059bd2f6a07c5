//go:build !linux

package pgdev

import "os"

// temporaryFolders lists where an ephemeral server may lie, best first.
func temporaryFolders() []string {
	return []string{os.TempDir(), "/tmp", "/var/tmp"}
}
