// Command auth serves the auth gRPC API until SIGINT or SIGTERM. "auth migrate" brings
// its schema up to date, "auth rotate-keys" makes a new signing key.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/services/auth"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "auth:", err)
		os.Exit(1) // the only exit in the program
	}
}

// run is main without the process: a test calls it with its own arguments,
// environment and output.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	var cfg auth.Config
	return process.Main(ctx, process.Program{
		Name:      auth.Name,
		Config:    &cfg,
		Telemetry: func() telemetry.Config { return cfg.Telemetry },
		Listen: func() process.Listen {
			return process.Listen{GRPC: cfg.GRPCAddr, Ops: cfg.OpsAddr, TLS: cfg.TLS}
		},
		Migrate: func(ctx context.Context) error { return auth.Migrate(ctx, cfg) },
		Commands: map[string]process.Command{
			"rotate-keys": func(ctx context.Context, out io.Writer) error { return auth.RotateKeys(ctx, cfg, out) },
		},
		New: func(ctx context.Context) (process.Service, error) {
			return auth.New(ctx, cfg)
		},
	}, args, env, out)
}
