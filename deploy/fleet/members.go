package fleet

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/gateway"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/report"
	"github.com/researcherpro/researcherpro/services/research"
)

const (
	// pipeBuffer is the size of the memory between two services, in bytes.
	pipeBuffer = 1 << 20
	// workerID is the identity of this process' workers. There is one process to
	// a state directory, and after a crash the next one takes its jobs back.
	workerID = "local"
	// The numbers of jobs that run at once.
	researchWorkers = 4
	reportWorkers   = 2
	analysisWorkers = 32
	// answerCacheTTL is how long whole answers are given again, as analysis has it by
	// itself.
	answerCacheTTL = time.Hour
	// databaseConns is how many connections each service may hold, without those of its jobs.
	databaseConns = 12
)

// member is one service of the fleet with the two ways to reach it.
type member struct {
	name    string
	service process.Service
	server  *grpcserver.Server
	memory  *bufconn.Listener
	network net.Listener
}

// serve serves the member on both ways until ctx ends.
func (m *member) serve(ctx context.Context) error {
	if err := m.server.Serve(ctx, m.memory, m.network); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return nil
}

// assembly is the services while they are being put together.
type assembly struct {
	cfg     Config
	backing *backing
	secured *tlsx.TLS
	members []*member
	pipes   map[string]*bufconn.Listener
	conns   grpcclient.Conns
}

// newAssembly prepares the memory between the services: it is there before they
// are, so that they can be built in any order.
func newAssembly(cfg Config, b *backing, secured *tlsx.TLS) *assembly {
	a := &assembly{cfg: cfg, backing: b, secured: secured, pipes: map[string]*bufconn.Listener{}}
	for _, name := range services {
		a.pipes[name] = bufconn.Listen(pipeBuffer)
	}
	return a
}

// dial connects to a member over memory.
func (a *assembly) dial(name string, opts grpcclient.Options) (*grpc.ClientConn, error) {
	pipe := a.pipes[name]
	opts.Dial = append(opts.Dial, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return pipe.DialContext(ctx)
	}))
	conn, err := grpcclient.Dial("passthrough:///"+name, opts)
	if err != nil {
		return nil, err
	}
	a.conns = append(a.conns, conn)
	return conn, nil
}

// add makes a built service a member that also listens on an address.
func (a *assembly) add(ctx context.Context, name string, svc process.Service, addr string) error {
	m := &member{name: name, service: svc, memory: a.pipes[name]}
	a.members = append(a.members, m)
	opts := svc.Server()
	opts.Credentials = onTheWire{a.secured.Server()}
	var err error
	if m.server, err = grpcserver.New(opts); err != nil {
		return err
	}
	var lc net.ListenConfig
	m.network, err = lc.Listen(ctx, "tcp", addr)
	return err
}

// common is the part of the configuration that every service takes.
func (a *assembly) common(name string) process.Common {
	return process.Common{
		DatabaseURL: a.backing.databases[name], RedisURL: a.backing.redisURL, SecretKey: a.backing.state.secret,
		Algorithm: a.cfg.Algorithm, TokenMinutes: a.cfg.TokenMinutes, ProjectName: a.cfg.ProjectName,
		DatabaseConns: databaseConns, Telemetry: a.cfg.Telemetry,
	}
}

// identity is what the gateway knows callers with.
func (a *assembly) identity() identity.Config {
	common := a.common("gateway")
	return identity.Config{
		RedisURL: common.RedisURL, SecretKey: common.SecretKey, Algorithm: common.Algorithm, TokenLife: common.TokenLife(),
	}
}

// build builds all services.
func (a *assembly) build(ctx context.Context) error {
	toAuth, err := a.dial(auth.Name, grpcclient.Options{})
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *grpc.ClientConn) error{
		a.buildAuth, a.buildResearch, a.buildReport, a.buildAnalysis,
	} {
		if err := step(ctx, toAuth); err != nil {
			return err
		}
	}
	return nil
}

func (a *assembly) buildAuth(ctx context.Context, _ *grpc.ClientConn) error {
	svc, err := auth.New(ctx, auth.Config{
		Common: a.common(auth.Name), RefreshDays: auth.DefaultRefreshDays,
		KeyDays: auth.DefaultKeyDays, AuditDays: auth.DefaultAuditDays,
	})
	if err != nil {
		return err
	}
	return a.add(ctx, auth.Name, svc, a.cfg.AuthAddr)
}

func (a *assembly) buildResearch(ctx context.Context, toAuth *grpc.ClientConn) error {
	svc, err := research.New(ctx, research.Config{
		Common: a.common(research.Name), BlobURL: a.backing.blobURL, CacheDir: cacheDir(), WorkerID: workerID, Workers: researchWorkers,
		Outside: a.cfg.Outside, Children: a.cfg.Children,
	}, research.Peers{Auth: toAuth})
	if err != nil {
		return err
	}
	return a.add(ctx, research.Name, svc, a.cfg.ResearchAddr)
}

// cacheDir is where the user's programs keep what can be made again; empty when
// the user has no such place.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "researcher-pro")
}

func (a *assembly) buildReport(ctx context.Context, toAuth *grpc.ClientConn) error {
	svc, err := report.New(ctx, report.Config{
		Common: a.common(report.Name), BlobURL: a.backing.blobURL, WorkerID: workerID, Workers: reportWorkers,
	}, report.Peers{Auth: toAuth})
	if err != nil {
		return err
	}
	return a.add(ctx, report.Name, svc, a.cfg.ReportAddr)
}

func (a *assembly) buildAnalysis(ctx context.Context, toAuth *grpc.ClientConn) error {
	cfg := analysis.Config{
		Common: a.common(analysis.Name), Models: a.cfg.Models, WorkerID: workerID, Workers: analysisWorkers, AnswerCacheTTL: answerCacheTTL,
	}
	opts, err := analysis.ClientOptions(cfg)
	if err != nil {
		return err
	}
	toResearch, err := a.dial(research.Name, opts)
	if err != nil {
		return err
	}
	toReport, err := a.dial(report.Name, opts)
	if err != nil {
		return err
	}
	svc, err := analysis.New(ctx, cfg, analysis.Peers{Auth: toAuth, Research: toResearch, Report: toReport})
	if err != nil {
		return err
	}
	return a.add(ctx, analysis.Name, svc, a.cfg.AnalysisAddr)
}

// gatewayConns are the gateway's connections, made as its own program makes them.
func (a *assembly) gatewayConns() (gateway.Conns, error) {
	var conns gateway.Conns
	opts, err := gateway.ClientOptions(a.backing.state.secret)
	if err != nil {
		return conns, err
	}
	for name, conn := range map[string]*grpc.ClientConnInterface{
		auth.Name: &conns.Auth, research.Name: &conns.Research, analysis.Name: &conns.Analysis, report.Name: &conns.Report,
	} {
		opts.Peer = name
		c, err := a.dial(name, opts)
		if err != nil {
			return conns, err
		}
		*conn = c
	}
	return conns, nil
}

// Close gives back what the services hold.
func (a *assembly) Close() {
	for i := len(a.members) - 1; i >= 0; i-- {
		m := a.members[i]
		m.service.Close()
		if m.network != nil {
			_ = m.network.Close() // closed already if it was served
		}
	}
	a.conns.Close()
}
