package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/credentials"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
	"github.com/researcherpro/researcherpro/pkg/tlsx/tlsxtest"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// environment is what the program gets, with a database, a schema and a role as
// in production.
func environment(t *testing.T) map[string]string {
	t.Helper()
	urls, err := pgdev.Provision(t.Context(), pgtest.NewEmpty(t), []string{auth.Name}, func(string) string { return "password" })
	require.NoError(t, err)
	return map[string]string{
		"DATABASE_URL": urls[auth.Name],
		"REDIS_URL":    redistest.URL(t),
		"SECRET_KEY":   "the secret of a fleet in a test, no more",
		"GRPC_ADDR":    "127.0.0.1:0",
		"OPS_ADDR":     "127.0.0.1:0",
	}
}

// lookup makes an environment of a map.
func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

func TestRun_HelpPrintsEveryVariable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--help"}, lookup(nil), &out))
	for _, name := range []string{
		"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALGORITHM", "ACCESS_TOKEN_EXPIRE_MINUTES",
		"REFRESH_TOKEN_EXPIRE_DAYS", "KEY_ROTATION_DAYS", "GRPC_ADDR", "OPS_ADDR", "[migrate|rotate-keys]",
		"TLS_CERT_FILE", "TLS_KEY_FILE", "TLS_CA_FILE", "TLS_CLIENT_AUTH",
	} {
		require.Contains(t, out.String(), name)
	}
}

func TestRun_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), nil, lookup(nil), io.Discard)
	require.ErrorContains(t, err, "DATABASE_URL")
	require.ErrorContains(t, err, "SECRET_KEY")
	require.ErrorContains(t, run(t.Context(), []string{"frobnicate"}, lookup(nil), io.Discard), "frobnicate")
}

//nolint:paralleltest // the program sets the logger of the process
func TestRun_MigratesThenServesUntilItIsStopped(t *testing.T) {
	env := environment(t)
	require.Error(t, run(t.Context(), nil, lookup(env), io.Discard), "without migrations it does not start")
	require.NoError(t, run(t.Context(), []string{"migrate"}, lookup(env), io.Discard))
	require.NoError(t, run(t.Context(), []string{"migrate"}, lookup(env), io.Discard), "again changes nothing")

	addr, stop := start(t, env)
	require.NoError(t, askForKeys(t, addr, nil))
	stop()
}

//nolint:paralleltest // the program sets the logger of the process
func TestRun_ServesMutualTLSAsConfigured(t *testing.T) {
	env := environment(t)
	require.NoError(t, run(t.Context(), []string{"migrate"}, lookup(env), io.Discard))
	cfg := tlsxtest.NewCA(t).Issue(t, t.TempDir(), "127.0.0.1", time.Now().Add(time.Hour))
	env["TLS_CERT_FILE"], env["TLS_CA_FILE"], env["TLS_CLIENT_AUTH"] = cfg.CertFile, cfg.CAFile, "require"
	require.ErrorContains(t, run(t.Context(), nil, lookup(env), io.Discard), "TLS_KEY_FILE")
	env["TLS_KEY_FILE"] = cfg.KeyFile

	addr, stop := start(t, env)
	secured, err := tlsx.Open(cfg)
	require.NoError(t, err)
	require.NoError(t, askForKeys(t, addr, secured.Client()))
	require.ErrorIs(t, askForKeys(t, addr, nil), errs.Unavailable, "plain text")
	nameless, err := tlsx.Open(tlsx.Config{CAFile: cfg.CAFile})
	require.NoError(t, err)
	require.ErrorIs(t, askForKeys(t, addr, nameless.Client()), errs.Unavailable, "no certificate")
	stop()
}

// start runs the program and returns where it serves gRPC, and what stops it.
func start(t *testing.T, env map[string]string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	logs, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, lookup(env), out)
		_ = out.Close()
		ended <- err
	}()
	return servingAt(t, logs), func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

// askForKeys makes one call over a connection with these credentials.
func askForKeys(t *testing.T, addr string, creds credentials.TransportCredentials) error {
	t.Helper()
	conn, err := grpcclient.Dial("passthrough:///"+addr, grpcclient.Options{Credentials: creds})
	require.NoError(t, err)
	defer conn.Close()
	keys, err := authv1.NewAuthServiceClient(conn).GetJwks(t.Context(), &authv1.GetJwksRequest{})
	if err == nil {
		require.Len(t, keys.GetKeys(), 1)
	}
	return err
}

func TestRun_RotateKeysMakesOneAndSaysWhenItSigns(t *testing.T) {
	t.Parallel()
	env := environment(t)
	require.NoError(t, run(t.Context(), []string{"migrate"}, lookup(env), io.Discard))
	for _, says := range []string{"signs in 1m40s", "nothing was changed"} {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), []string{"rotate-keys"}, lookup(env), &out))
		require.Contains(t, out.String(), says)
	}

	env["SECRET_KEY"] = "not the secret that sealed the signing key"
	require.ErrorContains(t, run(t.Context(), []string{"rotate-keys"}, lookup(env), io.Discard), "SECRET_KEY")
	env["ALGORITHM"] = "HS256"
	require.ErrorContains(t, run(t.Context(), []string{"rotate-keys"}, lookup(env), io.Discard), "there are no signing keys")
}

// servingAt reads the log until it says where the gRPC API listens.
func servingAt(t *testing.T, logs io.Reader) string {
	t.Helper()
	lines := json.NewDecoder(logs)
	for {
		var line struct{ Msg, GRPC string }
		require.NoError(t, lines.Decode(&line), "the program ended before it served")
		if line.Msg == "serving" {
			_, _, err := net.SplitHostPort(line.GRPC)
			require.NoError(t, err)
			go func() { _, _ = io.Copy(io.Discard, logs) }() // or the program would block on its log
			return line.GRPC
		}
	}
}
