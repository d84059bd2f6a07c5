//go:build !linux

package programtest

import "os/exec"

// startWithParent has no means here: a test that is killed leaves its children.
func startWithParent(cmd *exec.Cmd) error { return cmd.Start() }
