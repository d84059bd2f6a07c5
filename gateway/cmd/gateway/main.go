// Command gateway serves the fleet's public HTTP API until SIGINT or SIGTERM.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/gateway"
	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/heap"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// settings is the whole environment of the program.
type settings struct {
	gateway.Config
	Telemetry telemetry.Config
	TLS       tlsx.Config // to the services; the public API's TLS ends in front of the gateway

	RedisURL     string `env:"REDIS_URL,required" doc:"Redis, which says what sessions have ended: redis://…" secret:"true"`
	SecretKey    string `env:"SECRET_KEY,required" doc:"secret of the fleet, the same for every service; at least 32 bytes" secret:"true"`
	Algorithm    string `env:"ALGORITHM" envDefault:"EdDSA" doc:"how access tokens are signed: EdDSA, or HS256 with SECRET_KEY"`
	HTTPAddr     string `env:"HTTP_ADDR" envDefault:":8080" doc:"address of the public HTTP API"`
	OpsAddr      string `env:"OPS_ADDR" envDefault:":9100" doc:"address of /healthz, /readyz and /metrics"`
	AuthAddr     string `env:"AUTH_ADDR" envDefault:"localhost:9001" doc:"where auth is"`
	ResearchAddr string `env:"RESEARCH_ADDR" envDefault:"localhost:9002" doc:"where research is"`
	AnalysisAddr string `env:"ANALYSIS_ADDR" envDefault:"localhost:9003" doc:"where analysis is"`
	ReportAddr   string `env:"REPORT_ADDR" envDefault:"localhost:9004" doc:"where report is"`
}

// identity is the part of the environment that knows callers.
func (s settings) identity() identity.Config {
	return identity.Config{RedisURL: s.RedisURL, SecretKey: s.SecretKey, Algorithm: s.Algorithm}
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1) // the only exit in the program
	}
}

// run is main without the process: a test calls it with its own context,
// environment and output.
func run(ctx context.Context, args []string, env func(string) string, out, logs io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var cfg settings
	if len(args) > 0 {
		return help(args, &cfg, out)
	}
	if err := config.Load(&cfg, env); err != nil {
		return err
	}
	heap.Floor()
	tel, err := telemetry.Setup(ctx, "gateway", cfg.Telemetry, logs)
	if err != nil {
		return err
	}
	defer shutdown(ctx, tel)
	conns, closeConns, err := dial(cfg)
	if err != nil {
		return err
	}
	defer closeConns()
	who, err := gateway.OpenIdentity(ctx, cfg.identity(), conns.Auth)
	if err != nil {
		return err
	}
	defer who.Close()
	g, err := gateway.New(ctx, cfg.Config, gateway.Backend{Conns: conns, Callers: who.Verifier, Redis: who.Redis})
	if err != nil {
		return err
	}
	defer g.Close()
	return serve(ctx, cfg, g, tel)
}

// help answers the only arguments there are.
func help(args []string, cfg *settings, out io.Writer) error {
	if len(args) != 1 || (args[0] != "--help" && args[0] != "-h") {
		return fmt.Errorf("unknown argument %q; there is --help", args[0])
	}
	_, err := fmt.Fprintf(out, "gateway serves the public HTTP API of Researcher Pro.\n\nEnvironment:\n%s", config.Table(cfg))
	return err
}

// dial prepares the connections to the services.
func dial(cfg settings) (gateway.Conns, func(), error) {
	secured, err := tlsx.Open(cfg.TLS)
	if err != nil {
		return gateway.Conns{}, nil, err
	}
	opts, err := gateway.ClientOptions(cfg.SecretKey)
	if err != nil {
		return gateway.Conns{}, nil, err
	}
	opts.Credentials = secured.Client()
	var open []*grpc.ClientConn
	closeAll := func() {
		for _, conn := range open {
			_ = conn.Close() // it only fails when it is closed already
		}
	}
	for _, peer := range []struct{ name, addr string }{
		{"auth", cfg.AuthAddr}, {"research", cfg.ResearchAddr}, {"analysis", cfg.AnalysisAddr}, {"report", cfg.ReportAddr},
	} {
		opts.Peer = peer.name
		conn, err := grpcclient.Dial(peer.addr, opts)
		if err != nil {
			closeAll()
			return gateway.Conns{}, nil, err
		}
		open = append(open, conn)
	}
	return gateway.Conns{Auth: open[0], Research: open[1], Analysis: open[2], Report: open[3]}, closeAll, nil
}

// serve listens on both ports until ctx ends or one of them breaks.
func serve(ctx context.Context, cfg settings, g *gateway.Gateway, tel *telemetry.Telemetry) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	public, err := listen(ctx, "HTTP_ADDR", cfg.HTTPAddr)
	if err != nil {
		return err
	}
	ops, err := listen(ctx, "OPS_ADDR", cfg.OpsAddr)
	if err != nil {
		_ = public.Close()
		return err
	}
	parts := []func() error{
		func() error { return grpcserver.ServeHTTP(ctx, g.Listener(public), g.Handler()) },
		func() error { return grpcserver.ServeHTTP(ctx, ops, grpcserver.OpsHandler(g.Ready, tel.Metrics())) },
		func() error { return g.Run(ctx) },
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part() }()
	}
	var first error
	for range parts {
		if err := <-ended; err != nil && first == nil {
			first = err
		}
		cancel() // one that ends takes the others along
	}
	return first
}

func listen(ctx context.Context, variable, addr string) (net.Listener, error) {
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return lis, nil
}

// shutdown sends what telemetry still holds.
func shutdown(ctx context.Context, tel *telemetry.Telemetry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = tel.Shutdown(ctx) // nobody is left to tell
}
