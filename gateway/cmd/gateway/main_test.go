package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRun_HelpListsTheEnvironment(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--help"}, env(nil), &out, io.Discard))
	for _, name := range []string{"HTTP_ADDR", "OPS_ADDR", "AUTH_ADDR", "CORS_ORIGINS", "API_V1_STR", "TRUSTED_PROXIES", "PROJECT_NAME", "LOG_LEVEL", "TLS_CA_FILE"} {
		require.Contains(t, out.String(), name)
	}
	require.ErrorContains(t, run(t.Context(), []string{"serve"}, env(nil), &out, io.Discard), `"serve"`)
}

//nolint:paralleltest // run sets the process' logger
func TestRun_BadConfigurationNamesTheVariable(t *testing.T) {
	err := run(t.Context(), nil, env(map[string]string{"API_V1_STR": "v1"}), io.Discard, io.Discard)
	require.ErrorContains(t, err, "API_V1_STR")
	err = run(t.Context(), nil, env(map[string]string{"HTTP_ADDR": "nowhere"}), io.Discard, io.Discard)
	require.ErrorContains(t, err, "HTTP_ADDR")
	err = run(t.Context(), nil, env(map[string]string{"TLS_CA_FILE": "nowhere.crt"}), io.Discard, io.Discard)
	require.EqualError(t, err, "set up TLS: TLS_CA_FILE cannot be read: no such file or directory")
}

//nolint:paralleltest // run sets the process' logger
func TestRun_StopsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	vars := map[string]string{"HTTP_ADDR": "127.0.0.1:0", "OPS_ADDR": "127.0.0.1:0"}
	require.NoError(t, run(ctx, nil, env(vars), io.Discard, io.Discard))
}
