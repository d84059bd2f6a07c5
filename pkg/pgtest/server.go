package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
)

// testRole owns the tests' databases and tables. It is no superuser: a superuser
// sees through row-level security.
const testRole = "rptest_owner"

// server is the PostgreSQL that the tests of this binary share.
type server struct {
	private  *pgdev.Server // nil when DATABASE_URL gave it
	base     *url.URL      // of the administrator
	password string        // of testRole
	admin    *pgxpool.Pool
	version  int // server_version_num, as 150004

	mu        sync.Mutex
	templates map[string]*template // by hash
}

// connect opens the server of DATABASE_URL, or starts a private one.
func connect(ctx context.Context) (*server, error) {
	s := &server{templates: map[string]*template{}}
	address := os.Getenv("DATABASE_URL")
	if address == "" {
		private, err := pgdev.Start(ctx, pgdev.Options{Ephemeral: true, BinDir: os.Getenv("PG_BIN"), MaxConnections: 500})
		if err != nil {
			return nil, err
		}
		s.private, address = private, private.URL()
	}
	if err := s.open(ctx, address); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// open connects the administrator and makes the tests' role.
func (s *server) open(ctx context.Context, address string) error {
	base, err := url.Parse(address)
	if err != nil {
		return errors.New("DATABASE_URL must be a URL that begins with postgres://") // the cause would show the password
	}
	s.base = base
	// Known to every process that knows the server, and to none other.
	sum := sha256.Sum256([]byte("pgtest " + address))
	s.password = hex.EncodeToString(sum[:16])

	if s.admin, err = pgxpool.New(ctx, address); err != nil {
		return fmt.Errorf("connect to DATABASE_URL: %w", err)
	}
	if err := s.admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&s.version); err != nil {
		return fmt.Errorf("ask the server its version: %w", err)
	}
	return s.locked(ctx, testRole, func(conn *pgx.Conn) error {
		var exists bool
		const query = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
		if err := conn.QueryRow(ctx, query, testRole).Scan(&exists); err != nil {
			return fmt.Errorf("look for the tests' role: %w", err)
		}
		verb := "CREATE"
		if exists {
			verb = "ALTER"
		}
		// The password is hex digits; the role finds Schema without naming it.
		_, err := conn.Exec(ctx, fmt.Sprintf("%s ROLE %s LOGIN PASSWORD '%s'; GRANT %[2]s TO CURRENT_USER; ALTER ROLE %[2]s SET search_path = %[4]s",
			verb, testRole, s.password, Schema))
		if err != nil {
			return fmt.Errorf("make the tests' role: %w", err)
		}
		return nil
	})
}

// close ends the connections and the private server.
func (s *server) close() error {
	if s.admin != nil {
		s.admin.Close()
	}
	if s.private == nil {
		return nil
	}
	return s.private.Stop()
}

// adminURL is the administrator's URL of a database.
func (s *server) adminURL(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

// testURL is the tests' role's URL of a database.
func (s *server) testURL(database string) string {
	u := *s.base
	u.Path = "/" + database
	u.User = url.UserPassword(testRole, s.password)
	return u.String()
}

// exec runs one statement as administrator.
func (s *server) exec(ctx context.Context, sql string) error {
	if _, err := s.admin.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// locked runs fn on a connection while it is the only one, over all processes
// that use this server, to hold the lock of that name.
func (s *server) locked(ctx context.Context, name string, fn func(conn *pgx.Conn) error) error {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	err = fn(conn.Conn())
	_, unlockErr := conn.Exec(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
	return errors.Join(err, unlockErr)
}

// drop removes a database, whoever is still connected, and the roles that
// Provision named after it.
func (s *server) drop(ctx context.Context, name string) error {
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return err
	}
	rows, _ := s.admin.Query(ctx, "SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)", name+"_")
	roles, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for the roles of %s: %w", name, err)
	}
	for _, role := range roles {
		if err := s.exec(ctx, "DROP ROLE "+quote(role)); err != nil {
			return err
		}
	}
	return nil
}
