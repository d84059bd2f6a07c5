// Package reverify checks the citations of a finished run again: against what their
// sources say now.
//
// A job ([SourceArgs]) does all citations of one source: it asks research to read
// the source again, looks each quote up in the new text, and stores what became of
// it together with its own end. So a killed process costs one source at most, and
// the job that stores the last citation completes the whole. Sources are read side
// by side, as many at once as the queue has workers.
//
// The findings of the run stay as they are.
package reverify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

const (
	// Queue is the queue of the jobs, which wait for others most of their time and
	// must not take the places of the steps of runs.
	Queue = "reverify"
	// AtOnce is how many sources one process has read at once.
	AtOnce = 8
	// maxTries is how often a source is asked for before it counts as unreachable.
	maxTries = 4
	// recheckTime is how long research may take to read a source again.
	recheckTime = 40 * time.Second
)

// SourceArgs asks for the citations of one source to be checked again.
type SourceArgs struct {
	WorkspaceID      string `json:"workspace_id"`
	ReverificationID string `json:"reverification_id"`
	SourceID         string `json:"source_id"`
}

// Kind implements river.JobArgs.
func (SourceArgs) Kind() string { return "reverify" }

// InsertOpts implements river.JobArgsWithInsertOpts. The attempts are more than
// maxTries, since those that a crash ended count, too.
func (SourceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: Queue, MaxAttempts: 2 * maxTries}
}

// Worker does SourceArgs.
type Worker struct {
	river.WorkerDefaults[SourceArgs]

	store    *store.Store
	research researchv1.ResearchServiceClient
}

// NewWorker returns the worker of SourceArgs.
func NewWorker(s *store.Store, research researchv1.ResearchServiceClient) *Worker {
	return &Worker{store: s, research: research}
}

// Work implements river.Worker.
func (w *Worker) Work(ctx context.Context, job *river.Job[SourceArgs]) error {
	v, err := w.store.GetReverification(ctx, job.Args.WorkspaceID, job.Args.ReverificationID)
	if errors.Is(err, errs.NotFound) || err == nil && v.Ended() {
		return nil
	}
	if err != nil {
		return err
	}
	citations, err := w.store.RecheckedCitations(ctx, v.WorkspaceID, v.ID, job.Args.SourceID)
	if err != nil {
		return err
	}
	// It outlives its user's token: research is called as this service.
	as := authn.WithCaller(ctx, authn.Caller{WorkspaceID: v.WorkspaceID, UserID: v.UserID})
	now, err := w.read(as, job.Args.SourceID, citations)
	switch {
	case err == nil:
	case errors.Is(ctx.Err(), context.Canceled): // the process stops: that says nothing
		return err
	case errors.Is(err, errs.PermissionDenied):
		return w.fail(ctx, job, "The user on whose behalf the sources are read may not do so any more.")
	case errors.Is(err, errs.NotFound):
		now = source{unreachable: "The source is not kept any more."}
	case job.Attempt >= maxTries:
		slog.WarnContext(ctx, "source cannot be read again", "source_id", job.Args.SourceID, "error", err)
		now = source{unreachable: "Reading it again failed again and again."}
	default:
		return err
	}
	return w.save(ctx, job, citations, now)
}

// save stores what became of the citations, and ends the job.
func (w *Worker) save(ctx context.Context, job *river.Job[SourceArgs], citations []store.RecheckedCitation, now source) error {
	for i := range citations {
		c := &citations[i]
		message, err := decode(*c)
		if err != nil {
			return err
		}
		now.judge(message, c.Claim)
		if c.Message, err = protojson.Marshal(message); err != nil {
			return fmt.Errorf("encode a citation: %w", err)
		}
		c.Outcome = message.GetOutcome().String()
	}
	return w.locked(ctx, job, func(ctx context.Context, tx pgx.Tx) error {
		return w.store.SaveCitations(ctx, tx, job.Args.ReverificationID, citations)
	})
}

// fail ends the whole with a reason.
func (w *Worker) fail(ctx context.Context, job *river.Job[SourceArgs], reason string) error {
	return w.locked(ctx, job, func(ctx context.Context, tx pgx.Tx) error {
		return w.store.FailReverification(ctx, tx, job.Args.ReverificationID, reason)
	})
}

// saveTime bounds storing a result: the job's own time may be what ran out.
const saveTime = 10 * time.Second

// locked runs fn under the lock of a reverification that has not ended, and
// completes the job in the same transaction.
func (w *Worker) locked(ctx context.Context, job *river.Job[SourceArgs], fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	return w.store.InWorkspace(ctx, job.Args.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		state, err := w.store.LockReverification(ctx, tx, job.Args.ReverificationID)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if err == nil && !(store.Reverification{State: state}).Ended() {
			if err := fn(ctx, tx); err != nil {
				return err
			}
		}
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
}

// decode returns the message of a citation. Rows outlive versions: what another one
// wrote besides is skipped.
func decode(c store.RecheckedCitation) (*analysisv1.RecheckedCitation, error) {
	out := &analysisv1.RecheckedCitation{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(c.Message, out); err != nil {
		return nil, fmt.Errorf("decode citation %d: %w", c.Ordinal, err)
	}
	return out, nil
}
