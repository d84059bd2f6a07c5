package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/researcherpro/researcherpro/deploy/fleet"
)

type databaseCommand struct {
	Command []string `arg:"" passthrough:"" help:"The program with its arguments."`
}

// Run runs a program with the database of the local mode: for backups and
// maintenance. A database that does not run is started for the while.
func (c *databaseCommand) Run(ctx context.Context, t terminal) error {
	cfg, err := t.fleetConfig()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	args := c.Command
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return fmt.Errorf("%w: name the program to run", errUsage)
	}
	return fleet.Database(ctx, cfg, func(ctx context.Context, databaseURL, blobURL string) error {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // what the user asked for
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, t.out, t.err
		cmd.Env = append(os.Environ(), "DATABASE_URL="+databaseURL, "BLOB_URL="+blobURL, "STATE_DIR="+cfg.StateDir)
		err := cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return &programError{program: args[0], code: exit.ExitCode()}
		}
		return err
	})
}

// programError is the end of a program that failed. Its exit code becomes ours.
type programError struct {
	program string
	code    int // -1 if a signal ended it
}

// Error implements error.
func (e *programError) Error() string {
	return fmt.Sprintf("%s ended with exit code %d", e.program, e.code)
}
