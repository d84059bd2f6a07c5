package gateway

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
)

// healths are four services that say whether they can work, and a gateway.
func healths(t *testing.T) (*Gateway, map[string]*health.Server) {
	t.Helper()
	say, conns := map[string]*health.Server{}, map[string]*grpc.ClientConn{}
	for _, name := range []string{"auth", "research", "analysis", "report"} {
		lis, srv := bufconn.Listen(1<<16), grpc.NewServer()
		say[name] = health.NewServer()
		healthpb.RegisterHealthServer(srv, say[name])
		go func() { _ = srv.Serve(lis) }()
		conn, err := grpcclient.Dial("passthrough:///"+name, grpcclient.Options{Peer: name, Dial: []grpc.DialOption{
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }),
		}})
		require.NoError(t, err)
		conns[name] = conn
		t.Cleanup(func() {
			_ = conn.Close()
			srv.Stop()
		})
	}
	g, err := New(context.WithoutCancel(t.Context()), Config{}, Backend{
		Conns: Conns{conns["auth"], conns["research"], conns["analysis"], conns["report"]}, Callers: newFakeTokens(),
	})
	require.NoError(t, err)
	t.Cleanup(g.Close)
	return g, say
}

// set lets services work or not.
func set(services map[string]*health.Server, status healthpb.HealthCheckResponse_ServingStatus, names ...string) {
	for _, name := range names {
		services[name].SetServingStatus("", status)
	}
}

func TestReady_GoesOnWithoutSome(t *testing.T) {
	t.Parallel()
	const away, back = healthpb.HealthCheckResponse_NOT_SERVING, healthpb.HealthCheckResponse_SERVING
	g, services := healths(t)
	require.NoError(t, g.Ready(t.Context()))

	set(services, away, "report", "auth")
	var degraded *grpcserver.Degraded
	require.ErrorAs(t, g.Ready(t.Context()), &degraded)
	require.Equal(t, []string{"auth", "report"}, degraded.Missing, "whom tokens stand for is known by now")

	set(services, away, "research", "analysis")
	err := g.Ready(t.Context())
	require.NotErrorAs(t, err, &degraded, "nothing is left")
	require.ErrorContains(t, err, "analysis: NOT_SERVING")

	set(services, back, "research")
	require.ErrorAs(t, g.Ready(t.Context()), &degraded)
	require.Equal(t, "without analysis, auth, report", degraded.Error())

	set(services, back, "auth", "report", "analysis")
	require.NoError(t, g.Ready(t.Context()))
	g.Close()
	require.ErrorIs(t, g.Ready(t.Context()), errClosing)
}

func TestReady_NotBeforeAuthWasThere(t *testing.T) {
	t.Parallel()
	g, services := healths(t)
	set(services, healthpb.HealthCheckResponse_NOT_SERVING, "auth")
	err := g.Ready(t.Context())
	require.ErrorIs(t, err, errKeys)
	require.ErrorContains(t, err, "auth: NOT_SERVING")
	set(services, healthpb.HealthCheckResponse_SERVING, "auth")
	require.NoError(t, g.Ready(t.Context()))
	set(services, healthpb.HealthCheckResponse_NOT_SERVING, "auth")
	require.ErrorContains(t, g.Ready(t.Context()), "without auth")
}
