package pgdev_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
)

// childDir makes this test binary a process that runs a server on that state
// directory, prints its URL and waits to be killed.
const childDir = "PGDEV_TEST_CHILD_DIR"

// patience is how long a test waits for a server to end.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		server, err := pgdev.Start(context.Background(), pgdev.Options{Dir: dir})
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(server.URL())
		<-server.Done()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// start runs a server that is stopped when the test ends; without binaries the
// test is skipped, but not in CI.
func start(t *testing.T, opts pgdev.Options) *pgdev.Server {
	t.Helper()
	server, err := pgdev.Start(t.Context(), opts)
	if errors.Is(err, pgdev.ErrNoBinaries) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

// run runs a statement and returns its one value, if it has one.
func run(t *testing.T, address, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, _ := conn.Query(t.Context(), sql)
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(values, ",")
}

// gone waits until nobody listens at the address.
func gone(t *testing.T, address string) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(t.Context(), address)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}, patience, 20*time.Millisecond)
}

// place is where the server keeps its files: what lies in the state directory, or
// what the pointer in it names.
func place(t *testing.T, dir string) string {
	t.Helper()
	if pointer, err := os.ReadFile(filepath.Join(dir, "postgres.place")); err == nil {
		return strings.TrimSpace(string(pointer))
	}
	return filepath.Join(dir, "postgres")
}

// stateDir is a state directory whose server's files go with the test.
func stateDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(place(t, dir))) })
	return dir
}

func TestStart_StateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	first := start(t, pgdev.Options{Dir: dir})
	run(t, first.URL(), "CREATE TABLE kept (id int)")
	require.NoError(t, first.Stop())
	gone(t, first.URL())

	second := start(t, pgdev.Options{Dir: dir})
	require.Equal(t, "0", run(t, second.URL(), "SELECT count(*)::text FROM kept"))
	require.Equal(t, "on", run(t, second.URL(), "SHOW fsync"))
}

func TestStart_IsClosedToOthers(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	server := start(t, pgdev.Options{Dir: dir})
	require.Equal(t, "127.0.0.1", run(t, server.URL(), "SHOW listen_addresses"))

	wrong, err := url.Parse(server.URL())
	require.NoError(t, err)
	wrong.User = url.UserPassword("postgres", "guess")
	_, err = pgx.Connect(t.Context(), wrong.String())
	require.ErrorContains(t, err, "password authentication failed")

	info, err := os.Stat(filepath.Join(dir, "postgres.password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestStart_RefusesAStateDirectoryInUse(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	server := start(t, pgdev.Options{Dir: dir})
	_, err := pgdev.Start(t.Context(), pgdev.Options{Dir: dir})
	require.ErrorContains(t, err, "another running process uses it")
	require.Equal(t, "1", run(t, server.URL(), "SELECT '1'"), "the first must not be hurt")
}

func TestStart_AnEmptiedStateDirectoryStartsAnew(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	first := start(t, pgdev.Options{Dir: dir})
	run(t, first.URL(), "CREATE TABLE kept (id int)")
	require.NoError(t, first.Stop())
	old := place(t, dir)
	require.NoError(t, os.RemoveAll(dir))

	second := start(t, pgdev.Options{Dir: dir})
	require.Equal(t, "0", run(t, second.URL(), "SELECT count(*)::text FROM pg_tables WHERE tablename = 'kept'"))
	if old != place(t, dir) {
		require.NoDirExists(t, old, "what nobody points at must be removed")
	}
}

func TestStart_AfterKillOfItsOwner(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	start(t, pgdev.Options{Dir: dir}).Stop()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	address := strings.TrimSpace(line)
	run(t, address, "CREATE TABLE kept (id int)")

	require.NoError(t, child.Process.Kill())
	_ = child.Wait() // "signal: killed"
	// At once, as a supervisor would: the old server may still be going down.
	second := start(t, pgdev.Options{Dir: dir})
	require.Equal(t, "0", run(t, second.URL(), "SELECT count(*)::text FROM kept"))
	gone(t, address)
}

func TestStart_StaleLockFileOfAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	require.NoError(t, start(t, pgdev.Options{Dir: dir}).Stop())
	lock := filepath.Join(place(t, dir), "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(lock, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600))

	start(t, pgdev.Options{Dir: dir}) // this test is not stopped by it
}

func TestStart_AnInterruptedInitdbIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	require.NoError(t, start(t, pgdev.Options{Dir: dir}).Stop())
	data := filepath.Join(place(t, dir), "data")
	require.NoError(t, os.Rename(data, data+".new"))
	start(t, pgdev.Options{Dir: dir})
}

func TestStart_FailureShowsTheLog(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	require.NoError(t, start(t, pgdev.Options{Dir: dir}).Stop())
	conf := filepath.Join(place(t, dir), "data", "postgresql.conf")
	require.NoError(t, os.WriteFile(conf, []byte("no_such_setting = 1\n"), 0o600))
	_, err := pgdev.Start(t.Context(), pgdev.Options{Dir: dir})
	require.ErrorContains(t, err, "no_such_setting")
}

func TestStart_WithoutItsPassword(t *testing.T) {
	t.Parallel()
	dir := stateDir(t)
	require.NoError(t, start(t, pgdev.Options{Dir: dir}).Stop())
	require.NoError(t, os.Remove(filepath.Join(dir, "postgres.password")))
	_, err := pgdev.Start(t.Context(), pgdev.Options{Dir: dir})
	require.ErrorContains(t, err, "postgres.password")
}

func TestStart_Ephemeral(t *testing.T) {
	t.Parallel()
	server := start(t, pgdev.Options{Ephemeral: true})
	require.Equal(t, "off", run(t, server.URL(), "SHOW fsync"))
	folder := filepath.Dir(server.LogFile())
	require.DirExists(t, folder)
	require.NoError(t, server.Stop())
	require.NoDirExists(t, folder)
	require.NoError(t, server.Stop(), "a second stop is harmless")
}

func TestStart_WrongFolderOfBinaries(t *testing.T) {
	t.Parallel()
	_, err := pgdev.Start(t.Context(), pgdev.Options{Dir: stateDir(t), BinDir: t.TempDir()})
	require.ErrorContains(t, err, "no programs postgres and initdb")
}
