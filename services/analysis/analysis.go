// Package analysis is the service of the runs as users see them: plan, collect,
// analyse, check, report, and the event log that tells of every step. This file
// is its only door; everything else is internal.
package analysis

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/audit/auditjob"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
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
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/analysis/internal/converse"
	"github.com/researcherpro/researcherpro/services/analysis/internal/reverify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/server"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

// Name is the service's name, and that of its schema.
const Name = "analysis"

// Config is the service's configuration.
type Config struct {
	process.Common
	Models Models

	GRPCAddr     string `env:"GRPC_ADDR" envDefault:":9003" doc:"where the gRPC API listens"`
	OpsAddr      string `env:"OPS_ADDR" envDefault:":9103" doc:"where /healthz, /readyz and /metrics listen"`
	AuthAddr     string `env:"AUTH_ADDR" envDefault:"localhost:9001" doc:"where the auth service is, for its public keys, its audit log, and about deleted workspaces"`
	ResearchAddr string `env:"RESEARCH_ADDR" envDefault:"localhost:9002" doc:"where the research service is"`
	ReportAddr   string `env:"REPORT_ADDR" envDefault:"localhost:9004" doc:"where the report service is"`
	WorkerID     string `env:"WORKER_ID" doc:"identity of this replica, with which it takes its jobs back after a crash; the host name when unset"`
	Workers      int    `env:"WORKERS" envDefault:"32" doc:"how many steps run at once; most of the time a step waits for others"`
	// AnswerCacheTTL is about whole answers; calls of models are remembered for themselves.
	AnswerCacheTTL time.Duration `env:"ANSWER_CACHE_TTL" envDefault:"1h" doc:"how long the answer of a run is given to who asks the same, as long as the library has not changed; 0 is never"`
}

// Peers are connections to the services that this one calls. Those to research
// and report are made with ClientOptions, so that calls carry an identity.
type Peers struct {
	Auth, Research, Report grpc.ClientConnInterface
}

// Service is the analysis service, built and ready to run.
type Service struct {
	resources *process.Resources
	log       *eventlog.Log
	jobs      *jobs.Client
	purger    *tenancy.Purger
	audit     *auditjob.Sink
	server    *server.Server
	usage     *server.Usage
	talk      *server.Conversations
	closers   process.Closers
}

// Migrate brings the service's schema up to date.
func Migrate(ctx context.Context, cfg Config) error {
	return process.Migrate(ctx, Name, cfg.DatabaseURL, migrations.FS)
}

// ClientOptions are how this service calls research and report: as itself, for
// the workspace and the user of the run.
func ClientOptions(cfg Config) (grpcclient.Options, error) {
	minter, err := authn.NewMinter([]byte(cfg.SecretKey), Name)
	return grpcclient.Options{
		Minter: minter,
		// Reads, and writes that are idempotent by their request.
		Idempotent: []string{
			"researcherpro.research.v1.ResearchService/GetResearch",
			"researcherpro.research.v1.ResearchService/CreateResearch",
			"researcherpro.research.v1.ResearchService/ExtendResearch",
			"researcherpro.research.v1.ResearchService/ListConnectors",
			"researcherpro.research.v1.ResearchService/RecheckSource",
			"researcherpro.research.v1.ResearchService/ListSources",
			"researcherpro.research.v1.ResearchService/ListEvidence",
			"researcherpro.report.v1.TemplateService/GetTemplate",
			"researcherpro.report.v1.ReportService/GetReport",
			"researcherpro.report.v1.ReportService/ComposeReport",
		},
	}, err
}

