package main

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

type runCommand struct{}

// Run runs the fleet until Ctrl-C.
func (*runCommand) Run(ctx context.Context, t terminal) (err error) {
	cfg, err := t.fleetConfig()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	tel, err := telemetry.Setup(ctx, "fleet", cfg.Telemetry, t.err)
	if err != nil {
		return err
	}
	defer func() {
		flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tel.Shutdown(flush) // traces that cannot be sent are lost, and only they
	}()
	f, err := fleet.Open(ctx, cfg, tel.Metrics())
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	welcome(t, f, cfg.StateDir)
	return f.Run(ctx)
}

// welcome says where everything is, and gives two lines to begin with.
func welcome(t terminal, f *fleet.Fleet, stateDir string) {
	fmt.Fprintf(t.out, `
Researcher Pro runs. Stop it with Ctrl-C.

  API            %[1]s/api/v1   its page: %[1]s/docs
  operations     %[2]s/readyz, /metrics
  state          %[3]s
`, f.URL(), f.OpsURL(), stateDir)
	addresses := f.Addresses()
	names := make([]string, 0, len(addresses))
	for name := range addresses {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(t.out, "  %-14s %s (gRPC)\n", name, addresses[name])
	}
	fmt.Fprintf(t.out, `
Make an account, then ask who you are:

  TOKEN=$(curl -s %[1]s/api/v1/auth/register -H 'Content-Type: application/json' -d '{"email":"me@example.org","password":"correct horse battery","displayName":"Me"}' | sed -E 's/.*"accessToken": ?"([^"]+)".*/\1/')
  curl -s %[1]s/api/v1/auth/me -H "Authorization: Bearer $TOKEN"

`, f.URL())
}

type configCommand struct{}

// Run prints the environment variables of the local mode.
func (*configCommand) Run(t terminal) error {
	_, err := fmt.Fprint(t.out, config.Table(&fleet.Config{}))
	return err
}
