package collect

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// maxFailures is how often a request is sent again that failed in a way that
	// may pass.
	maxFailures = 2
	// quick is how long a failed request may have taken to be sent again: one that
	// hangs once would hang again, and the others would wait for it.
	quick = 2 * time.Second
	// firstPause is the time before a request is sent again, if its answer said
	// nothing; it doubles.
	firstPause = 500 * time.Millisecond
)

// asker works AskArgs.
type asker struct {
	river.WorkerDefaults[AskArgs]
	*Collector
}

// Work implements river.Worker. The last attempt asks nobody: it records that the
// others failed.
func (w *asker) Work(ctx context.Context, job *river.Job[AskArgs]) error {
	r, wanted, err := w.running(ctx, job.Args.place)
	if err != nil || !wanted {
		return err
	}
	a, err := w.Store.GetAsk(ctx, r.WorkspaceID, r.ID, job.Args.Ordinal)
	if gone(err) || a.State != store.AskWaiting {
		return err2nil(err)
	}
	if err != nil {
		return err
	}
	con, there := w.Connectors.ByName(a.Connector)
	if !there || job.Attempt >= job.MaxAttempts {
		return w.failed(ctx, job, a, "asking it failed again and again; the log of the research service says why")
	}
	q, err := w.query(ctx, r, a, con.About())
	if err != nil {
		return err
	}
	begun := time.Now()
	answer, err := con.Search(outside.WithTicket(ctx, ticket(job.ID)), q)
	if err != nil {
		return w.problem(ctx, job, trouble{r, a, err, time.Since(begun)})
	}
	return w.answered(ctx, job, a, q, answer)
}

// ticket names a job's place in the queues of outside limits.
func ticket(jobID int64) string { return "job-" + strconv.FormatInt(jobID, 10) }

// query puts together what the connector is asked.
func (w *asker) query(ctx context.Context, r store.Research, a store.Ask, about connector.About) (connector.Query, error) {
	p, err := Parameters(r)
	if err != nil {
		return connector.Query{}, err
	}
	q := connector.Query{
		WorkspaceID: r.WorkspaceID, Text: a.Query, Limit: perPage, Page: int(a.Page),
		IncludeDomains: p.GetIncludeDomains(), ExcludeDomains: p.GetExcludeDomains(),
		Languages: p.GetLanguages(), Collections: p.GetCollections(), URLs: p.GetUrls(),
	}
	if p.GetPublishedAfter() != nil {
		q.PublishedAfter = p.GetPublishedAfter().AsTime()
	}
	if p.GetPublishedBefore() != nil {
		q.PublishedBefore = p.GetPublishedBefore().AsTime()
	}
	if about.AllAtOnce {
		q.Also, q.Limit = r.SubQueries, maxSources(p)
	}
	if q.Credential, err = w.credential(ctx, r, about); err != nil && !about.NeedsCredential {
		// It answers without a key as well, if more slowly.
		slog.WarnContext(ctx, "credential cannot be looked up", "provider", about.Provider, "error", err)
		err = nil
	}
	return q, err
}

func maxSources(p *researchv1.ResearchParameters) int {
	if p.GetMaxSources() > 0 {
		return int(p.GetMaxSources())
	}
	return defaultSources
}

// trouble is a request that brought no answer.
type trouble struct {
	research store.Research
	ask      store.Ask
	err      error
	took     time.Duration
}

// problem decides what becomes of a request that brought no answer: it is put off,
// sent again, or ends with the reason.
func (w *asker) problem(ctx context.Context, job *river.Job[AskArgs], t trouble) error {
	if ctx.Err() != nil { // the process stops, or the research was cancelled
		return t.err
	}
	if busy, ok := errors.AsType[*connector.Busy](t.err); ok {
		if snooze, ok := putOff(t.research, busy); ok {
			return snooze
		}
		return w.failed(ctx, job, t.ask, "its limit on requests left no turn before the deadline")
	}
	own, ok := errors.AsType[*connector.Error](t.err)
	if !ok { // a failure of our own: River tries again
		return t.err
	}
	slog.WarnContext(ctx, "connector did not answer", "connector", t.ask.Connector, "research_id", t.research.ID, "error", t.err)
	if again, ok := w.again(t, own); ok {
		if err := w.Store.RecordFailure(ctx, t.research.WorkspaceID, t.ask); err != nil {
			return err
		}
		return river.JobSnooze(again)
	}
	if own.Problem == connector.Unreachable && !w.named(t) {
		return w.skipped(ctx, job, t.ask, own.Message)
	}
	return w.failed(ctx, job, t.ask, own.Message)
}

// again returns the pause before a request is sent again, and whether it is.
func (w *asker) again(t trouble, own *connector.Error) (time.Duration, bool) {
	passing := own.Problem == connector.Limited || own.Problem == connector.Unavailable && t.took < quick
	pause := max(own.RetryAfter, firstPause<<t.ask.Failures)
	if !passing || t.ask.Failures >= maxFailures || time.Now().Add(pause).After(w.deadline(t.research)) {
		return 0, false
	}
	return pause, true
}

// named reports whether the user asked for the connector by its name. One that
// takes part by default and cannot be reached from here, as on a machine without
// a network, is left out and makes no research partial.
func (w *asker) named(t trouble) bool {
	p, err := Parameters(t.research)
	return err == nil && slices.Contains(p.GetSources(), t.ask.Connector)
}

func (w *asker) failed(ctx context.Context, job *river.Job[AskArgs], a store.Ask, reason string) error {
	a.State, a.Reason = store.AskFailed, reason
	return w.end(ctx, job, a)
}

func (w *asker) skipped(ctx context.Context, job *river.Job[AskArgs], a store.Ask, reason string) error {
	a.State, a.Reason = store.AskSkipped, reason
	return w.end(ctx, job, a)
}

// end stores what became of an ask that found nothing.
func (w *asker) end(ctx context.Context, job *river.Job[AskArgs], a store.Ask) error {
	return locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		if _, err := w.Store.EndAsk(ctx, tx, a); err != nil {
			return err
		}
		return w.proceed(ctx, tx, r)
	})
}

// answered stores what a connector found.
func (w *asker) answered(ctx context.Context, job *river.Job[AskArgs], a store.Ask, q connector.Query, answer connector.Answer) error {
	kept := filter(q, answer.Items)
	found, err := w.prepare(ctx, a.Connector, q, kept)
	if err != nil {
		return err
	}
	a.State, a.Found, a.Notes = store.AskAnswered, int32(len(kept)), answer.Notes
	var unused []string
	err = locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		unused = nil
		waiting, err := w.Store.EndAsk(ctx, tx, a)
		if err != nil {
			return err
		}
		if waiting { // else the deadline came first
			if unused, err = w.place(ctx, tx, r, found); err != nil {
				return err
			}
			if answer.LibraryVersion != nil {
				if err := w.Store.NoteLibrary(ctx, tx, r.ID, *answer.LibraryVersion); err != nil {
					return err
				}
			}
		}
		return w.proceed(ctx, tx, r)
	})
	if err == nil {
		w.Blobs.Release(ctx, job.Args.WorkspaceID, unused...)
	}
	return err
}

// gone reports whether what a job was for is not there any more.
func gone(err error) bool { return errors.Is(err, errs.NotFound) }

// err2nil returns an error unless it says that something is gone.
func err2nil(err error) error {
	if gone(err) {
		return nil
	}
	return err
}
