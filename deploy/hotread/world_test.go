package hotread

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// TestMain is also the main of the bare programs: they are this program again.
func TestMain(m *testing.M) {
	if kind := os.Getenv(envKind); kind != "" {
		if err := runReference(kind); err != nil {
			panic(err)
		}
		return
	}
	pgtest.Main(m)
}

// document is what the run finds its answer in.
const document = `# The lock at Aral

The lock at Aral was built between 1921 and 1926. It has a chamber of 120 metres, which
was cut into the rock by 400 workers.

The gates of the lock at Aral weigh 84 tonnes each. They were replaced in 1987, because the
steel of 1925 had rusted.
`

// world is the fleet with a run that has ended, and the bare programs beside it.
type world struct {
	site       *programtest.Site
	token, id  string
	references map[string]*programtest.Child
	addrs      map[string]string // of the references
}

func newWorld(tb testing.TB, own map[string]string) *world {
	tb.Helper()
	env := map[string]string{
		"RATE_LIMIT_READ": "1000000", // counted, and not reached
		"CONNECTORS":      "documents", "LOG_LEVEL": "INFO", "ACCESS_TOKEN_EXPIRE_MINUTES": "600",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + collector(tb),
		// The bare programs speak plain text, so the fleet has to.
		"TLS_CERT_FILE": "", "TLS_KEY_FILE": "", "TLS_CA_FILE": "", "TLS_CLIENT_AUTH": "none",
	}
	for name, value := range own {
		env[name] = value
	}
	fleet := programtest.New(tb, env)
	w := &world{site: fleet.Start(tb), references: map[string]*programtest.Child{}, addrs: map[string]string{}}
	w.run(tb)
	for _, kind := range []string{kindHTTP, kindGRPC} {
		w.refer(tb, kind)
	}
	return w
}

// run signs a user in and lets them ask a question that the library answers.
func (w *world) run(tb testing.TB) {
	tb.Helper()
	ctx := tb.Context()
	user := client.New(w.site.Base(), "")
	_, err := user.Register(ctx, strings.ToLower(rand.Text())+"@example.org", "correct horse battery staple", "Reader")
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "lock.md")
	require.NoError(tb, os.WriteFile(file, []byte(document), 0o600))
	uploaded, err := user.Upload(ctx, file, "")
	require.NoError(tb, err)
	_, err = user.AwaitDocument(ctx, uploaded.GetId())
	require.NoError(tb, err)
	a, err := user.Start(ctx, &analysisv1.StartAnalysisRequest{Question: "How was the lock at Aral built?"})
	require.NoError(tb, err)
	w.token, w.id = user.Token(), a.GetId()
	// Its end closes the stream.
	require.NoError(tb, user.Watch(ctx, w.id, 0, func(*analysisv1.Event) error { return nil }))
	a, err = user.Analysis(ctx, w.id)
	require.NoError(tb, err)
	require.Equal(tb, analysisv1.Analysis_COMPLETED, a.GetState(), "%v %v", a.GetError(), a.GetMissing())
}

// refer starts a bare program, on the same database as the fleet.
func (w *world) refer(tb testing.TB, kind string) {
	tb.Helper()
	w.addrs[kind] = programtest.FreeAddress(tb)
	child := programtest.Launch(tb, os.Args[0], map[string]string{
		envKind: kind, envAddr: w.addrs[kind], envDatabase: w.site.AdminURL + "&pool_max_conns=10", envKey: w.key(tb),
	})
	child.Await(tb, "listening", func() bool {
		conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", w.addrs[kind])
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
	w.references[kind] = child
}

// key returns the public key that the fleet's tokens are verified with.
func (w *world) key(tb testing.TB) string {
	tb.Helper()
	conn, err := grpc.NewClient(w.site.Addrs["AUTH_ADDR"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(tb, err)
	defer func() { require.NoError(tb, conn.Close()) }()
	keys, err := authv1.NewAuthServiceClient(conn).GetJwks(tb.Context(), &authv1.GetJwksRequest{})
	require.NoError(tb, err)
	require.NotEmpty(tb, keys.GetKeys())
	raw, err := base64.RawURLEncoding.DecodeString(keys.GetKeys()[0].GetX())
	require.NoError(tb, err)
	require.Len(tb, raw, ed25519.PublicKeySize)
	return base64.StdEncoding.EncodeToString(raw)
}

// collector takes traces and throws them away, so that the programs have all the work
// of sending them. Its address is returned.
func collector(tb testing.TB) string {
	tb.Helper()
	server := grpc.NewServer(grpc.MaxRecvMsgSize(64<<20), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		return stream.SendMsg(&emptypb.Empty{})
	}))
	lis, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(tb.Context()), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	go func() { _ = server.Serve(lis) }()
	tb.Cleanup(server.Stop)
	return lis.Addr().String()
}

// settle lets the programs come to rest after their start: workers look for jobs, pools
// open connections.
const settle = time.Second
