package tenancy_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

// tables are those of a small service: a shelf has books, which have pages.
var tables = fstest.MapFS{"0001_shelves.sql": {Data: []byte("-- +goose Up\n" + tenancy.Schema + `
	CREATE TABLE shelves (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace_id uuid NOT NULL, name text NOT NULL, UNIQUE (workspace_id, name));
	CREATE TABLE books (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), workspace_id uuid NOT NULL, shelf_id uuid NOT NULL REFERENCES shelves ON DELETE CASCADE);
	CREATE TABLE pages (book_id uuid NOT NULL REFERENCES books ON DELETE CASCADE, workspace_id uuid NOT NULL, number int NOT NULL);
	CREATE INDEX books_workspace ON books (workspace_id);
	CREATE INDEX pages_workspace ON pages (workspace_id);
	CREATE TRIGGER refuse_deleted_workspace BEFORE INSERT ON shelves FOR EACH ROW EXECUTE FUNCTION refuse_deleted_workspace();
	ALTER TABLE shelves ENABLE ROW LEVEL SECURITY;
	ALTER TABLE shelves FORCE ROW LEVEL SECURITY;
	CREATE POLICY workspace ON shelves USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
	ALTER TABLE books ENABLE ROW LEVEL SECURITY;
	ALTER TABLE books FORCE ROW LEVEL SECURITY;
	CREATE POLICY workspace ON books USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
	ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
	ALTER TABLE pages FORCE ROW LEVEL SECURITY;
	CREATE POLICY workspace ON pages USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
`)}}

// readArgs is a job of the service.
type readArgs struct {
	WorkspaceID string `json:"workspace_id"`
}

// Kind implements river.JobArgs.
func (readArgs) Kind() string { return "read" }

// bundle is the small service with two workspaces.
type bundle struct {
	db         *pg.Pool
	redis      *redis.Client
	auth       *tenancytest.Auth
	jobs       *jobs.Client
	mine, hers string
}

// setup fills two workspaces. read is what the service's jobs do, if it works any.
func setup(t *testing.T, read func(ctx context.Context, job *river.Job[readArgs]) error) *bundle {
	t.Helper()
	b := &bundle{
		db: pgtest.New(t, tables), redis: redistest.New(t), auth: &tenancytest.Auth{}, mine: uuid.NewString(), hers: uuid.NewString(),
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(read))
	var err error
	b.jobs, err = jobs.New(t.Context(), b.db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
	require.NoError(t, err)
	t.Cleanup(b.jobs.Close)
	for _, workspace := range []string{b.mine, b.hers} {
		b.fill(t, workspace, 1)
	}
	return b
}

// fill adds shelves with three books of three pages each, and a job.
func (b *bundle) fill(t *testing.T, workspace string, shelves int) {
	t.Helper()
	require.NoError(t, b.in(t, workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			WITH s AS (INSERT INTO shelves (workspace_id, name) SELECT $1, 'shelf ' || n || gen_random_uuid() FROM generate_series(1, $2) AS n RETURNING id),
			     b AS (INSERT INTO books (workspace_id, shelf_id) SELECT $1, id FROM s, generate_series(1, 3) RETURNING id)
			INSERT INTO pages (book_id, workspace_id, number) SELECT id, $1, n FROM b, generate_series(1, 3) AS n`, workspace, shelves)
		if err != nil {
			return err
		}
		_, err = b.jobs.InsertTx(ctx, tx, readArgs{WorkspaceID: workspace}, nil)
		return err
	}))
}

// in runs fn in a workspace.
func (b *bundle) in(t *testing.T, workspace string, fn func(ctx context.Context, tx pgx.Tx) error) error {
	t.Helper()
	return b.db.InWorkspace(t.Context(), workspace, fn)
}

// bury writes the tombstone of a workspace.
func (b *bundle) bury(t *testing.T, workspace string) {
	t.Helper()
	require.NoError(t, b.in(t, workspace, func(ctx context.Context, tx pgx.Tx) error { return tenancy.Bury(ctx, tx, workspace) }))
}

// left returns what there is of a workspace.
func (b *bundle) left(t *testing.T, workspace string) (left map[string]int) {
	t.Helper()
	require.NoError(t, b.in(t, workspace, func(_ context.Context, tx pgx.Tx) error {
		left = tenancytest.Left(t, tx, pgtest.Schema, workspace)
		return nil
	}))
	return left
}

// run runs a purger until the test, or what it returns, ends it.
func (b *bundle) run(t *testing.T, change ...func(*tenancy.Config)) (stop func()) {
	t.Helper()
	minter, err := authn.NewMinter([]byte(authntest.Secret), "library")
	require.NoError(t, err)
	cfg := tenancy.Config{
		Service: "library", Auth: b.auth, Jobs: b.jobs, Interval: 20 * time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	purger := tenancy.New(b.db, b.redis, minter, cfg)
	go func() { done <- purger.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run the purger: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// confirmed reports whether the small service has confirmed the deletion.
func (b *bundle) confirmed() bool { return !b.auth.Waits(b.mine, "library") }
