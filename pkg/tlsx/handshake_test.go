package tlsx_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
)

// open opens a configuration that is right.
func open(t *testing.T, cfg tlsx.Config) *tlsx.TLS {
	t.Helper()
	secured, err := tlsx.Open(cfg)
	require.NoError(t, err)
	return secured
}

// witness tells what the server thought of each caller. A caller that is refused
// may only find its connection closed, before it could read why.
type witness struct {
	credentials.TransportCredentials
	verdicts chan error
}

// ServerHandshake implements credentials.TransportCredentials.
func (w witness) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := w.TransportCredentials.ServerHandshake(conn)
	select {
	case w.verdicts <- err:
	default: // a caller that tries again; the first verdict is enough
	}
	return secured, info, err
}

// serve serves gRPC on a loopback port and returns its address as "localhost:port".
func serve(t *testing.T, creds credentials.TransportCredentials) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "localhost:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.Creds(creds))
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(lis) }()
	t.Cleanup(server.Stop)
	_, port, err := net.SplitHostPort(lis.Addr().String())
	require.NoError(t, err)
	return net.JoinHostPort("localhost", port)
}

// dial returns a connection that is not made yet.
func dial(t *testing.T, addr string, creds credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(creds))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// call makes one call and returns how the peer showed itself.
func call(ctx context.Context, conn *grpc.ClientConn) (*tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var p peer.Peer
	_, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Peer(&p))
	if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
		return &info.State, err
	}
	return nil, err
}

func TestHandshake_OnlyBetweenThoseWhoMayMeet(t *testing.T) {
	t.Parallel()
	ca, stranger := tlsxtest.NewCA(t), tlsxtest.NewCA(t)
	good := ca.Issue(t, t.TempDir(), "localhost", later())
	expired := ca.Issue(t, t.TempDir(), "localhost", time.Now().Add(-time.Minute))
	elsewhere := ca.Issue(t, t.TempDir(), "elsewhere", later())
	strange := stranger.Issue(t, t.TempDir(), "localhost", later())
	mutual := change(good, func(c *tlsx.Config) { c.ClientAuth = "require" })
	nameless := tlsx.Config{CAFile: good.CAFile}
	trusting := func(c *tlsx.Config) { c.CAFile = good.CAFile } // of our CA, with a certificate of its own

	tests := map[string]struct {
		server, client tlsx.Config
		caller         string // what the caller says against it, in part
		host           string // what the server says against it, in part
	}{
		"our CA":                              {good, nameless, "", ""},
		"our CA, both sides":                  {mutual, good, "", ""},
		"a caller may be of another name":     {mutual, elsewhere, "", ""},
		"a server of another CA":              {strange, nameless, "certificate signed by unknown authority", ""},
		"a server of another name":            {elsewhere, nameless, "not localhost", ""},
		"a server that expired":               {expired, nameless, "has expired", ""},
		"a caller without a certificate":      {mutual, nameless, "", "didn't provide a certificate"},
		"a caller of another CA":              {mutual, change(strange, trusting), "", "unknown authority"},
		"a caller that expired":               {mutual, change(expired, trusting), "", "has expired"},
		"a plain-text caller":                 {good, tlsx.Config{}, "", "first record does not look like a TLS handshake"},
		"a caller with TLS to plain text":     {tlsx.Config{}, nameless, "first record does not look like a TLS handshake", ""},
		"a plain-text caller to mutual TLS":   {mutual, tlsx.Config{}, "", "first record does not look like a TLS handshake"},
		"plain text on both sides is allowed": {tlsx.Config{}, tlsx.Config{}, "", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := witness{open(t, tc.server).Server(), make(chan error, 1)}
			_, err := call(t.Context(), dial(t, serve(t, seen), open(t, tc.client).Client()))
			if tc.caller == "" && tc.host == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, codes.Unavailable, status.Code(err))
			require.ErrorContains(t, err, tc.caller)
			if tc.host != "" {
				require.ErrorContains(t, <-seen.verdicts, tc.host)
			}
		})
	}
}

func TestHandshake_AnOlderTLSIsRefusedByEitherSide(t *testing.T) {
	t.Parallel()
	cfg := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "localhost", later())
	pair, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
	require.NoError(t, err)
	old := &tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}

	t.Run("server", func(t *testing.T) {
		t.Parallel()
		seen := witness{open(t, cfg).Server(), make(chan error, 1)}
		_, err := call(t.Context(), dial(t, serve(t, seen), credentials.NewTLS(old.Clone())))
		require.Equal(t, codes.Unavailable, status.Code(err))
		require.ErrorContains(t, <-seen.verdicts, "unsupported versions")
	})
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		addr := serve(t, credentials.NewTLS(old.Clone()))
		_, err := call(t.Context(), dial(t, addr, open(t, cfg).Client()))
		require.ErrorContains(t, err, "protocol version")
	})
}

func TestHandshake_IsTLS13(t *testing.T) {
	t.Parallel()
	cfg := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "localhost", later())
	state, err := call(t.Context(), dial(t, serve(t, open(t, cfg).Server()), open(t, cfg).Client()))
	require.NoError(t, err)
	require.Equal(t, uint16(tls.VersionTLS13), state.Version)
}

func TestNil_IsPlainText(t *testing.T) {
	t.Parallel()
	var none *tlsx.TLS
	_, err := call(t.Context(), dial(t, serve(t, none.Server()), insecure.NewCredentials()))
	require.NoError(t, err)
	_, err = call(t.Context(), dial(t, serve(t, insecure.NewCredentials()), none.Client()))
	require.NoError(t, err)
}
