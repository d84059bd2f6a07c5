// Package pg is the one way to PostgreSQL: a pool with sane limits,
// transactions that are retried when PostgreSQL asks for it, transactions
// bound to one workspace by row-level security, and SQLSTATE codes turned into
// the error kinds of package errs.
//
// The sub-packages are migrate (schema versions) and pgdev (a private server
// for development); package pgtest gives each test its own database.
package pg

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is what a store needs of a database. A [Pool] and a [pgx.Tx] satisfy it,
// so the same method works inside and outside of a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

var (
	_ DB = (*Pool)(nil)
	_ DB = pgx.Tx(nil)
)

// Defaults of [Options].
const (
	DefaultMaxConns         = 10
	DefaultConnectTimeout   = 5 * time.Second
	DefaultStatementTimeout = time.Minute
)

// Options limit a pool. The zero value is usable.
type Options struct {
	// Name is shown as application_name in pg_stat_activity and in the
	// server's log. Name the service.
	Name string
	// MaxConns caps the connections of this pool; DefaultMaxConns when 0. All
	// pools of all replicas together must stay below max_connections.
	MaxConns int32
	// ConnectTimeout bounds the making of one connection and, in Open, the
	// wait for the first one; DefaultConnectTimeout when 0.
	ConnectTimeout time.Duration
	// StatementTimeout is the server-side backstop for a query whose caller
	// set no deadline; DefaultStatementTimeout when 0.
	StatementTimeout time.Duration
}

// Pool is a [pgxpool.Pool] with transactions added; see [Pool.InTx] and
// [Pool.InWorkspace]. Close it when done.
type Pool struct {
	*pgxpool.Pool
}

// Open connects to url ("postgres://…") and returns once one connection works,
// so that a wrong address or password fails the start and not the first
// request. A server that cannot be reached is errs.Unavailable.
func Open(ctx context.Context, url string, opts Options) (*Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse the database URL: %w", err) // pgx redacts the password
	}
	opts.apply(cfg)
	if !strings.Contains(url, "pool_max_conns=") { // the operator's own word wins
		cfg.MaxConns = orDefault(opts.MaxConns, DefaultMaxConns)
	}

	inner, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("make the pool: %w", err)
	}
	pool := &Pool{Pool: inner}
	first, cancel := context.WithTimeout(ctx, cfg.ConnConfig.ConnectTimeout)
	defer cancel()
	if err := pool.Ping(first); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return pool, nil
}

// apply writes the options, and what is the same for every service, into cfg.
func (o Options) apply(cfg *pgxpool.Config) {
	cfg.MaxConnLifetime = time.Hour // so that a fail-over or a resized fleet is noticed
	cfg.MaxConnLifetimeJitter = 5 * time.Minute
	cfg.MaxConnIdleTime = 10 * time.Minute
	cfg.HealthCheckPeriod = 30 * time.Second
	cfg.PingTimeout = 2 * time.Second

	conn := cfg.ConnConfig
	conn.ConnectTimeout = orDefault(o.ConnectTimeout, DefaultConnectTimeout)
	conn.Tracer = newTracer(conn)

	set := func(name, value string) {
		if _, ok := conn.RuntimeParams[name]; !ok { // the URL wins here, too
			conn.RuntimeParams[name] = value
		}
	}
	set("timezone", "UTC")
	set("statement_timeout", milliseconds(orDefault(o.StatementTimeout, DefaultStatementTimeout)))
	// A transaction whose client hangs would hold its locks for ever.
	set("idle_in_transaction_session_timeout", milliseconds(time.Minute))
	if o.Name != "" {
		set("application_name", o.Name)
	}
}

// Ping reports whether a connection can be had and the server answers. Use it
// for readiness; the error has a kind.
func (p *Pool) Ping(ctx context.Context) error {
	return Error(p.Pool.Ping(ctx))
}

// orDefault returns value, or fallback when value is zero or negative.
func orDefault[T ~int32 | ~int64](value, fallback T) T {
	if value <= 0 {
		return fallback
	}
	return value
}

// milliseconds formats d the way PostgreSQL's settings take it.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10)
}
