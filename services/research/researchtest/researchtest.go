// Package researchtest serves the research service in a test: the real server
// with all its interceptors and its workers, on a real PostgreSQL of its own,
// without a port.
//
// The test binary needs: func TestMain(m *testing.M) { pgtest.Main(m) }
package researchtest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

// Fixture is a served research service, which ends with its test.
type Fixture struct {
	Documents researchv1.DocumentServiceClient
	Research  researchv1.ResearchServiceClient

	// Conn is the connection behind the clients.
	Conn *grpc.ClientConn
	// Config is what the service was started with.
	Config research.Config
	// Auth is the auth service that it asks.
	Auth *Auth
	// Blobs is the folder of the blob store.
	Blobs string
	// Stop ends the service before its test does; it may be called twice.
	Stop func()
}

// Config returns a configuration with a database, a Redis and a blob store of
// the test's own.
func Config(t testing.TB) research.Config {
	t.Helper()
	return research.Config{
		Common: process.Common{
			DatabaseURL:   pgtest.URL(t, migrations.FS),
			RedisURL:      redistest.URL(t),
			SecretKey:     authntest.Secret,
			Algorithm:     authn.HS256,
			TokenMinutes:  30,
			DatabaseConns: 6,
		},
		BlobURL:  "file://" + filepath.ToSlash(t.TempDir()),
		WorkerID: "worker-" + uuid.NewString(),
		Workers:  4,
		CacheDir: cacheDir(),
		// Tests that ask others say where they stand.
		Outside: research.Outside{Connectors: []string{"documents"}, Timeout: 10 * time.Second, Collect: time.Minute},
	}
}

// cacheDir is where the compiled PDF engine is kept from one run to the next, as
// the Go tool keeps what it compiles.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil { // no home
		dir = os.TempDir()
	}
	return filepath.Join(dir, "researcher-pro", "pdf-engine")
}

// Serve serves a new research service. change edits its configuration, if any.
func Serve(t testing.TB, change ...func(*research.Config)) *Fixture {
	t.Helper()
	cfg := Config(t)
	for _, c := range change {
		c(&cfg)
	}
	return Replica(t, cfg)
}

// Replica serves one more research service with a configuration that others may
// have, too: the same database, the same blobs. Give it a WorkerID of its own.
func Replica(t testing.TB, cfg research.Config) *Fixture {
	t.Helper()
	return ReplicaAsking(t, cfg, &Auth{})
}

// ReplicaAsking is Replica with an auth service that knows something.
func ReplicaAsking(t testing.TB, cfg research.Config, auth *Auth) *Fixture {
	t.Helper()
	return serve(t, cfg, auth, (*research.Service).Run)
}

// API is Replica without workers: what is queued waits for another one.
func API(t testing.TB, cfg research.Config) *Fixture {
	t.Helper()
	return serve(t, cfg, &Auth{}, func(*research.Service, context.Context) error { return nil })
}

// serve serves a service and runs work until it is stopped.
func serve(t testing.TB, cfg research.Config, auth *Auth, work func(*research.Service, context.Context) error) *Fixture {
	t.Helper()
	svc, err := research.New(t.Context(), cfg, research.Peers{Auth: auth}) // HS256 asks nobody for keys
	require.NoError(t, err)
	server, err := grpcserver.New(svc.Server())
	require.NoError(t, err)

	lis := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served, worked := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(ctx, lis) }()
	go func() { worked <- work(svc, ctx) }()

	conn, err := grpcclient.Dial("passthrough:///research", grpcclient.Options{
		Dial: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return lis.DialContext(ctx)
		})},
	})
	require.NoError(t, err)
	stop := sync.OnceFunc(func() {
		_ = conn.Close()
		cancel()
		if err := errors.Join(<-served, <-worked); err != nil {
			t.Errorf("serve research: %v", err)
		}
		svc.Close()
	})
	t.Cleanup(stop)
	return &Fixture{
		Documents: researchv1.NewDocumentServiceClient(conn),
		Research:  researchv1.NewResearchServiceClient(conn),
		Conn:      conn, Config: cfg, Auth: auth, Blobs: cfg.BlobURL[len("file://"):], Stop: stop,
	}
}

// User returns the context of the calls of a new user, who is alone in a new
// workspace and may do everything with its documents and research.
func User(t testing.TB) context.Context {
	t.Helper()
	return As(t, authntest.Caller(t, authn.RoleResearcher))
}

// As returns the context of a user's calls.
func As(t testing.TB, c authn.Caller) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+authntest.Token(t, c))
}
