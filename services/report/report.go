// Package report is the service of reports: it composes them from the findings
// of an analysis and renders them. This file is its only door; everything else
// is internal.
package report

import (
	"context"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/proto/access"
	"github.com/researcherpro/researcherpro/proto/deletion"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/report/internal/server"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/migrations"
)

// Name is the service's name, and that of its schema.
const Name = "report"

// Config is the service's configuration.
type Config struct {
	process.Common

	GRPCAddr string `env:"GRPC_ADDR" envDefault:":9004" doc:"where the gRPC API listens"`
	OpsAddr  string `env:"OPS_ADDR" envDefault:":9104" doc:"where /healthz, /readyz and /metrics listen"`
	AuthAddr string `env:"AUTH_ADDR" envDefault:"localhost:9001" doc:"where the auth service is, for its public keys and about deleted workspaces"`
}

// Peers are the services that this one calls.
type Peers struct {
	Auth grpc.ClientConnInterface
}

// Service is the report service, built and ready to run.
type Service struct {
	resources *process.Resources
	purger    *tenancy.Purger
	server    *server.Server
	closers   process.Closers
}

// Migrate brings the service's schema up to date.
func Migrate(ctx context.Context, cfg Config) error {
	return process.Migrate(ctx, Name, cfg.DatabaseURL, migrations.FS)
}

// Dial is New with connections to the peers of the configuration.
func Dial(ctx context.Context, cfg Config) (*Service, error) {
	secured, err := tlsx.Open(cfg.TLS)
	if err != nil {
		return nil, err
	}
	toAuth := grpcclient.Options{Credentials: secured.Client()}
	conns, err := grpcclient.DialAll(grpcclient.Peer{Addr: cfg.AuthAddr, Options: toAuth})
	if err != nil {
		return nil, err
	}
	svc, err := New(ctx, cfg, Peers{Auth: conns[0]})
	if err != nil {
		conns.Close()
		return nil, err
	}
	svc.closers.Add(conns.Close)
	return svc, nil
}

// New opens what the service needs and builds it. It starts nothing.
func New(ctx context.Context, cfg Config, peers Peers) (_ *Service, err error) {
	svc := &Service{}
	defer func() {
		if err != nil {
			svc.Close()
		}
	}()
	svc.resources, err = process.Open(ctx, Name, cfg.Common, migrations.FS, identityOf(peers.Auth))
	if err != nil {
		return nil, err
	}
	svc.closers.Add(svc.resources.Close)
	svc.purger = tenancy.New(svc.resources.DB, svc.resources.Redis, svc.resources.Minter, tenancy.Config{
		Service: Name, Auth: deletion.New(peers.Auth),
	})
	svc.server, err = server.New(store.New(svc.resources.DB))
	return svc, err
}

// Server says what the service serves.
func (s *Service) Server() grpcserver.Options {
	return grpcserver.Options{
		Name: Name, Verifier: s.resources.Verifier, Policy: authn.PolicyOf(access.Rule), Ready: s.resources.Ready,
		Register: func(r grpc.ServiceRegistrar) { reportv1.RegisterReportServiceServer(r, s.server) },
	}
}

// Run deletes what workspaces leave behind that are deleted, until ctx ends.
func (s *Service) Run(ctx context.Context) error { return s.purger.Run(ctx) }

// Close gives back what the service holds.
func (s *Service) Close() { s.closers.Close() }

// identityOf returns where the service learns who its callers are.
func identityOf(conn grpc.ClientConnInterface) process.Identity {
	auth := authv1.NewAuthServiceClient(conn)
	return process.Identity{
		Keys: jwks.New(auth),
		Directory: authn.NewDirectory(func(ctx context.Context) (*authv1.Caller, error) {
			return auth.GetCaller(ctx, &authv1.GetCallerRequest{})
		}),
	}
}
