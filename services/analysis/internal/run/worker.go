package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// StepArgs asks for one step of a run.
type StepArgs struct {
	WorkspaceID string `json:"workspace_id"`
	AnalysisID  string `json:"analysis_id"`
	Step        string `json:"step"`
}

// maxTries is how often a step is tried before its run fails: with the pauses in
// between, about four minutes.
const maxTries = 10

// Kind implements river.JobArgs.
func (StepArgs) Kind() string { return "analysis_step" }

// InsertOpts implements river.JobArgsWithInsertOpts. River may try more often than
// the worker: it drops a job after its last attempt without asking, which would
// leave the run of a lost process neither going on nor failed.
func (StepArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 2 * maxTries} }

// Peers are the services that a run calls.
type Peers struct {
	Research researchv1.ResearchServiceClient
	Report   reportv1.ReportServiceClient
}

// Worker does the steps of runs.
type Worker struct {
	river.WorkerDefaults[StepArgs]

	store   *store.Store
	log     *eventlog.Log
	engines engine.Set
	peers   Peers
}

// NewWorker returns the worker of StepArgs.
func NewWorker(s *store.Store, log *eventlog.Log, engines engine.Set, peers Peers) *Worker {
	return &Worker{store: s, log: log, engines: engines, peers: peers}
}

// Work implements river.Worker.
func (w *Worker) Work(ctx context.Context, job *river.Job[StepArgs]) error {
	started := time.Now()
	a, err := w.store.GetAnalysis(ctx, job.Args.WorkspaceID, job.Args.AnalysisID)
	if errors.Is(err, errs.NotFound) {
		return nil // deleted
	}
	if err != nil {
		return err
	}
	if a.Ended() || a.Step != job.Args.Step {
		return nil // cancelled, or done by an earlier run of this job
	}
	outcome, err := w.do(ctx, a)
	if err == nil {
		err = w.commit(ctx, job, a, outcome, started)
	}
	if errors.Is(err, errOvertaken) {
		return nil
	}
	// A process that is stopping says nothing about the run.
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) && hopeless(job, err) {
		return w.fail(ctx, a, err)
	}
	return err
}

// do does the step that the run is at. A panic is an error like others: it fails
// this run in the end, and no other.
func (w *Worker) do(ctx context.Context, a store.Analysis) (o Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step %s of analysis %s panicked: %v\n%s", a.Step, a.ID, p, debug.Stack())
		}
	}()
	work, ok := w.steps()[a.Step]
	if !ok { // a newer version queued it; a process of that version can take it
		return Outcome{}, fmt.Errorf("analysis %s is at the unknown step %q", a.ID, a.Step)
	}
	// The run outlives its user's token: peers are called as this service, for
	// the run's workspace and user.
	return work(authn.WithCaller(ctx, authn.Caller{WorkspaceID: a.WorkspaceID, UserID: a.UserID}), a)
}

// errOvertaken says that the run is not where it was when the step began: it
// ended, was deleted, or was taken up again and has left the step behind.
var errOvertaken = errors.New("the run went on without this step")

// lock returns the run as it is now, locked until tx ends, if it is still where it
// was before; else errOvertaken.
func (w *Worker) lock(ctx context.Context, tx pgx.Tx, before store.Analysis) (store.Analysis, error) {
	a, err := w.store.LockAnalysis(ctx, tx, before.ID)
	if errors.Is(err, errs.NotFound) {
		return a, errOvertaken
	}
	if err == nil && (a.Ended() || a.Step != before.Step || a.Collection != before.Collection) {
		return a, errOvertaken
	}
	return a, err
}

// commit stores the outcome of a step and queues the next one.
func (w *Worker) commit(ctx context.Context, job *river.Job[StepArgs], before store.Analysis, o Outcome, started time.Time) error {
	var last int64
	err := w.store.InWorkspace(ctx, before.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := w.lock(ctx, tx, before)
		if err != nil {
			return err
		}
		if err := w.store.RecordStep(ctx, tx, a, a.Step, job.Attempt, started); err != nil {
			return err
		}
		if err := w.saveFindings(ctx, tx, a, o.Findings); err != nil {
			return err
		}
		if o.Change != nil {
			o.Change(&a)
		}
		a.Step = o.Next
		if err := Move(ctx, tx, w.store, &a, o.State, o.Progress, o.Events...); err != nil {
			return err
		}
		last = a.LastSequence
		if o.Next != "" {
			next := StepArgs{WorkspaceID: a.WorkspaceID, AnalysisID: a.ID, Step: o.Next}
			if _, err := river.ClientFromContext[pgx.Tx](ctx).InsertTx(ctx, tx, next, nil); err != nil {
				return fmt.Errorf("queue step %s: %w", o.Next, err)
			}
		}
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err != nil {
		return err
	}
	w.log.Notify(before.WorkspaceID, before.ID, last)
	return nil
}

func (w *Worker) saveFindings(ctx context.Context, tx pgx.Tx, a store.Analysis, findings []*analysisv1.Finding) error {
	if findings == nil {
		return nil
	}
	rows := make([]store.Finding, len(findings))
	for i, f := range findings {
		row, err := wire.FindingRow(f)
		if err != nil {
			return err
		}
		rows[i] = row
	}
	return w.store.ReplaceFindings(ctx, tx, a, rows)
}

// hopeless reports whether trying the step again cannot help.
func hopeless(job *river.Job[StepArgs], err error) bool {
	if _, ok := errors.AsType[*river.JobSnoozeError](err); ok {
		return false
	}
	for _, kind := range []error{errs.InvalidArgument, errs.FailedPrecondition, errs.NotFound, errs.PermissionDenied} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return job.Attempt >= maxTries
}

// failTimeout bounds the transaction that ends a run.
const failTimeout = 10 * time.Second

// fail ends the run with a reason that its user can act on.
func (w *Worker) fail(ctx context.Context, before store.Analysis, cause error) error {
	slog.ErrorContext(ctx, "analysis failed", "analysis_id", before.ID, "step", before.Step, "error", cause)
	reason := errs.Reason(cause)
	if reason == "" {
		reason = "STEP_FAILED"
	}
	detail := &analysisv1.AnalysisError{
		Reason: reason, Message: fmt.Sprintf("The step %q did not succeed: %s.", before.Step, strings.TrimRight(errs.Message(cause), ".")),
	}
	// The step's own time may be what ran out.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), failTimeout)
	defer cancel()
	var last int64
	err := w.store.InWorkspace(ctx, before.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := w.lock(ctx, tx, before)
		if err != nil {
			return err
		}
		a.ErrorReason, a.ErrorMessage = detail.GetReason(), detail.GetMessage()
		failed := &analysisv1.Event{Type: analysisv1.Event_ERROR, Detail: &analysisv1.Event_Error{Error: detail}}
		err = Move(ctx, tx, w.store, &a, store.Failed, a.Progress, failed)
		last = a.LastSequence
		return err
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err == nil {
		w.log.Notify(before.WorkspaceID, before.ID, last)
	}
	return err
}
