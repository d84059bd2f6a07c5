package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/fleet"
)

// started runs `researcher-pro run` at the desk until the test ends.
func started(t *testing.T, d desk) {
	t.Helper()
	ended := make(chan error, 1)
	out := &screen{}
	go func() {
		ended <- run(t.Context(), []string{"run"}, terminal{out: out, err: out, env: func(name string) string { return d.env[name] }})
	}()
	t.Cleanup(func() {
		require.NoError(t, <-ended, "Ctrl-C is no failure: %s", out)
		require.Empty(t, fleet.Running(context.WithoutCancel(t.Context()), d.env["STATE_DIR"]))
	})
	require.Eventually(t, func() bool { return fleet.Running(t.Context(), d.env["STATE_DIR"]) != "" }, time.Minute, 50*time.Millisecond)
	require.Contains(t, out.String(), "Stop it with Ctrl-C")
	require.Contains(t, out.String(), "/docs")
	require.Contains(t, out.String(), "curl -s "+fleet.Running(t.Context(), d.env["STATE_DIR"])+"/api/v1/auth/register")
}

func TestCommands_UseTheFleetThatRuns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	started(t, d)

	printed, err := d.run(t, "ingest", folder(t, winterLibrary()), "--collection", "winter")
	require.NoError(t, err)
	require.Contains(t, printed, "3 of 4 files are in the library.")
	require.Contains(t, printed, "broken.pdf: ")

	out := t.TempDir()
	printed, err = d.run(t, "ask", winterQuestion, "--collections", "winter", "--out", out)
	require.NoError(t, err, printed)
	require.Contains(t, printed, "COMPLETED")
	require.FileExists(t, filepath.Join(out, "report.md"))
	require.FileExists(t, filepath.Join(out, "report.html"))
	id := regexp.MustCompile(`Analysis ([0-9a-f-]{36})`).FindStringSubmatch(printed)
	require.NotNil(t, id, printed)

	printed, err = d.run(t, "watch", id[1])
	require.NoError(t, err)
	require.Contains(t, printed, "   1  STATE_CHANGED    QUEUED, 0 %")
	require.Contains(t, printed, "COMPLETED, 100 %")
	printed, err = d.run(t, "watch", id[1], "--after", "1")
	require.NoError(t, err)
	require.NotContains(t, printed, "QUEUED")

	written, err := os.ReadFile(filepath.Join(out, "report.md"))
	require.NoError(t, err)
	printed, err = d.run(t, "export", id[1])
	require.NoError(t, err)
	require.Equal(t, string(written), printed)
	printed, err = d.run(t, "export", id[1], "--format", "html")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(strings.ToLower(printed), "<!doctype html>"), printed[:min(len(printed), 40)])

	_, err = d.run(t, "ask", winterQuestion, "--collections", "summer")
	require.ErrorIs(t, err, errNoEvidence)
	_, err = d.run(t, "export", "01890000-0000-7000-8000-000000000000")
	require.ErrorContains(t, err, "not found")

	cl, err := signInLocal(t.Context(), fleet.Running(t.Context(), d.env["STATE_DIR"]), d.env["STATE_DIR"])
	require.NoError(t, err)
	elsewhere := desk{env: map[string]string{"STATE_DIR": t.TempDir()}}
	_, err = elsewhere.run(t, "export", id[1], "--server", fleet.Running(t.Context(), d.env["STATE_DIR"]), "--token", cl.Token())
	require.NoError(t, err, "a server that is named needs no state")
}

func TestCommands_StartAFleetWhereNoneRuns(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	printed, err := d.run(t, "ingest", folder(t, winterLibrary()))
	require.NoError(t, err, printed)
	require.Empty(t, fleet.Running(t.Context(), d.env["STATE_DIR"]), "it is gone afterwards")

	printed, err = d.run(t, "ask", winterQuestion) // the same user, the same library
	require.NoError(t, err, printed)
	require.Contains(t, printed, "COMPLETED")
	info, err := os.Stat(filepath.Join(d.env["STATE_DIR"], accountFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestWithDatabase_HandsOnTheDatabaseAndTheExitCode(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	printed, err := d.run(t, "with-database", "--", "sh", "-c", `echo "$DATABASE_URL $BLOB_URL $STATE_DIR"`)
	require.NoError(t, err)
	require.Equal(t, d.env["DATABASE_URL"]+" file://"+filepath.Join(d.env["STATE_DIR"], "blobs")+" "+d.env["STATE_DIR"]+"\n", printed)

	_, err = d.run(t, "with-database", "--", "sh", "-c", "exit 7")
	require.Equal(t, 7, exitCode(err))
	require.ErrorContains(t, err, "sh ended with exit code 7")
	_, err = d.run(t, "with-database", "--", "no-such-program")
	require.ErrorContains(t, err, "no-such-program")
	require.Equal(t, 1, exitCode(err))
}

func TestRun_InterruptEndsACommand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.runUntil(ctx, "ask", winterQuestion)
	require.EqualError(t, err, "interrupted")
}

func TestWriteFile_WholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"report.md": "the old report"})
	path := filepath.Join(dir, "report.md")
	err := writeFile(path, func(f *fileWriter) error {
		_, _ = f.WriteString("half of a")
		return errors.New("the connection broke")
	})
	require.ErrorContains(t, err, "the connection broke")
	content, readErr := os.ReadFile(path)
	require.NoError(t, readErr)
	require.Equal(t, "the old report", string(content))
	entries, readErr := os.ReadDir(dir)
	require.NoError(t, readErr)
	require.Len(t, entries, 1, "the half is gone")

	require.NoError(t, writeFile(path, func(f *fileWriter) error { _, err := f.WriteString("new"); return err }))
	content, readErr = os.ReadFile(path)
	require.NoError(t, readErr)
	require.Equal(t, "new", string(content))
}

func TestShorten_CutsByCharacters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "short", shorten("short"))
	long := shorten(strings.Repeat("é", 500))
	require.Len(t, []rune(long), lineWidth)
	require.True(t, strings.HasSuffix(long, "…"))
}
