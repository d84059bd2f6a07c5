package main

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestRun_HelpListsTheEnvironment(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--help"}, env(nil), &out, io.Discard))
	for _, name := range []string{"SECRET_KEY", "REDIS_URL", "ALGORITHM", "HTTP_ADDR", "OPS_ADDR", "AUTH_ADDR", "CORS_ORIGINS", "API_V1_STR", "TRUSTED_PROXIES", "PROJECT_NAME", "LOG_LEVEL", "TLS_CA_FILE"} {
		require.Contains(t, out.String(), name)
	}
	require.ErrorContains(t, run(t.Context(), []string{"serve"}, env(nil), &out, io.Discard), `"serve"`)
}

// minimal is the least environment with which the gateway runs.
func minimal(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"SECRET_KEY": authntest.Secret, "REDIS_URL": redistest.URL(t), "HTTP_ADDR": "127.0.0.1:0", "OPS_ADDR": "127.0.0.1:0",
	}
}

//nolint:paralleltest // run sets the process' logger
func TestRun_BadConfigurationNamesTheVariable(t *testing.T) {
	for name, value := range map[string]string{
		"API_V1_STR": "v1", "HTTP_ADDR": "nowhere", "SECRET_KEY": "short", "REDIS_URL": "redis", "ALGORITHM": "none", "TLS_CA_FILE": "nowhere.crt",
	} {
		vars := minimal(t)
		vars[name] = value
		require.ErrorContains(t, run(t.Context(), nil, env(vars), io.Discard, io.Discard), name)
	}
	for _, name := range []string{"SECRET_KEY", "REDIS_URL"} {
		vars := minimal(t)
		delete(vars, name)
		require.ErrorContains(t, run(t.Context(), nil, env(vars), io.Discard, io.Discard), name+" is not set")
	}
}

//nolint:paralleltest // run sets the process' logger
func TestRun_StopsCleanly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, nil, env(minimal(t)), io.Discard, io.Discard))
}
