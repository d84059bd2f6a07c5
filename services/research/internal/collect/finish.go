package collect

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// pageAge is how long a page that was fetched is kept for conditional requests.
	pageAge = 7 * 24 * time.Hour
	// maxDropped is how many old pages one research clears away.
	maxDropped = 200
	// candidateAge is how long the passages are kept that evidence was chosen from:
	// a further round within this time chooses among all of them.
	candidateAge = 24 * time.Hour
)

// finisher works FinishArgs.
type finisher struct {
	river.WorkerDefaults[FinishArgs]
	*Collector
}

// Work implements river.Worker. It runs when nothing is open any more, or at the
// deadline; then what is open is closed with that reason.
func (w *finisher) Work(ctx context.Context, job *river.Job[FinishArgs]) error {
	r, wanted, err := w.running(ctx, job.Args.place)
	if err != nil || !wanted {
		return err
	}
	if job.Attempt >= job.MaxAttempts {
		return locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
			return w.Store.FailResearch(ctx, tx, r.ID, "ranking failed again and again; the log of the research service says why")
		})
	}
	ready, err := w.close(ctx, r)
	if err != nil || !ready {
		return err
	}
	end, dropped, err := w.rank(ctx, r)
	if err != nil {
		return err
	}
	stored := false
	err = locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		stored = true
		for _, d := range dropped {
			if err := w.Store.DropSource(ctx, tx, d.source, d.into); err != nil {
				return err
			}
		}
		return w.Store.FinishResearch(ctx, tx, r, end)
	})
	if err == nil && stored {
		w.clear(ctx, r, dropped)
	}
	return err
}

// close closes what a research still waits for once its deadline has come. It
// reports false when something is open and the deadline has not.
func (w *finisher) close(ctx context.Context, r store.Research) (ready bool, err error) {
	err = w.Store.InWorkspace(ctx, r.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := w.Store.LockResearch(ctx, tx, r.ID); err != nil {
			return err
		}
		open, err := w.Store.CountOpen(ctx, tx, r.ID)
		if err != nil || open == 0 {
			ready = open == 0
			return err
		}
		if ready = !time.Now().Before(w.deadline(r)); !ready {
			return nil
		}
		jobs, err := w.Store.StopWork(ctx, tx, r.ID, "it did not answer before the deadline")
		if err != nil {
			return err
		}
		return CancelJobs(ctx, tx, client(ctx), jobs)
	})
	return ready, err2nil(err)
}

// clear deletes what nothing refers to any more: the snapshots of sources that
// turned out to be others, and pages and candidates of long ago.
func (w *finisher) clear(ctx context.Context, r store.Research, dropped []duplicate) {
	var digests []string
	for _, d := range dropped {
		digests = append(digests, d.source.RawSHA256, d.source.TextSHA256)
	}
	old, err := w.Store.DropPages(ctx, r.WorkspaceID, time.Now().Add(-pageAge), maxDropped)
	if err != nil { // the next research tries again
		slog.WarnContext(ctx, "old pages stay", "workspace_id", r.WorkspaceID, "error", err)
	}
	if err := w.Store.DropCandidates(ctx, r.WorkspaceID, time.Now().Add(-candidateAge)); err != nil { // as above
		slog.WarnContext(ctx, "old candidates stay", "workspace_id", r.WorkspaceID, "error", err)
	}
	w.Blobs.Release(ctx, r.WorkspaceID, append(digests, old...)...)
}

// verdict says how a research ends, from what became of its asks.
func verdict(outcomes []Outcome, sources int) (state, reason string) {
	answered, failed := false, false
	var why []string
	for _, o := range outcomes {
		answered = answered || o.Answered > 0
		failed = failed || o.State == StateFailed || o.State == StateAnsweredPartly
		if o.Reason != "" {
			why = append(why, o.Connector+": "+o.Reason)
		}
	}
	switch {
	case !answered && sources == 0:
		return store.ResearchFailed, "no source could be asked: " + strings.Join(why, "; ")
	case failed:
		return store.ResearchPartial, ""
	}
	return store.ResearchSucceeded, ""
}
