package auditjob_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/audit/auditjob"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// noTables: River's own are all these tests need.
var noTables = fstest.MapFS{"0001_nothing.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}

// patience is how long a test waits for what comes after a pause or two.
const patience = 30 * time.Second

// auth stands for the auth service: down for some calls, then up.
type auth struct {
	mu   sync.Mutex
	down int
	got  []audit.Event
	by   []authn.Caller
	t    *testing.T
}

// send implements auditjob.Send.
func (a *auth) send(ctx context.Context, e audit.Event) error {
	md, _ := metadata.FromOutgoingContext(ctx)
	token := md.Get("authorization")[0][len("Bearer "):]
	caller, err := authntest.Verifier(a.t).Verify(ctx, authn.Credential{Token: token})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down > 0 {
		a.down--
		return errs.Unavailable
	}
	a.got, a.by = append(a.got, e), append(a.by, caller)
	return nil
}

// received returns how many events have come.
func (a *auth) received() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.got)
}

// setup returns a sink, the client of its jobs, which does not work yet, and its database.
func setup(t *testing.T, send auditjob.Send) (*auditjob.Sink, *jobs.Client, *pg.Pool) {
	t.Helper()
	db := pgtest.New(t, noTables)
	minter, err := authn.NewMinter([]byte(authntest.Secret), "research")
	require.NoError(t, err)
	workers := river.NewWorkers()
	river.AddWorker(workers, auditjob.NewWorker(minter, send))
	client, err := jobs.New(t.Context(), db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = client.Stop(context.WithoutCancel(t.Context()))
		client.Close()
	})
	sink, err := auditjob.NewSink(db, client)
	require.NoError(t, err)
	return sink, client, db
}

// event returns an event of a new workspace.
func event() audit.Event {
	return audit.Event{
		ID: uuid.NewString(), Time: time.Now().UTC().Truncate(time.Microsecond), WorkspaceID: uuid.NewString(),
		UserID: uuid.NewString(), Action: "DocumentService.CreateDocument", ObjectID: uuid.NewString(),
		Address: "203.0.113.9", UserAgent: "Browser", Result: "PERMISSION_DENIED", Reason: "ROLE_TOO_LOW", RequestID: "r1",
	}
}

// queued returns how many jobs there are.
func queued(t *testing.T, db *pg.Pool, workspaceID string) int {
	t.Helper()
	var n int
	require.NoError(t, db.InWorkspace(t.Context(), workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE args->>'workspace_id' = $1`, workspaceID).Scan(&n)
	}))
	return n
}

func TestEvents_ArriveOnceWhenAuthIsBack(t *testing.T) {
	t.Parallel()
	a := &auth{t: t, down: 2}
	sink, client, db := setup(t, a.send)
	e := event()
	require.NoError(t, sink.Record(t.Context(), e))
	require.NoError(t, sink.Record(t.Context(), e), "the same event again")
	require.Equal(t, 1, queued(t, db, e.WorkspaceID))

	require.NoError(t, client.Start(t.Context()))
	require.Eventually(t, func() bool { return a.received() == 1 }, patience, 10*time.Millisecond)
	require.NoError(t, client.Stop(t.Context()))
	require.Equal(t, []audit.Event{e}, a.got)
	require.Equal(t, "research", a.by[0].Service, "the service says who it is")
	require.Equal(t, e.WorkspaceID, a.by[0].WorkspaceID, "and for whom it acts")
}

func TestRecord_NeedsAWorkspaceAndADatabase(t *testing.T) {
	t.Parallel()
	sink, _, db := setup(t, (&auth{t: t}).send)
	e := event()
	e.WorkspaceID = ""
	require.Error(t, sink.Record(t.Context(), e))
	db.Close()
	require.Error(t, sink.Record(t.Context(), event()))
}

func TestWork_WaitsForAuthButNotForWhatCannotBe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err error
		age time.Duration
		// ends says that the event is not tried again, else the bounds of the pause.
		ends        bool
		least, most time.Duration
	}{
		"auth is down, a new event":   {err: errs.Unavailable, least: 800 * time.Millisecond, most: 1200 * time.Millisecond},
		"auth is down for a minute":   {err: errs.Unavailable, age: time.Minute, least: 24 * time.Second, most: 36 * time.Second},
		"auth is down for a month":    {err: errs.Unavailable, age: 30 * 24 * time.Hour, least: 48 * time.Second, most: 72 * time.Second},
		"auth does not know us (yet)": {err: errs.Unauthenticated, age: time.Minute, least: 24 * time.Second, most: 36 * time.Second},
		"auth has a bug":              {err: errors.New("internal"), age: time.Minute, least: 24 * time.Second, most: 36 * time.Second},
		"the workspace is gone":       {err: errs.NotFound, ends: true},
		"the event is none":           {err: errs.InvalidArgument, ends: true},
	}
	minter, err := authn.NewMinter([]byte(authntest.Secret), "research")
	require.NoError(t, err)
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := event()
			worker := auditjob.NewWorker(minter, func(context.Context, audit.Event) error { return tc.err })
			result := worker.Work(t.Context(), &river.Job[auditjob.Args]{
				JobRow: &rivertype.JobRow{CreatedAt: time.Now().Add(-tc.age)},
				Args:   auditjob.Args{WorkspaceID: e.WorkspaceID, ID: e.ID, Event: e},
			})
			if tc.ends {
				cancel, ok := errors.AsType[*rivertype.JobCancelError](result)
				require.True(t, ok, result)
				require.ErrorIs(t, cancel, tc.err)
				return
			}
			snooze, ok := errors.AsType[*rivertype.JobSnoozeError](result)
			require.True(t, ok, result)
			require.GreaterOrEqual(t, snooze.Duration, tc.least)
			require.LessOrEqual(t, snooze.Duration, tc.most)
		})
	}
}
