package analysis_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/services/analysis"
)

// childEnv makes this test binary serve analysis instead of testing it: a test that
// kills the service needs one in a process of its own.
const childEnv = "ANALYSIS_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		if err := flag.Set("rapid.checks", checks); err != nil { // before the command line, which wins
			panic(err)
		}
		pgtest.Main(m)
	}
	if err := serveChild(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "analysis:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveChild is what cmd/analysis does.
func serveChild(ctx context.Context) error {
	var cfg analysis.Config
	return process.Main(ctx, process.Program{
		Name:      analysis.Name,
		Config:    &cfg,
		Telemetry: func() telemetry.Config { return cfg.Telemetry },
		Listen: func() process.Listen {
			return process.Listen{GRPC: cfg.GRPCAddr, Ops: cfg.OpsAddr, TLS: cfg.TLS}
		},
		New: func(ctx context.Context) (process.Service, error) { return analysis.Dial(ctx, cfg) },
	}, nil, os.Getenv, os.Stdout)
}
