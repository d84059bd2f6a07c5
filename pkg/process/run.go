package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/heap"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// Service is one service of the fleet, built and ready to run.
type Service interface {
	// Server says what it serves.
	Server() grpcserver.Options
	// Run does the work in the background, until ctx ends.
	Run(ctx context.Context) error
	// Close gives back what the service holds. Called once, after Run.
	Close()
}

// Listen is where a process listens, and how.
type Listen struct {
	// GRPC is the address of the gRPC server.
	GRPC string
	// Ops is the address of the operations HTTP server.
	Ops string
	// TLS secures the gRPC server. The operations server stays plain: probes and
	// Prometheus ask it, and it says nothing about users.
	TLS tlsx.Config
}

// Program is a service as its main sees it.
type Program struct {
	// Name is the program's name.
	Name string
	// Config points to the configuration that Load fills.
	Config any
	// Telemetry returns that part of the loaded configuration.
	Telemetry func() telemetry.Config
	// Listen returns the addresses of the loaded configuration.
	Listen func() Listen
	// New builds the service from the loaded configuration.
	New func(context.Context) (Service, error)
	// Migrate brings the schema up to date.
	Migrate func(context.Context) error
	// Commands are what the program does besides, by the argument that asks for it.
	Commands map[string]Command
}

// Command does one thing with the loaded configuration and returns; out is for what
// it has to say.
type Command func(ctx context.Context, out io.Writer) error

// arguments lists what may be given to the program.
func (p Program) arguments() []string {
	return append([]string{"migrate"}, slices.Sorted(maps.Keys(p.Commands))...)
}

// Main runs the program with its arguments: none serves until SIGINT or
// SIGTERM, "migrate" migrates and returns, as do the program's own commands, and
// "--help" prints what it takes.
func Main(ctx context.Context, p Program, args []string, env func(string) string, out io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()

	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "--help", "-h", "help":
		_, err := fmt.Fprintf(out, "usage: %s [%s]\n\nEnvironment:\n%s", p.Name, strings.Join(p.arguments(), "|"), config.Table(p.Config))
		return err
	case "", "migrate":
	default:
		if p.Commands[command] == nil {
			return fmt.Errorf("unknown argument %q: it takes none, or %s", command, strings.Join(p.arguments(), ", "))
		}
	}
	if err := config.Load(p.Config, env); err != nil {
		return err
	}
	if command == "migrate" {
		return p.Migrate(ctx)
	}
	if run := p.Commands[command]; run != nil {
		return run(ctx, out)
	}
	return serve(ctx, p, out)
}

func serve(ctx context.Context, p Program, out io.Writer) (err error) {
	heap.Floor()
	tel, err := telemetry.Setup(ctx, p.Name, p.Telemetry(), out)
	if err != nil {
		return err
	}
	defer func() {
		flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, tel.Shutdown(flush))
	}()
	svc, err := p.New(ctx)
	if err != nil {
		return err
	}
	defer svc.Close()
	return Serve(ctx, svc, p.Listen(), tel.Metrics())
}

// Serve runs a built service on its addresses until ctx ends, then stops it in
// order: readiness off, calls drained, jobs stopped.
func Serve(ctx context.Context, svc Service, at Listen, metrics http.Handler) error {
	secured, err := tlsx.Open(at.TLS)
	if err != nil {
		return err
	}
	opts := svc.Server()
	opts.Credentials = secured.Server()
	server, err := grpcserver.New(opts)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	grpcLis, err := lc.Listen(ctx, "tcp", at.GRPC)
	if err != nil {
		return err
	}
	opsLis, err := lc.Listen(ctx, "tcp", at.Ops)
	if err != nil {
		return errors.Join(err, grpcLis.Close())
	}
	slog.InfoContext(ctx, "serving", "grpc", grpcLis.Addr().String(), "ops", opsLis.Addr().String())

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, grpcLis) })
	group.Go(func() error {
		return grpcserver.ServeHTTP(ctx, opsLis, grpcserver.OpsHandler(server.Health, metrics))
	})
	group.Go(func() error { return svc.Run(ctx) })
	return group.Wait()
}
