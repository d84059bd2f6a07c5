package fleet_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	email    = "me@example.org"
	password = "correct horse battery staple"
	question = "How does a heat pump work in cold weather?"
)

// config is the configuration of a fleet on free ports.
func config(t *testing.T, env map[string]string) fleet.Config {
	t.Helper()
	cfg, err := fleet.ConfigFromEnv(func(name string) string { return env[name] })
	require.NoError(t, err)
	cfg.UseFreePorts()
	cfg.Outside.Connectors = []string{"documents"} // a test asks nobody outside
	return cfg
}

// start runs a fleet; stop ends it in order and may be called once.
func start(t *testing.T, cfg fleet.Config) (f *fleet.Fleet, stop func()) {
	t.Helper()
	f, err := fleet.Open(t.Context(), cfg, http.NotFoundHandler())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return f, func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, f.Close())
	}
}

// research puts a document into the library and runs a question over it.
func research(t *testing.T, c *client.Client) *analysisv1.Analysis {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pumps.md")
	text := "# Heat pumps\n\nIn cold weather a heat pump works longer.\n\nThe heat pump draws more electricity in cold weather.\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	doc, err := c.Upload(t.Context(), file, "")
	require.NoError(t, err)
	_, err = c.AwaitDocument(t.Context(), doc.GetId())
	require.NoError(t, err)
	a, err := c.Start(t.Context(), &analysisv1.StartAnalysisRequest{Question: question})
	require.NoError(t, err)
	require.NoError(t, c.Watch(t.Context(), a.GetId(), 0, func(*analysisv1.Event) error { return nil }))
	a, err = c.Analysis(t.Context(), a.GetId())
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), a.GetError().GetMessage())
	return a
}

// The state directory alone carries everything over a restart: the database, the
// blobs and the secret. The server is the machine's own PostgreSQL here.
func TestFleet_StateSurvivesARestart(t *testing.T) {
	t.Parallel()
	skipWithoutPostgres(t)
	state := filepath.Join(t.TempDir(), "new", "state")
	cfg := config(t, map[string]string{"STATE_DIR": state})

	first, stop := start(t, cfg)
	c := client.New(first.URL(), "")
	_, err := c.Register(t.Context(), email, password, "Me")
	require.NoError(t, err)
	a := research(t, c)
	report := &strings.Builder{}
	require.NoError(t, c.Export(t.Context(), a.GetReportId(), "md", report))
	require.Equal(t, first.URL(), fleet.Running(t.Context(), state))
	stop()
	require.Empty(t, fleet.Running(t.Context(), state))

	second, stop := start(t, cfg)
	defer stop()
	require.NotEqual(t, first.URL(), second.URL())
	old := client.New(second.URL(), c.Token())
	_, err = old.Analysis(t.Context(), a.GetId())
	require.NoError(t, err, "a token of before the restart is still good: the signing key has survived")
	c = client.New(second.URL(), "")
	_, err = c.Login(t.Context(), email, password)
	require.NoError(t, err)
	again := &strings.Builder{}
	require.NoError(t, c.Export(t.Context(), a.GetReportId(), "md", again))
	require.Equal(t, report.String(), again.String())
	research(t, c)
	requirePrivate(t, state)
}

// requirePrivate checks that nobody else may read what lies in the state.
func requirePrivate(t *testing.T, state string) {
	t.Helper()
	info, err := os.Stat(state)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
	for _, name := range []string{"secret.key", "database.url", "fleet.url"} {
		info, err := os.Stat(filepath.Join(state, name))
		require.NoError(t, err, name)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), name)
	}
}

// skipWithoutPostgres skips a test of the private server where there is none.
func skipWithoutPostgres(t *testing.T) {
	t.Helper()
	pgtest.NewEmpty(t) // skips, and fails in CI
	if os.Getenv("DATABASE_URL") != "" {
		t.Skip("DATABASE_URL wins over a private server")
	}
}

func TestFleet_TwoOnOneStateAreRefused(t *testing.T) {
	t.Parallel()
	skipWithoutPostgres(t)
	cfg := config(t, map[string]string{"STATE_DIR": t.TempDir()})
	f, stop := start(t, cfg)
	defer stop()
	_, err := fleet.Open(t.Context(), cfg, nil)
	require.Error(t, err)
	require.Equal(t, f.URL(), fleet.Running(t.Context(), cfg.StateDir), "the one that runs must not be disturbed")
	_, err = client.New(f.URL(), "").Register(t.Context(), email, password, "Me")
	require.NoError(t, err)
}

