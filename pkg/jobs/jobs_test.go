package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// noTables: River's own are all these tests need.
var noTables = fstest.MapFS{"0001_nothing.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// args is a job of these tests.
type args struct {
	WorkspaceID string `json:"workspace_id"`
	Word        string `json:"word"`
}

// workspace is that of the jobs, unless a test says another.
const workspace = "0197f0c0-0000-7000-8000-000000000001"

// Kind implements river.JobArgs.
func (args) Kind() string { return "say" }

// workers makes a bundle with one worker that calls fn.
func workers(fn func(ctx context.Context, job *river.Job[args]) error) *river.Workers {
	bundle := river.NewWorkers()
	river.AddWorker(bundle, river.WorkFunc(fn))
	return bundle
}

// client makes a client that is stopped when the test ends.
func client(t *testing.T, db *pg.Pool, cfg jobs.Config, bundle *river.Workers) *jobs.Client {
	t.Helper()
	cfg.Schema = pgtest.Schema
	if cfg.ID == "" {
		cfg.ID = "worker-0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	c, err := jobs.New(t.Context(), db, cfg, bundle)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = c.Stop(context.WithoutCancel(t.Context()))
		c.Close()
	})
	return c
}

// insert adds a job in a transaction of its own and returns its id.
func insert(t *testing.T, db *pg.Pool, c *jobs.Client, word string) int64 {
	t.Helper()
	var id int64
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		result, err := c.InsertTx(ctx, tx, args{WorkspaceID: workspace, Word: word}, nil)
		if err == nil {
			id = result.Job.ID
		}
		return err
	}))
	return id
}

// receive waits for a value.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestInsertTx_RunsOnlyWhatWasCommitted(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	said := make(chan string, 2)
	c := client(t, db, jobs.Config{}, workers(func(_ context.Context, job *river.Job[args]) error {
		said <- job.Args.Word
		return nil
	}))
	require.NoError(t, c.Start(t.Context()))

	failed := errors.New("the change failed")
	err := db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := c.InsertTx(ctx, tx, args{WorkspaceID: workspace, Word: "rolled back"}, nil)
		return errors.Join(err, failed)
	})
	require.ErrorIs(t, err, failed)
	insert(t, db, c, "committed")

	require.Equal(t, "committed", receive(t, said))
	require.Empty(t, said)
}

func TestStart_TakesBackTheJobsOfItsOwnIdentityOnly(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	said := make(chan *rivertype.JobRow, 2)
	c := client(t, db, jobs.Config{ID: "me"}, workers(func(_ context.Context, job *river.Job[args]) error {
		said <- job.JobRow
		return nil
	}))
	mine, other := insert(t, db, c, "mine"), insert(t, db, c, "another's")
	// What kill -9 leaves: rows that say running, and the leader's row.
	all := pgtest.AllJobs(t, db)
	run := func(id int64, by string) {
		_, err := all.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(),
			attempted_by = ARRAY['earlier', $2] WHERE id = $1`, id, by)
		require.NoError(t, err)
	}
	run(mine, "me")
	run(other, "you")
	_, err := all.Exec(t.Context(), "INSERT INTO river_leader (leader_id, elected_at, expires_at) VALUES ('me', now(), now() + interval '1 hour')")
	require.NoError(t, err)

	require.NoError(t, c.Start(t.Context()))
	job := receive(t, said)
	require.Equal(t, mine, job.ID)
	require.Equal(t, 2, job.Attempt, "a crash counts as an attempt")
	var leftRunning int64
	require.NoError(t, all.QueryRow(t.Context(), "SELECT id FROM river_job WHERE state = 'running' AND attempted_by[2] = 'you'").Scan(&leftRunning))
	require.Equal(t, other, leftRunning)
	var expired bool
	require.NoError(t, all.QueryRow(t.Context(), "SELECT NOT EXISTS (SELECT FROM river_leader WHERE expires_at > now() + interval '30 minutes')").Scan(&expired))
	require.True(t, expired, "the killed process must not lead on")
}

func TestStop_FreesAJobThatWillNotEnd(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	running := make(chan struct{}, 1)
	c := client(t, db, jobs.Config{StopTimeout: 10 * time.Millisecond}, workers(func(ctx context.Context, _ *river.Job[args]) error {
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}))
	require.NoError(t, c.Start(t.Context()))
	id := insert(t, db, c, "long")
	receive(t, running)
	require.NoError(t, c.Stop(t.Context()))

	job, err := c.JobGet(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, rivertype.JobStateAvailable, job.State)
	require.Zero(t, job.Attempt, "a stop must not use up an attempt")
}

func TestFailure_IsLoggedAndTriedAgain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fail func() error
		log  string
	}{
		"an error": {func() error { return errors.New("disk on fire") }, "disk on fire"},
		"a panic":  {func() error { panic("out of cheese") }, "out of cheese"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t, noTables)
			var log buffer
			attempts := make(chan int, 2)
			c := client(t, db, jobs.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, workers(func(_ context.Context, job *river.Job[args]) error {
				attempts <- job.Attempt
				if job.Attempt == 1 {
					return tc.fail()
				}
				return nil
			}))
			require.NoError(t, c.Start(t.Context()))
			insert(t, db, c, "x")

			require.Equal(t, 1, receive(t, attempts))
			require.Equal(t, 2, receive(t, attempts))
			require.Contains(t, log.String(), tc.log)
			require.Contains(t, log.String(), "will be tried again")
		})
	}
}

func TestNew_RefusesAConfigurationThatCannotWork(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, noTables)
	tests := map[string]jobs.Config{
		"no identity":                       {Schema: "app"},
		"no schema":                         {ID: "x"},
		"rescued while it may still be run": {ID: "x", Schema: "app", JobTimeout: time.Hour, RescueAfter: time.Minute},
	}
	for name, cfg := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jobs.New(t.Context(), db, cfg, workers(nil))
			require.Error(t, err)
		})
	}
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns what was written.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
