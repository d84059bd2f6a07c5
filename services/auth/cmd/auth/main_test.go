package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
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
		"REFRESH_TOKEN_EXPIRE_DAYS", "GRPC_ADDR", "OPS_ADDR",
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

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	logs, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, lookup(env), out)
		_ = out.Close()
		ended <- err
	}()

	conn, err := grpcclient.Dial(servingAt(t, logs), grpcclient.Options{})
	require.NoError(t, err)
	defer conn.Close()
	keys, err := authv1.NewAuthServiceClient(conn).GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Len(t, keys.GetKeys(), 1)

	stop()
	require.NoError(t, <-ended)
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
