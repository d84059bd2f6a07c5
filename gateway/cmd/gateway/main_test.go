package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// secret is the fleet's, for runs that get past reading it.
const secret = "the secret of a fleet in a test, no more"

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRun_HelpListsTheEnvironment(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--help"}, env(nil), &out, io.Discard))
	for _, name := range []string{"SECRET_KEY", "HTTP_ADDR", "OPS_ADDR", "AUTH_ADDR", "CORS_ORIGINS", "API_V1_STR", "TRUSTED_PROXIES", "PROJECT_NAME", "LOG_LEVEL", "TLS_CA_FILE"} {
		require.Contains(t, out.String(), name)
	}
	require.ErrorContains(t, run(t.Context(), []string{"serve"}, env(nil), &out, io.Discard), `"serve"`)
}

//nolint:paralleltest // run sets the process' logger
func TestRun_BadConfigurationNamesTheVariable(t *testing.T) {
	for name, value := range map[string]string{"API_V1_STR": "v1", "HTTP_ADDR": "nowhere", "SECRET_KEY": "short", "TLS_CA_FILE": "nowhere.crt"} {
		vars := map[string]string{"SECRET_KEY": secret}
		vars[name] = value
		require.ErrorContains(t, run(t.Context(), nil, env(vars), io.Discard, io.Discard), name)
	}
	require.ErrorContains(t, run(t.Context(), nil, env(nil), io.Discard, io.Discard), "SECRET_KEY is not set")
}

//nolint:paralleltest // run sets the process' logger
func TestRun_StopsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	vars := map[string]string{"SECRET_KEY": secret, "HTTP_ADDR": "127.0.0.1:0", "OPS_ADDR": "127.0.0.1:0"}
	require.NoError(t, run(ctx, nil, env(vars), io.Discard, io.Discard))
}
