package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
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

// longestStep bounds a step. One that is cut off is done again, and finds the answers
// of models that it had got.
const longestStep = 15 * time.Minute

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

// Callers gives the callers of models.
type Callers interface {
	For(scope calls.Scope) engine.Caller
}

// Book keeps the ledger: what runs have used, and what their searches may cost.
type Book interface {
	// RunBudget returns the budget in force for a run that asks for one.
	RunBudget(asked spend.Amount) spend.Amount
	// OfRun sums up what a run has used until now, as tx sees it.
	OfRun(ctx context.Context, tx pgx.Tx, analysisID string) (store.Usage, error)
	// TakeWarnings returns the budgets that have become low, each once.
	TakeWarnings(ctx context.Context, tx pgx.Tx, analysisID string) ([]store.Warning, error)
	// ReserveSearch sets aside what requests to a connector cost, and returns for how
	// many there is room; SettleSearch notes how many were made.
	ReserveSearch(ctx context.Context, a spend.Account, connector string, requests int) (int, error)
	SettleSearch(ctx context.Context, a spend.Account, connector string, requests int) error
	// Paid reports whether requests to a connector cost money.
	Paid(connector string) bool
}

// Deps is what a Worker works with.
type Deps struct {
	Store *store.Store
	Log   *eventlog.Log
	// Engines are those that runs may be routed to. Plain is the one that needs no
	// model: it goes on where a model cannot.
	Engines engine.Set
	Plain   engine.Provider
	Callers Callers
	Book    Book
	Peers   Peers
}

// Worker does the steps of runs.
type Worker struct {
	river.WorkerDefaults[StepArgs]
	Deps
}

// NewWorker returns the worker of StepArgs.
func NewWorker(d Deps) *Worker { return &Worker{Deps: d} }

// Timeout implements river.Worker.
func (*Worker) Timeout(job *river.Job[StepArgs]) time.Duration {
	return jobs.Timeout(job.JobRow, longestStep)
}

// Work implements river.Worker.
func (w *Worker) Work(ctx context.Context, job *river.Job[StepArgs]) error {
	started := time.Now()
	a, err := w.Store.GetAnalysis(ctx, job.Args.WorkspaceID, job.Args.AnalysisID)
	if errors.Is(err, errs.NotFound) {
		return nil // deleted
	}
	if err != nil {
		return err
	}
	if a.Ended() || a.Step != job.Args.Step {
		return nil // cancelled, or done by an earlier run of this job
	}
	outcome, err := w.do(ctx, a, job.Attempt)
	if err == nil {
		err = w.commit(ctx, job, a, outcome, started)
	}
	if errors.Is(err, errOvertaken) || (err != nil && errors.Is(context.Cause(ctx), river.ErrJobCancelledRemotely)) {
		return w.settle(ctx, a)
	}
	// A process that is stopping says nothing about the run.
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) && hopeless(job, err) {
		return w.fail(ctx, a, err)
	}
	return err
}

// do does the step that the run is at. A panic is an error like others: it fails
// this run in the end, and no other.
func (w *Worker) do(ctx context.Context, a store.Analysis, attempt int) (o Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step %s of analysis %s panicked: %v\n%s", a.Step, a.ID, p, debug.Stack())
		}
	}()
	t, err := w.newTask(a, attempt)
	if err != nil {
		return Outcome{}, err
	}
	work, ok := t.steps()[t.step]
	if !ok { // a newer version queued it; a process of that version can take it
		return Outcome{}, fmt.Errorf("analysis %s is at the unknown step %q", a.ID, a.Step)
	}
	// The run outlives its user's token: peers are called as this service, for
	// the run's workspace and user.
	return work(authn.WithCaller(ctx, authn.Caller{WorkspaceID: a.WorkspaceID, UserID: a.UserID}))
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
