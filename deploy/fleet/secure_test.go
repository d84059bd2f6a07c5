package fleet

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
)

func TestOnTheWire_MemoryIsPlainAndTheNetworkIsNot(t *testing.T) {
	t.Parallel()
	cfg := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	cfg.ClientAuth = tlsx.ClientAuthRequire
	secured, err := tlsx.Open(cfg)
	require.NoError(t, err)
	server := grpc.NewServer(grpc.Creds(onTheWire{secured.Server()}.Clone()))
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	pipe := bufconn.Listen(pipeBuffer)
	network, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	for _, lis := range []net.Listener{pipe, network} {
		go func() { _ = server.Serve(lis) }()
	}
	t.Cleanup(server.Stop)
	overMemory := func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }
	overNetwork := func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", network.Addr().String())
	}

	tests := map[string]struct {
		dial  func(context.Context, string) (net.Conn, error)
		creds credentials.TransportCredentials
		ok    bool
	}{
		"plain text in memory":            {overMemory, insecure.NewCredentials(), true},
		"plain text over the network":     {overNetwork, insecure.NewCredentials(), false},
		"a certificate, over the network": {overNetwork, secured.Client(), true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			conn, err := grpc.NewClient("passthrough:///127.0.0.1", grpc.WithTransportCredentials(tc.creds), grpc.WithContextDialer(tc.dial))
			require.NoError(t, err)
			defer conn.Close()
			_, err = grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
			require.Equal(t, tc.ok, err == nil, "%v", err)
		})
	}
}

func TestOpen_RefusesTLSThatCannotBe(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Config{TLS: tlsx.Config{CertFile: "tls.crt"}}, nil)
	require.ErrorContains(t, err, "TLS_KEY_FILE")
}
