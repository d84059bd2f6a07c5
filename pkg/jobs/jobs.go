// Package jobs runs durable background work: a thin layer on River, whose jobs
// are rows in the service's own schema.
//
// # How work survives
//
// A job is inserted in the transaction of the change that asks for it
// ([Client.InsertTx] and its relatives), so there is never the one without the
// other. A worker takes the job by marking its row as running, under the
// client's identity. From then on:
//
//   - The worker returns an error or panics: the job is tried again after a
//     pause that doubles up to a minute, until its attempts are used up; then it
//     is discarded. Each failure is logged.
//   - The process is asked to stop: running jobs may go on for StopTimeout, then
//     their contexts are cancelled. A job that ends because of that is free for
//     others at once, and the attempt is not counted.
//   - The process is killed and comes back under the same identity (a container
//     restarts, the local fleet is started again): on [Client.Start] it takes the
//     jobs it was running back, and they run at once.
//   - The process is killed and does not come back (its node is lost): whichever
//     client leads frees the jobs that have shown no sign of life for RescueAfter,
//     so in under three minutes with the defaults. A running job shows one every
//     Beat, so one that takes long is not taken for lost.
//
// In the last two cases the same job runs again from its beginning, and after a
// rescue the first run may even still be alive. Jobs should therefore be short (a
// step of a longer piece of work) and leave their result in one
// transaction together with the mark that the step is done: a second run then sees
// the mark, or conflicts and rolls back. An attempt that ended in a crash counts,
// so that a job that kills its process does not do so for ever; a worker that has
// to record the final failure looks at job.Attempt and job.MaxAttempts.
//
// New jobs are noticed by LISTEN/NOTIFY, within FetchCooldown; polling once a
// second is only the fallback.
//
// # Whose jobs
//
// River's tables are under row-level security (migrate.River). The arguments of
// every job have a workspace_id, and the job is inserted and completed in a
// transaction of that workspace (pg.InWorkspace); a job of no workspace, or of
// another one, is refused by the database. River itself, which takes the jobs of
// all workspaces, works on connections of its own that nobody else gets.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Defaults of [Config].
const (
	DefaultMaxWorkers  = 20
	DefaultMaxAttempts = 10
	DefaultJobTimeout  = time.Minute
	DefaultRescueAfter = 2 * time.Minute
	DefaultStopTimeout = 10 * time.Second
)

// Connections is how many connections to PostgreSQL a client has at most, besides
// those of the pool that it is made from: one listens, the others take jobs and
// note their ends in batches.
const Connections = 4

// fetchCooldown is the pause between two fetches of new jobs: it delays a step
// that follows another, so it is short.
const fetchCooldown = 10 * time.Millisecond

// Config configures a client. Zero values mean the defaults above.
type Config struct {
	// ID is the identity of this process among those that work in this schema:
	// the same after a restart, never in use twice at once (the pod's name; in
	// the local mode the service's). Required.
	ID string
	// Schema holds River's tables. Required.
	Schema string
	// MaxWorkers is how many jobs this client runs at once.
	MaxWorkers int
	// MaxAttempts is how often a job is tried that does not say it itself.
	MaxAttempts int
	// JobTimeout ends the context of a job that runs too long.
	JobTimeout time.Duration
	// RescueAfter frees a running job whose process was lost: one that has shown no
	// sign of life for so long. It must be longer than JobTimeout: a job that may run
	// for longer says so with [Timeout].
	RescueAfter time.Duration
	// StopTimeout is how long Stop lets running jobs go on.
	StopTimeout time.Duration
	// Beat is how often a running job shows that it is alive: much shorter than
	// RescueAfter.
	Beat time.Duration
	// Logger gets the failures of jobs; nil means slog.Default.
	Logger *slog.Logger
}

// Client inserts jobs and, between Start and Stop, works them. It embeds River's
// client: InsertTx, InsertManyTx, JobCancelTx, Subscribe and so on are there.
type Client struct {
	*river.Client[pgx.Tx]

	pool *pg.Pool // River's own
	cfg  Config
}

