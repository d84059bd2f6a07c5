// Package research is the evidence service: the document library, the
// connectors, and the collection of ranked evidence for a question. This file
// is its only door; everything else is internal.
package research

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
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/recheck"
	"github.com/researcherpro/researcherpro/services/research/internal/server"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

// Name is the service's name, and that of its schema.
const Name = "research"

// Config is the service's configuration.
type Config struct {
	process.Common

	GRPCAddr string `env:"GRPC_ADDR" envDefault:":9002" doc:"where the gRPC API listens"`
	OpsAddr  string `env:"OPS_ADDR" envDefault:":9102" doc:"where /healthz, /readyz and /metrics listen"`
	AuthAddr string `env:"AUTH_ADDR" envDefault:"localhost:9001" doc:"where the auth service is, for its public keys, its audit log, and about deleted workspaces"`
	BlobURL  string `env:"BLOB_URL,required" doc:"where originals and snapshots are kept: file:///folder or s3://bucket"`
	CacheDir string `env:"CACHE_DIR" doc:"folder where the compiled PDF engine is kept between starts; nothing is kept when unset"`
	Outside  Outside
	WorkerID string `env:"WORKER_ID" doc:"identity of this replica, with which it takes its jobs back after a crash; the host name when unset"`
	// Children says that files are read in child processes of this program, whose
	// main then calls ServeChild first.
	Children bool
	Workers  int `env:"WORKERS" envDefault:"4" doc:"how many documents are read at once, how many pages, and how many collections are planned and ranked"`
}

// Peers are the services that this one calls.
type Peers struct {
	Auth grpc.ClientConnInterface
}

// Service is the research service, built and ready to run.
type Service struct {
	peers     Peers
	resources *process.Resources
	jobs      *jobs.Client
	purger    *tenancy.Purger
	audit     *auditjob.Sink
	register  func(grpc.ServiceRegistrar)
	closers   process.Closers
}

// ServeChild reads files for the process that started this one for it, and returns
// true when there are no more; in any other process it returns false at once. A
// program with Config.Children calls it first.
func ServeChild() bool { return extract.ServeChild() }

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
	svc := &Service{peers: peers}
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
	bytes, err := blobstore.Open(ctx, cfg.BlobURL)
	if err != nil {
		return nil, err
	}
	svc.closers.Add(func() { _ = bytes.Close() })
	extractor := extract.New(extract.Config{CacheDir: cfg.CacheDir, Sandbox: cfg.Children})
	svc.closers.Add(func() { _ = extractor.Close() })
	if err := svc.build(ctx, cfg, bytes, extractor); err != nil {
		return nil, err
	}
	return svc, nil
}

// parts are what the service is put together from.
type parts struct {
	rows       *store.Store
	blobs      *blobs.Blobs
	library    *library.Library
	settings   *settings.Cache
	keys       credentials
	pages      *web.Reader
	places     places
	connectors *connector.Set
}

// prepare makes the parts.
func (s *Service) prepare(ctx context.Context, cfg Config, bytes *blobstore.Store) (p parts, err error) {
	p.rows = store.New(s.resources.DB)
	p.blobs = blobs.New(bytes, p.rows)
	p.library = library.New(p.rows)
	p.settings = settings.New(s.peers.Auth, s.resources.Minter)
	p.keys = credentials{workspaces: p.settings, operator: cfg.Outside.Keys.byProvider()}
	if p.places, err = cfg.Outside.open(ctx, s.resources.Redis); err != nil {
		return p, err
	}
	s.closers.Add(p.places.fetcher.Close)
	p.pages = web.New(p.places.fetcher, p.settings, p.rows, p.blobs)
	p.connectors, err = p.places.connectors(cfg.Outside, p.library, p.rows, p.settings)
	return p, err
}

// build puts the parts together.
func (s *Service) build(ctx context.Context, cfg Config, bytes *blobstore.Store, extractor *extract.Extractor) error {
	p, err := s.prepare(ctx, cfg, bytes)
	if err != nil {
		return err
	}
	meaning, err := cfg.Outside.meaning(p, s.resources.Redis)
	if err != nil {
		return err
	}
	workers := river.NewWorkers()
	addLibrary(workers, p.rows, p.blobs, extractor)
	river.AddWorker(workers, auditjob.NewWorker(s.resources.Minter, toAuth(s.peers.Auth)))
	again := recheck.New(recheck.Deps{
		Store: p.rows, Blobs: p.blobs, Connectors: p.connectors, Credentials: p.keys, Pages: p.pages, Extractor: extractor,
	})
	collect.New(collect.Deps{
		Store: p.rows, Blobs: p.blobs, Connectors: p.connectors, Credentials: p.keys, Pages: p.pages, Extractor: extractor,
		Semantic: meaning, Addresses: addresses(), Timeout: cfg.Outside.Collect,
	}).Register(workers)
	if err := s.startJobs(ctx, cfg, workers); err != nil {
		return err
	}
	p.blobs.Foretell(sweepLater(p.rows, s.jobs))
	s.purger = tenancy.New(s.resources.DB, s.resources.Redis, s.resources.Minter, tenancy.Config{
		Service: Name, Auth: deletion.New(s.peers.Auth), Jobs: s.jobs, Blobs: bytes, Forget: p.library.Forget,
	})
	documents := server.NewDocuments(server.Parts{
		Store: p.rows, Jobs: s.jobs, Blobs: p.blobs, Library: p.library, Settings: p.settings, Reader: addressReader{p.pages},
	})
	research := server.NewResearch(server.ResearchDeps{
		Store: p.rows, Jobs: s.jobs, Blobs: p.blobs, Connectors: p.connectors, Credentials: p.keys, Health: p.places.client,
		Timeout: cfg.Outside.Collect, Rechecker: again,
	})
	s.register = func(r grpc.ServiceRegistrar) {
		researchv1.RegisterDocumentServiceServer(r, documents)
		researchv1.RegisterResearchServiceServer(r, research)
	}
	return nil
}

// askers is how many requests to outside APIs one process has under way: they
// wait, they do not work.
const askers = 32

// startJobs makes the client of the jobs with its queues.
func (s *Service) startJobs(ctx context.Context, cfg Config, workers *river.Workers) (err error) {
	if s.jobs, err = s.resources.Jobs(ctx, cfg.WorkerID, cfg.Workers, workers); err != nil {
		return err
	}
	for queue, most := range map[string]int{
		collect.QueueCollect: cfg.Workers, collect.QueueAsk: askers, collect.QueueRead: 2 * cfg.Workers,
	} {
		if err := s.jobs.Queues().Add(queue, river.QueueConfig{MaxWorkers: most}); err != nil {
			return err
		}
	}
	s.audit, err = auditjob.NewSink(s.resources.DB, s.jobs)
	return err
}

// Server says what the service serves.
func (s *Service) Server() grpcserver.Options {
	return grpcserver.Options{
		Name: Name, Verifier: s.resources.Verifier, Policy: authn.PolicyOf(access.Rule),
		Audit: s.audit, Ready: s.resources.Ready, Register: s.register,
	}
}

// Run works jobs, and deletes what workspaces leave behind that are deleted, until
// ctx ends.
func (s *Service) Run(ctx context.Context) error {
	work := func(ctx context.Context) error { return process.RunJobs(ctx, s.jobs) }
	return process.Together(ctx, work, s.purger.Run)
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
