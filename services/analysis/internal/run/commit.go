package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// errOvertaken says that the run is not where it was when the step began: it
// ended, was deleted, or was taken up again and has left the step behind.
var errOvertaken = errors.New("the run went on without this step")

// lock returns the run as it is now, locked until tx ends, if it is still where it
// was before; else errOvertaken.
func (w *Worker) lock(ctx context.Context, tx pgx.Tx, before store.Analysis) (store.Analysis, error) {
	a, err := w.Store.LockAnalysis(ctx, tx, before.ID)
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
	err := w.Store.InWorkspace(ctx, before.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := w.lock(ctx, tx, before)
		if err != nil {
			return err
		}
		if err := w.Store.RecordStep(ctx, tx, a, a.Step, job.Attempt, started); err != nil {
			return err
		}
		if err := w.saveFindings(ctx, tx, a, o.Findings); err != nil {
			return err
		}
		if err := w.apply(ctx, tx, &a, o); err != nil {
			return err
		}
		last = a.LastSequence
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err != nil {
		return err
	}
	w.Log.Notify(before.WorkspaceID, before.ID, last)
	return nil
}

// apply brings the run to where the outcome leaves it, with the job of the next step.
func (w *Worker) apply(ctx context.Context, tx pgx.Tx, a *store.Analysis, o Outcome) error {
	if o.Change != nil {
		o.Change(a)
	}
	for _, sentence := range o.Missing {
		if !slices.Contains(a.Missing, sentence) {
			a.Missing = append(a.Missing, sentence)
		}
	}
	a.Step, a.JobID = o.Next, nil
	if o.Next != "" {
		next := StepArgs{WorkspaceID: a.WorkspaceID, AnalysisID: a.ID, Step: o.Next}
		inserted, err := river.ClientFromContext[pgx.Tx](ctx).InsertTx(ctx, tx, next, &river.InsertOpts{ScheduledAt: o.NotBefore})
		if err != nil {
			return fmt.Errorf("queue step %s: %w", o.Next, err)
		}
		a.JobID = &inserted.Job.ID
	}
	used, err := w.used(ctx, tx, a)
	if err != nil {
		return err
	}
	return Move(ctx, tx, w.Store, a, o.State, o.Progress, append(slices.Clone(o.Events), used...)...)
}

// used brings the run's usage up to date and returns the events that tell of it, if
// anything was used, and of budgets that are low.
func (w *Worker) used(ctx context.Context, tx pgx.Tx, a *store.Analysis) ([]*analysisv1.Event, error) {
	usage, err := w.Book.OfRun(ctx, tx, a.ID)
	if err != nil {
		return nil, fmt.Errorf("sum up what analysis %s used: %w", a.ID, err)
	}
	if !wire.SetUsage(a, usage) {
		return nil, nil
	}
	events := []*analysisv1.Event{{Type: analysisv1.Event_USAGE, Detail: &analysisv1.Event_Usage{Usage: wire.Usage(*a)}}}
	low, err := w.Book.TakeWarnings(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	for _, warning := range low {
		events = append(events, &analysisv1.Event{Type: analysisv1.Event_BUDGET_LOW, Detail: &analysisv1.Event_BudgetLow{
			BudgetLow: &analysisv1.BudgetLow{Scope: warning.Scope, Share: warning.Share},
		}})
	}
	return events, nil
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
	return w.Store.ReplaceFindings(ctx, tx, a, rows)
}

// endTimeout bounds the transaction that ends a run, or what is left to write of one.
const endTimeout = 10 * time.Second

// settle notes what the step of a run that has gone on without it used. Its last
// event is told already.
func (w *Worker) settle(ctx context.Context, before store.Analysis) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	err := w.Store.InWorkspace(ctx, before.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := w.Store.LockAnalysis(ctx, tx, before.ID)
		if err != nil || !a.Ended() { // a run that goes on notes it itself
			return err
		}
		if used, err := w.used(ctx, tx, &a); err != nil || len(used) == 0 {
			return err
		}
		return w.Store.SaveAnalysis(ctx, tx, &a)
	})
	if errors.Is(err, errs.NotFound) {
		return nil // deleted
	}
	return err
}

// fail ends the run with a reason that its user can act on.
func (w *Worker) fail(ctx context.Context, before store.Analysis, cause error) error {
	slog.ErrorContext(ctx, "analysis failed", "analysis_id", before.ID, "step", before.Step, "error", cause)
	reason := errs.Reason(cause)
	if reason == "" {
		reason = "STEP_FAILED"
	}
	step, _ := Split(before.Step)
	detail := &analysisv1.AnalysisError{
		Reason: reason, Message: fmt.Sprintf("The step %q did not succeed: %s.", step, strings.TrimRight(errs.Message(cause), ".")),
	}
	// The step's own time may be what ran out.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	var last int64
	err := w.Store.InWorkspace(ctx, before.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := w.lock(ctx, tx, before)
		if err != nil {
			return err
		}
		events, err := w.used(ctx, tx, &a)
		if err != nil {
			return err
		}
		a.JobID = nil
		a.ErrorReason, a.ErrorMessage = detail.GetReason(), detail.GetMessage()
		events = append(events, &analysisv1.Event{Type: analysisv1.Event_ERROR, Detail: &analysisv1.Event_Error{Error: detail}})
		err = Move(ctx, tx, w.Store, &a, store.Failed, a.Progress, events...)
		last = a.LastSequence
		return err
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err == nil {
		w.Log.Notify(before.WorkspaceID, before.ID, last)
	}
	return err
}
