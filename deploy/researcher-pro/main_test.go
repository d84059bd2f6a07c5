package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research"
)

func TestMain(m *testing.M) {
	if research.ServeChild() { // the fleets of the tests read files in children, too
		return
	}
	pgtest.Main(m)
}

// screen collects what a command prints, from whichever goroutine.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// String returns what was printed so far.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// desk is a user at a terminal, with an environment of their own.
type desk struct {
	env map[string]string
}

// newDesk has a state directory and an empty database.
func newDesk(t *testing.T) desk {
	t.Helper()
	return desk{env: map[string]string{"STATE_DIR": t.TempDir(), "DATABASE_URL": pgtest.NewEmpty(t), "HTTP_ADDR": "127.0.0.1:0", "CONNECTORS": "documents,urls"}}
}

// run runs a command line and returns what it printed.
func (d desk) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return d.runUntil(t.Context(), args...)
}

func (d desk) runUntil(ctx context.Context, args ...string) (string, error) {
	out := &screen{}
	err := run(ctx, args, terminal{out: out, err: out, env: func(name string) string { return d.env[name] }})
	return out.String(), err
}

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return dir
}

// The library of the tests, and what is asked of it.
const winterQuestion = "How does a heat pump work in cold weather?"

func winterLibrary() map[string]string {
	return map[string]string{
		"pumps.md": "# Heat pumps\n\nIn cold weather the efficiency of a heat pump falls,\nbecause the air outside holds less heat.\n\n" +
			"## Ice\n\nBelow five degrees, ice forms on the outdoor coil of a heat pump.\n",
		"more/grid.txt": "A heat pump in cold weather uses more electricity than on a mild day. The heat pump works longer when the weather is cold.\n",
		"house.html":    "<html><body><h1>The house</h1><p>In cold weather a heat pump works best with large radiators.</p></body></html>",
		".hidden.md":    "In cold weather a heat pump works with magic.",
		"broken.pdf":    "%PDF-1.7\nthis is not one",
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want int
	}{
		"usage":                        {fmt.Errorf("%w: no such folder", errUsage), 2},
		"no evidence":                  {errors.Join(errNoEvidence, nil), 3},
		"anything else":                {errors.New("the disk is full"), 1},
		"a program's own":              {fmt.Errorf("run: %w", &programError{program: "pg_dump", code: 7}), 7},
		"a program ended by a signal":  {&programError{program: "pg_dump", code: -1}, 1},
		"no evidence, and not cleaned": {errors.Join(errNoEvidence, errors.New("cannot remove")), 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, exitCode(tc.err))
		})
	}
}

func TestRun_WhatIsNotUnderstoodIsUsage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		env  map[string]string
		says string
	}{
		"no command":            {nil, nil, "expected one of"},
		"unknown command":       {[]string{"dance"}, nil, "dance"},
		"unknown flag":          {[]string{"demo", "--speed"}, nil, "--speed"},
		"unknown format":        {[]string{"export", "a1", "--format", "ps"}, nil, "format"},
		"missing folder":        {[]string{"demo", "--docs", "/no/such/folder"}, nil, "/no/such/folder is not a folder"},
		"a file as the folder":  {[]string{"ingest", "main.go"}, nil, "main.go is not a folder"},
		"a server and no token": {[]string{"ask", "Why?", "--server", "http://127.0.0.1:1"}, nil, "--token"},
		"malformed environment": {[]string{"run"}, map[string]string{"ACCESS_TOKEN_EXPIRE_MINUTES": "soon"}, "ACCESS_TOKEN_EXPIRE_MINUTES is malformed"},
		"nothing to run":        {[]string{"with-database", "--"}, map[string]string{"STATE_DIR": "/nowhere"}, "program"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := desk{env: tc.env}.run(t, tc.args...)
			require.ErrorIs(t, err, errUsage)
			require.ErrorContains(t, err, tc.says)
			require.Equal(t, 2, exitCode(err))
		})
	}
}

func TestRun_HelpIsNoFailure(t *testing.T) {
	t.Parallel()
	out, err := desk{}.run(t, "--help")
	require.NoError(t, err)
	for _, command := range []string{"demo", "run", "ask", "ingest", "watch", "export", "with-database", "config"} {
		require.Contains(t, out, command)
	}
	out, err = desk{}.run(t, "config")
	require.NoError(t, err)
	require.Contains(t, out, "STATE_DIR")
}

// plain makes each run of white space one space.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }
