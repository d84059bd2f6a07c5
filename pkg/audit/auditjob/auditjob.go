// Package auditjob brings the audit events of a service to auth, whose log they
// stand in: an event is a job in the service's own schema, so it waits there while
// auth is down, and no process that is killed takes it along.
package auditjob

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

const (
	// Queue is the jobs' own queue: a service that works at its limit still tells
	// what it does, and telling never takes the place of work.
	Queue = "audit"
	// senders is how many events are sent at once.
	senders = 2
	// sendTimeout bounds one try.
	sendTimeout = 10 * time.Second
	// The pause before an event is tried again grows with its age, between these.
	firstPause   = time.Second
	longestPause = time.Minute
)

// Args is the job that brings one event to auth.
type Args struct {
	// WorkspaceID is the event's: the policies on jobs look for it here.
	WorkspaceID string `json:"workspace_id" river:"unique"`
	// ID is the event's.
	ID    string      `json:"id" river:"unique"`
	Event audit.Event `json:"event"`
}

// Kind implements river.JobArgs.
func (Args) Kind() string { return "audit_event" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (Args) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// Sink is an audit.Sink that makes jobs.
type Sink struct {
	db   *pg.Pool
	jobs *jobs.Client
}

var _ audit.Sink = (*Sink)(nil)

// NewSink returns a sink whose jobs the client works, in a queue of their own. The
// client's workers need one that NewWorker made.
func NewSink(db *pg.Pool, client *jobs.Client) (*Sink, error) {
	if err := client.Queues().Add(Queue, river.QueueConfig{MaxWorkers: senders}); err != nil {
		return nil, fmt.Errorf("add the queue of audit events: %w", err)
	}
	return &Sink{db: db, jobs: client}, nil
}

// Record implements audit.Sink. The event is durable when it returns.
func (s *Sink) Record(ctx context.Context, e audit.Event) error {
	return s.db.InWorkspace(ctx, e.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := s.jobs.InsertTx(ctx, tx, Args{WorkspaceID: e.WorkspaceID, ID: e.ID, Event: e}, nil); err != nil {
			return fmt.Errorf("queue audit event %s: %w", e.ID, pg.Error(err))
		}
		return nil
	})
}

// Send gives an event to auth. The context's calls carry the token of the service,
// for the event's workspace. An event that is there already is no error.
type Send func(ctx context.Context, e audit.Event) error

// Worker works Args.
type Worker struct {
	river.WorkerDefaults[Args]

	minter *authn.Minter
	send   Send
	now    func() time.Time
}

// NewWorker returns a worker that sends with the minter's identity.
func NewWorker(minter *authn.Minter, send Send) *Worker {
	return &Worker{minter: minter, send: send, now: time.Now}
}

// Timeout implements river.Worker.
func (*Worker) Timeout(*river.Job[Args]) time.Duration { return sendTimeout }

// Work implements river.Worker. An event is tried until auth has it, which a snooze
// does without end and without counting attempts. Only two things end it otherwise:
// the workspace is gone, and its log with it; and auth finds the event to be none,
// which no patience will change.
func (w *Worker) Work(ctx context.Context, job *river.Job[Args]) error {
	e := job.Args.Event
	token, err := w.minter.Mint(authn.Caller{WorkspaceID: e.WorkspaceID})
	if err != nil {
		return fmt.Errorf("make a token for audit event %s: %w", e.ID, err)
	}
	err = w.send(authn.WithToken(ctx, token), e)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errs.NotFound):
		return river.JobCancel(fmt.Errorf("workspace %s of audit event %s is gone: %w", e.WorkspaceID, e.ID, err))
	case errors.Is(err, errs.InvalidArgument):
		audit.Lost(ctx, e, err)
		return river.JobCancel(fmt.Errorf("auth refuses audit event %s: %w", e.ID, err))
	}
	wait := pause(w.now().Sub(job.CreatedAt))
	slog.WarnContext(ctx, "an audit event waits for auth", "event", e.ID, "again_in", wait.String(), "error", err)
	return river.JobSnooze(wait)
}

// pause returns how long an event of some age waits: half its age, give or take a
// fifth, so that those of one outage do not come back together.
func pause(age time.Duration) time.Duration {
	length := min(max(age/2, firstPause), longestPause)
	return length*4/5 + rand.N(length*2/5) //nolint:gosec // no secret depends on it
}