func TestFleet_ServesOnEveryAddress(t *testing.T) {
	t.Parallel()
	cfg := config(t, map[string]string{"STATE_DIR": t.TempDir(), "DATABASE_URL": pgtest.NewEmpty(t)})
	f, stop := start(t, cfg)
	defer stop()
	seen := map[string]bool{}
	for name, addr := range f.Addresses() {
		_, port, err := net.SplitHostPort(addr)
		require.NoError(t, err)
		require.NotEqual(t, "0", port, name)
		require.False(t, seen[port])
		seen[port] = true
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		require.NoError(t, err, name)
		require.NoError(t, conn.Close())
	}
	require.Len(t, seen, 4)
	for url, want := range map[string]int{
		f.OpsURL() + "/healthz": 200, f.OpsURL() + "/readyz": 200, f.URL() + "/openapi.json": 200, f.URL() + "/healthz": 404,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, url)
	}
	require.NoError(t, f.Ready(t.Context()))
}

func TestOpen_WhatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, taken.Close()) })
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	tests := map[string]struct {
		change func(*fleet.Config)
		says   string
	}{
		"public address": {func(c *fleet.Config) { c.HTTPAddr = taken.Addr().String() }, "HTTP_ADDR"},
		"ops address":    {func(c *fleet.Config) { c.OpsAddr = taken.Addr().String() }, "OPS_ADDR"},
		"state":          {func(c *fleet.Config) { c.StateDir = filepath.Join(file, "state") }, "state directory"},
		"database":       {func(c *fleet.Config) { c.DatabaseURL = "postgres://u:hunter2@127.0.0.1:1/d" }, "PostgreSQL"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, map[string]string{"STATE_DIR": t.TempDir(), "DATABASE_URL": "postgres://127.0.0.1:1/none"})
			tc.change(&cfg)
			_, err := fleet.Open(t.Context(), cfg, nil)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestDatabase_OfAFleetThatRunsIsUsed(t *testing.T) {
	t.Parallel()
	skipWithoutPostgres(t)
	cfg := config(t, map[string]string{"STATE_DIR": t.TempDir()})
	seen := map[string]bool{}
	look := func(_ context.Context, databaseURL, blobURL string) error {
		seen[databaseURL] = true
		require.Equal(t, "file://"+filepath.Join(cfg.StateDir, "blobs"), blobURL)
		return nil
	}
	_, stop := start(t, cfg)
	require.NoError(t, fleet.Database(t.Context(), cfg, look))
	require.NoError(t, fleet.Database(t.Context(), cfg, look))
	require.Len(t, seen, 1)
	stop()
	require.NoFileExists(t, filepath.Join(cfg.StateDir, "database.url"))
	require.NoError(t, fleet.Database(t.Context(), cfg, look), "it is started for the while")
	require.NoFileExists(t, filepath.Join(cfg.StateDir, "database.url"))
}

// logs collects what is logged, from every goroutine.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// The logger is the process' own, so this test runs while no other does.
//
//nolint:paralleltest // see above
func TestFleet_LogsNoSecret(t *testing.T) {
	before, out := slog.Default(), &logs{}
	slog.SetDefault(telemetry.NewLogger(out, slog.LevelDebug))
	defer slog.SetDefault(before)
	state := t.TempDir()
	database := pgtest.NewEmpty(t)
	f, stop := start(t, config(t, map[string]string{"STATE_DIR": state, "DATABASE_URL": database}))
	c := client.New(f.URL(), "")
	session, err := c.Register(t.Context(), email, password, "Me")
	require.NoError(t, err)
	_, err = c.Login(t.Context(), email, "a wrong password, typed by mistake")
	require.Error(t, err)
	research(t, c)
	stop()

	key, err := os.ReadFile(filepath.Join(state, "secret.key"))
	require.NoError(t, err)
	text := out.text.String()
	require.Contains(t, text, `"level":"DEBUG"`)
	require.Contains(t, text, "/api/v1/auth/login")
	for what, secret := range map[string]string{
		"password": password, "wrong password": "typed by mistake", "access token": session.GetAccessToken(),
		"refresh token": session.GetRefreshToken(), "secret key": strings.TrimSpace(string(key)), "database": database, "question": question,
	} {
		require.NotContains(t, text, secret, what)
	}
}
