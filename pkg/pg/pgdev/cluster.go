package pgdev

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ensureCluster makes the database cluster if there is none, and returns the
// administrator's password.
func ensureCluster(ctx context.Context, bin binaries, where *place, account *account) (string, error) {
	password, err := readPassword(where.password)
	if err != nil {
		return "", err
	}
	if where.dataVersion() != "" {
		if password == "" {
			return "", fmt.Errorf("the data in %s is there, but not its password in %s: bring the file back, or empty the state directory to start anew",
				where.root, where.password)
		}
		return password, nil
	}
	if password == "" {
		if password, err = makePassword(where.password); err != nil {
			return "", err
		}
	}
	return password, initCluster(ctx, bin, where, account, password)
}

// readPassword returns the stored password, or "" if there is none.
func readPassword(path string) (string, error) {
	content, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the database password: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

// makePassword stores a new random password, readable by us alone.
func makePassword(path string) (string, error) {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make a database password: %w", err)
	}
	password := hex.EncodeToString(raw)
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("store the database password: %w", err)
	}
	return password, nil
}

// initCluster runs initdb beside the final place and moves the result there, so
// that an interrupted initdb leaves nothing that looks like a cluster.
func initCluster(ctx context.Context, bin binaries, where *place, account *account, password string) error {
	fresh := where.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clear a half-made cluster: %w", err)
	}
	passwordCopy := filepath.Join(where.root, "initdb.password")
	if err := os.WriteFile(passwordCopy, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("hand the password to initdb: %w", err)
	}
	defer os.Remove(passwordCopy) //nolint:errcheck // holds what the password file holds, in a closed folder
	if err := account.own(passwordCopy); err != nil {
		return fmt.Errorf("hand the password to initdb: %w", err)
	}

	args := []string{
		"-D", fresh, "--username=" + adminRole, "--pwfile=" + passwordCopy, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=" + locale(), "--no-instructions",
	}
	if where.ephemeral {
		args = append(args, "--no-sync")
	}
	command := exec.CommandContext(ctx, bin.initdb(), args...) //nolint:gosec // our own arguments
	command.Dir = where.root
	command.SysProcAttr = &syscall.SysProcAttr{Credential: account.credential()}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := os.Rename(fresh, where.data()); err != nil {
		return fmt.Errorf("put the new cluster in its place: %w", err)
	}
	return nil
}

// locale is one whose character classes know all of Unicode and whose order is
// that of the code points, so that no update of the system changes an index.
func locale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "C" // macOS has no C.UTF-8 before version 15
}

// cannotConnectNow is the SQLSTATE of a server that is still starting.
const cannotConnectNow = "57P03"

// readyInterval is the pause between two looks at a starting server.
const readyInterval = 20 * time.Millisecond

// awaitReady returns when the server accepts a connection, or with the end of
// the server's log when it does not come up.
func (s *Server) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.databaseURL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != cannotConnectNow {
			return fmt.Errorf("the private PostgreSQL refuses us: %w", err)
		}
		select {
		case <-ticker.C:
		case <-s.process.done:
			return fmt.Errorf("PostgreSQL did not start; the end of its log:\n%s", logTail(s.place.log()))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL is not ready (%w): %w; the end of its log:\n%s", ctx.Err(), err, logTail(s.place.log()))
		}
	}
}

// portTaken reports whether the server's log says that its port was in use.
func portTaken(log string) bool {
	return strings.Contains(logTail(log), "could not bind")
}

// ensureDatabase makes the database that URL leads to.
func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.databaseURL("postgres"))
	if err != nil {
		return fmt.Errorf("connect to the new server: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing was left to send
	var exists bool
	const query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := conn.QueryRow(ctx, query, Database).Scan(&exists); err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+Database); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}
