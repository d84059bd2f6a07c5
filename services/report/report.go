// Package report is the service of reports: it composes them from the findings
// of an analysis and renders them. This file is its only door; everything else
// is internal.
package report

import (
	"context"

	"github.com/riverqueue/river"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/audit/auditjob"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/proto/access"
	"github.com/researcherpro/researcherpro/proto/auditevent"
	"github.com/researcherpro/researcherpro/proto/deletion"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/server"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/migrations"
)

// Name is the service's name, and that of its schema.
const Name = "report"

// area is where in the blob store rendered reports lie, apart from what research keeps.
const area = "reports"

// Config is the service's configuration.
type Config struct {
	process.Common

	GRPCAddr string `env:"GRPC_ADDR" envDefault:":9004" doc:"where the gRPC API listens"`
	OpsAddr  string `env:"OPS_ADDR" envDefault:":9104" doc:"where /healthz, /readyz and /metrics listen"`
	BlobURL  string `env:"BLOB_URL,required" doc:"where rendered reports are kept: file:///folder or s3://bucket; what others keep there is left alone"`
	Workers  int    `env:"WORKERS" envDefault:"2" doc:"how many reports are rendered at once"`
	AuthAddr string `env:"AUTH_ADDR" envDefault:"localhost:9001" doc:"where the auth service is, for its public keys, its audit log, and about deleted workspaces"`
	WorkerID string `env:"WORKER_ID" doc:"identity of this replica, with which it takes its jobs back after a crash; the host name when unset"`
}

// Peers are the services that this one calls.
type Peers struct {
	Auth grpc.ClientConnInterface
}

// Service is the report service, built and ready to run.
type Service struct {
	resources *process.Resources
	purger    *tenancy.Purger
	jobs      *jobs.Client
	audit     *auditjob.Sink
	register  func(grpc.ServiceRegistrar)
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
	blobs, err := blobstore.OpenArea(ctx, cfg.BlobURL, area)
	if err != nil {
		return nil, err
	}
	svc.closers.Add(func() { _ = blobs.Close() })
	return svc, svc.build(ctx, cfg, peers, blobs)
}

// build puts the parts together.
func (s *Service) build(ctx context.Context, cfg Config, peers Peers, blobs *blobstore.Store) (err error) {
	rows := store.New(s.resources.DB)
	catalog, err := server.NewCatalog(rows)
	if err != nil {
		return err
	}
	editor := server.NewEditor(rows, catalog)
	workers := river.NewWorkers()
	river.AddWorker(workers, auditjob.NewWorker(s.resources.Minter, toAuth(peers.Auth)))
	(&renderings.Worker{Store: rows, Blobs: blobs, Documents: editor}).Register(workers)
	if s.jobs, err = s.resources.Jobs(ctx, cfg.WorkerID, cfg.Workers, workers); err != nil {
		return err
	}
	if s.audit, err = auditjob.NewSink(s.resources.DB, s.jobs); err != nil {
		return err
	}
	s.purger = tenancy.New(s.resources.DB, s.resources.Redis, s.resources.Minter, tenancy.Config{
		Service: Name, Auth: deletion.New(peers.Auth), Jobs: s.jobs, Blobs: blobs,
	})
	files := renderings.New(rows, blobs, s.jobs)
	reports := server.NewReports(server.Deps{Store: rows, Editor: editor, Files: files, Jobs: s.jobs})
	templates := server.NewTemplates(rows, catalog, editor)
	shares := server.NewShares(rows, editor, files)
	s.register = func(r grpc.ServiceRegistrar) {
		reportv1.RegisterReportServiceServer(r, reports)
		reportv1.RegisterTemplateServiceServer(r, templates)
		reportv1.RegisterShareServiceServer(r, shares)
	}
	return nil
}

// Server says what the service serves.
func (s *Service) Server() grpcserver.Options {
	return grpcserver.Options{
		Name: Name, Verifier: s.resources.Verifier, Policy: authn.PolicyOf(access.Rule), Audit: s.audit, Ready: s.resources.Ready,
		Register: s.register,
	}
}

// Run works jobs, and deletes what workspaces leave behind that are deleted, until
// ctx ends.
func (s *Service) Run(ctx context.Context) error {
	return process.Together(ctx, s.purger.Run, func(ctx context.Context) error { return process.RunJobs(ctx, s.jobs) })
}

// Close gives back what the service holds.
func (s *Service) Close() { s.closers.Close() }

// identityOf returns where the service learns who its callers are.
func identityOf(conn grpc.ClientConnInterface) identity.Sources {
	auth := authv1.NewAuthServiceClient(conn)
	return identity.Sources{
		Keys: jwks.New(auth),
		Directory: authn.NewDirectory(func(ctx context.Context) (*authv1.Caller, error) {
			return auth.GetCaller(ctx, &authv1.GetCallerRequest{})
		}),
	}
}

// toAuth returns how audit events get into the log that auth keeps.
func toAuth(conn grpc.ClientConnInterface) auditjob.Send {
	auth := authv1.NewAuditServiceClient(conn)
	return func(ctx context.Context, e audit.Event) error { return auditevent.Send(ctx, auth, auditevent.Event(e)) }
}
