// Package pgdev runs a private PostgreSQL server from the binaries of this
// machine, for the local mode and for tests, and prepares a database for the
// fleet (see [Provision]).
//
// The server listens on the loopback address only, on a free port, with a
// generated password. It never outlives its owner for long: on Linux the kernel
// stops it when the owning process dies, even by kill -9, and everywhere the
// next start on the same state directory stops what is left. Unix only.
//
// PostgreSQL refuses to run as root. Started as root, the server therefore runs
// under an unprivileged account, and its data lies where that account can reach
// it; see place.go.
package pgdev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// The one administrator and the one database of a private server.
const (
	adminRole = "postgres"
	// Database is the name of the database that [Server.URL] leads to.
	Database = "researcherpro"
)

const (
	// startTimeout bounds initdb plus the start; crash recovery counts, too.
	startTimeout = 90 * time.Second
	// portAttempts is how often a start is tried again because another
	// process took the free port between our choosing and using it.
	portAttempts = 3
)

// ErrNoBinaries says that this machine has no PostgreSQL and how to get one.
var ErrNoBinaries = errors.New("no PostgreSQL found: set DATABASE_URL to an existing server, " +
	"or install one (Debian and Ubuntu: apt install postgresql; macOS: brew install postgresql), " +
	"or put the folder with the programs postgres and initdb into PATH")

// Options say where and how to run a server.
type Options struct {
	// Dir is the state directory. It is made if missing and holds the
	// password, and the data or a pointer to it. Empty for an Ephemeral
	// server, which makes a directory of its own.
	Dir string
	// BinDir is the folder of the programs postgres and initdb; empty looks
	// in PATH and in the places where packages put them.
	BinDir string
	// Ephemeral trades all durability for speed and removes every file at
	// Stop: for tests.
	Ephemeral bool
	// MaxConnections is the server's max_connections; 200 when 0.
	MaxConnections int
}

// Server is a running private server.
type Server struct {
	password string
	port     int
	place    *place
	process  *process

	stop    sync.Once
	stopErr error
}

// Start runs a server and returns when it accepts connections. What an earlier
// process left behind (a running server, a stale lock file, a half-made
// cluster) is cleaned up first; a state directory in use by another live
// process is an error. ErrNoBinaries means that there is nothing to run.
func Start(ctx context.Context, opts Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	where, err := openPlace(opts, account)
	if err != nil {
		return nil, err
	}
	server, err := startIn(ctx, opts, where, account)
	if err != nil {
		return nil, errors.Join(err, where.close(opts.Ephemeral))
	}
	return server, nil
}

// startIn makes the cluster if needed and starts the server in a place.
func startIn(ctx context.Context, opts Options, where *place, account *account) (*Server, error) {
	bin, err := findBinaries(opts.BinDir, where.dataVersion())
	if err != nil {
		return nil, err
	}
	if err := stopLeftover(ctx, where.data()); err != nil {
		return nil, err
	}
	password, err := ensureCluster(ctx, bin, where, account)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		server := &Server{password: password, port: port, place: where}
		server.process, err = launch(bin, where, account, serverArgs(opts, where.data(), port))
		if err != nil {
			return nil, err
		}
		if err = server.awaitReady(ctx); err == nil {
			return server, server.ensureDatabase(ctx)
		}
		stopErr := server.process.stop(opts.Ephemeral)
		if attempt == portAttempts || !portTaken(where.log()) {
			return nil, errors.Join(err, stopErr)
		}
	}
}

// serverArgs are the settings that differ from PostgreSQL's own defaults.
func serverArgs(opts Options, data string, port int) []string {
	connections := opts.MaxConnections
	if connections <= 0 {
		connections = 200
	}
	args := []string{
		"-D", data,
		"-c", "listen_addresses=127.0.0.1",
		"-c", "port=" + strconv.Itoa(port),
		"-c", "unix_socket_directories=", // a socket's path has a length limit and needs a shared folder
		"-c", "max_connections=" + strconv.Itoa(connections),
		"-c", "log_destination=stderr",
		"-c", "logging_collector=off",
		"-c", "timezone=UTC", "-c", "log_timezone=UTC",
	}
	if opts.Ephemeral {
		args = append(
			args,
			"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=4GB",
			"-c", "autovacuum=off", "-c", "checkpoint_timeout=1h", "-c", "jit=off",
		)
	}
	return args
}

// freePort asks the kernel for a loopback port that is free now.
func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener has no other
	return port, listener.Close()
}

// URL is the administrator's URL of the database named by [Database]. It
// contains the password.
func (s *Server) URL() string { return s.databaseURL(Database) }

// databaseURL is the administrator's URL of any database of the server.
func (s *Server) databaseURL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(adminRole, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Done is closed when the server process has ended, whether by Stop or not.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// LogFile is where the server writes its log.
func (s *Server) LogFile() string { return s.place.log() }

// Stop shuts the server down: open transactions are rolled back, the data is
// written out. It takes at most about fifteen seconds; after that the server is
// killed, which loses nothing but makes the next start recover. Calls after the
// first return the first one's result.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		ephemeral := s.place.ephemeral
		s.stopErr = errors.Join(s.process.stop(ephemeral), s.place.close(ephemeral))
	})
	return s.stopErr
}

// logTail returns the last lines of a log file for an error message.
func logTail(path string) string {
	const most = 2000 // bytes
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	if len(content) > most {
		content = content[len(content)-most:]
	}
	return string(content)
}