// New makes a client for the jobs that workers can do. It starts nothing. The
// tables must be there (migrate.River). The client connects as db does, but on
// connections of its own, which Close ends.
func New(ctx context.Context, db *pg.Pool, cfg Config, workers *river.Workers) (*Client, error) {
	if cfg.ID == "" || cfg.Schema == "" {
		return nil, errors.New("jobs: an identity and a schema are required")
	}
	cfg = cfg.withDefaults()
	pool, err := openPool(ctx, db)
	if err != nil {
		return nil, err
	}
	inner, err := river.NewClient(riverpgxv5.New(pool.Pool), &river.Config{
		ID:                   cfg.ID,
		Schema:               cfg.Schema,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: cfg.MaxWorkers}},
		Workers:              workers,
		MaxAttempts:          cfg.MaxAttempts,
		JobTimeout:           cfg.JobTimeout,
		RescueStuckJobsAfter: cfg.RescueAfter,
		SoftStopTimeout:      cfg.StopTimeout,
		FetchCooldown:        fetchCooldown,
		RetryPolicy:          retryPolicy{},
		Middleware:           []rivertype.Middleware{newBeat(pool, cfg)},
		ErrorHandler:         &failureLog{logger: cfg.Logger},
		Logger:               cfg.Logger,
	})
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("configure River: %w", err)
	}
	return &Client{Client: inner, pool: pool, cfg: cfg}, nil
}

// openPool makes a small pool like db, whose connections see all jobs. It connects
// when it is first used, so a client that only inserts has no connection.
func openPool(ctx context.Context, db *pg.Pool) (*pg.Pool, error) {
	cfg := db.Config()
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = Connections, 0, 0
	cfg.ConnConfig.RuntimeParams[pg.JobsSetting] = "on"
	inner, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("make River's pool: %w", err)
	}
	return &pg.Pool{Pool: inner}, nil
}

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	if c.MaxWorkers == 0 {
		c.MaxWorkers = DefaultMaxWorkers
	}
	if c.MaxAttempts == 0 {
		c.MaxAttempts = DefaultMaxAttempts
	}
	if c.JobTimeout == 0 {
		c.JobTimeout = DefaultJobTimeout
	}
	if c.RescueAfter == 0 {
		c.RescueAfter = DefaultRescueAfter
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = DefaultStopTimeout
	}
	if c.Beat == 0 {
		c.Beat = DefaultBeat
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Start takes back the jobs that an earlier process of this identity was killed
// over, and begins to work. Work goes on until [Client.Stop]; the end of ctx
// stops it, too.
func (c *Client) Start(ctx context.Context) error {
	taken, err := c.takeBack(ctx)
	if err != nil {
		return err
	}
	if taken > 0 {
		c.cfg.Logger.InfoContext(ctx, "took back the jobs of a killed process", "jobs", taken, "client", c.cfg.ID)
	}
	if err := c.Client.Start(ctx); err != nil {
		return fmt.Errorf("start River: %w", pg.Error(err))
	}
	return nil
}

// takeBack frees the running jobs of this identity and returns their number. The
// leadership that the killed process may have held ends with it: otherwise nobody
// would schedule retries until it runs out.
func (c *Client) takeBack(ctx context.Context) (int64, error) {
	jobs := pgx.Identifier{c.cfg.Schema, "river_job"}.Sanitize()
	leader := pgx.Identifier{c.cfg.Schema, "river_leader"}.Sanitize()
	var taken int64
	err := c.pool.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE `+jobs+` SET state = 'available', scheduled_at = now()
			WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $1`, c.cfg.ID)
		if err != nil {
			return err
		}
		taken = tag.RowsAffected()
		_, err = tx.Exec(ctx, "DELETE FROM "+leader+" WHERE leader_id = $1", c.cfg.ID)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("take back the jobs of %s: %w", c.cfg.ID, pg.Error(err))
	}
	return taken, nil
}

// Stop takes no new jobs, lets the running ones go on for StopTimeout, then
// cancels their contexts, and returns when all have ended or ctx does.
func (c *Client) Stop(ctx context.Context) error {
	if err := c.Client.Stop(ctx); err != nil {
		return fmt.Errorf("stop River: %w", err)
	}
	return nil
}

// Close ends the client's connections. Call it after Stop; nothing works then.
func (c *Client) Close() { c.pool.Close() }