// Dial is New with connections to the peers of the configuration.
func Dial(ctx context.Context, cfg Config) (_ *Service, err error) {
	secured, err := tlsx.Open(cfg.TLS)
	if err != nil {
		return nil, err
	}
	opts, err := ClientOptions(cfg)
	if err != nil {
		return nil, err
	}
	opts.Credentials = secured.Client()
	conns, err := grpcclient.DialAll(
		grpcclient.Peer{Addr: cfg.AuthAddr, Options: grpcclient.Options{Credentials: opts.Credentials}},
		grpcclient.Peer{Addr: cfg.ResearchAddr, Options: opts},
		grpcclient.Peer{Addr: cfg.ReportAddr, Options: opts},
	)
	if err != nil {
		return nil, err
	}
	svc, err := New(ctx, cfg, Peers{Auth: conns[0], Research: conns[1], Report: conns[2]})
	if err != nil {
		conns.Close()
		return nil, err
	}
	svc.closers.Add(conns.Close)
	return svc, nil
}

// New opens what the service needs and builds it. It starts nothing but the
// listener for wake-ups, which Close ends.
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
	svc.log = eventlog.Open(context.WithoutCancel(ctx), svc.resources.DB, svc.resources.Redis, eventlog.Options{Topic: Name})
	svc.closers.Add(svc.log.Close)

	rows := store.New(svc.resources.DB)
	models, err := openModels(cfg.Models, svc.resources, peers.Auth, rows)
	if err != nil {
		return nil, err
	}
	research := researchv1.NewResearchServiceClient(peers.Research)
	report := reportv1.NewReportServiceClient(peers.Report)

	workers := river.NewWorkers()
	river.AddWorker(workers, run.NewWorker(run.Deps{
		Store: rows, Log: svc.log, Engines: models.engines, Plain: models.plain, Callers: models.maker, Book: models.book,
		Peers: run.Peers{Research: research, Report: report},
	}))
	river.AddWorker(workers, reverify.NewWorker(rows, research))
	river.AddWorker(workers, auditjob.NewWorker(svc.resources.Minter, toAuth(peers.Auth)))
	if svc.jobs, err = svc.resources.Jobs(ctx, cfg.WorkerID, cfg.Workers, workers); err != nil {
		return nil, err
	}
	if err := svc.jobs.Queues().Add(reverify.Queue, river.QueueConfig{MaxWorkers: reverify.AtOnce}); err != nil {
		return nil, err
	}
	svc.purger = tenancy.New(svc.resources.DB, svc.resources.Redis, svc.resources.Minter, tenancy.Config{
		Service: Name, Auth: deletion.New(peers.Auth), Jobs: svc.jobs, Blobs: models.maker,
	})
	if svc.audit, err = auditjob.NewSink(svc.resources.DB, svc.jobs); err != nil {
		return nil, err
	}
	svc.usage = server.NewUsage(rows, models.book)
	svc.server = server.New(server.Deps{
		Store: rows, Log: svc.log, Jobs: svc.jobs, Engines: models.engines, Plain: models.plain,
		Settings: models.settings, Models: models.servers, Prices: models.book, AnswerTTL: cfg.AnswerCacheTTL,
		Research: research, Report: report, Templates: reportv1.NewTemplateServiceClient(peers.Report),
	})
	svc.talk = server.NewConversations(rows, converse.New(converse.Deps{
		Store: rows, Research: research, Callers: models.maker, Ledger: models.book, Routes: svc.server,
	}))
	return svc, nil
}

// Server says what the service serves.
func (s *Service) Server() grpcserver.Options {
	return grpcserver.Options{
		Name: Name, Verifier: s.resources.Verifier, Policy: authn.PolicyOf(access.Rule), Audit: s.audit, Ready: s.resources.Ready,
		Register: func(r grpc.ServiceRegistrar) {
			analysisv1.RegisterAnalysisServiceServer(r, s.server)
			analysisv1.RegisterConversationServiceServer(r, s.talk)
			analysisv1.RegisterUsageServiceServer(r, s.usage)
			analysisv1.RegisterClaimServiceServer(r, server.Claims{})
		},
	}
}

// Run does the steps of runs, and deletes what workspaces leave behind that are
// deleted, until ctx ends.
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
