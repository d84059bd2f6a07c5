package tenancy

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// running is a fleet that runs for a test.
type running struct {
	url    string                      // of the REST API
	conns  map[string]*grpc.ClientConn // of the gRPC APIs, by service
	admin  string                      // URL of the database's administrator
	secret []byte                      // the fleet's secret
}

// startFleet runs the fleet in this process until the test ends. Tokens are
// signed with the shared secret, so that a test can make bad ones.
func startFleet(t *testing.T) *running {
	t.Helper()
	r := &running{admin: pgtest.NewEmpty(t), secret: []byte(rand.Text() + rand.Text()), conns: map[string]*grpc.ClientConn{}}
	own := map[string]string{
		"STATE_DIR": t.TempDir(), "DATABASE_URL": r.admin, "REDIS_URL": redistest.URL(t), "CONNECTORS": "documents,urls",
		"SECRET_KEY": string(r.secret), "ALGORITHM": authn.HS256,
	}
	cfg, err := fleet.ConfigFromEnv(func(name string) string { return own[name] })
	require.NoError(t, err)
	cfg.UseFreePorts()
	f, err := fleet.Open(t.Context(), cfg, nil)
	require.NoError(t, err)
	// The test's context ends before the cleanups run, and with it the fleet.
	ended := make(chan error, 1)
	go func() { ended <- f.Run(t.Context()) }()
	t.Cleanup(func() {
		require.NoError(t, <-ended)
		require.NoError(t, f.Close())
	})
	r.url = f.URL()
	for name, addr := range f.Addresses() {
		// Not our own client: what a service answers is looked at as it is.
		conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		r.conns[name] = conn
	}
	return r
}

// conn returns the connection to the service that serves a method:
// researcherpro.research.v1 is served by research.
func (r *running) conn(t *testing.T, method protoreflect.MethodDescriptor) *grpc.ClientConn {
	t.Helper()
	name := strings.Split(string(method.ParentFile().Package()), ".")[1]
	require.Contains(t, r.conns, name, "who serves %s?", method.FullName())
	return r.conns[name]
}
