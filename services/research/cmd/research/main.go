// Command research serves the research gRPC API until SIGINT or SIGTERM.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/services/research"
)

func main() {
	if research.ServeChild() {
		return
	}
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "research:", err)
		os.Exit(1) // the only exit in the program
	}
}

// run is main without the process: a test calls it with its own arguments,
// environment and output.
func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	cfg := research.Config{Children: true}
	return process.Main(ctx, process.Program{
		Name:      research.Name,
		Config:    &cfg,
		Telemetry: func() telemetry.Config { return cfg.Telemetry },
		Listen: func() process.Listen {
			return process.Listen{GRPC: cfg.GRPCAddr, Ops: cfg.OpsAddr, TLS: cfg.TLS}
		},
		Migrate: func(ctx context.Context) error { return research.Migrate(ctx, cfg) },
		New: func(ctx context.Context) (process.Service, error) {
			return research.Dial(ctx, cfg)
		},
	}, args, env, out)
}
