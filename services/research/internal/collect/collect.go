// Package collect collects the evidence of a research.
//
// # How it goes
//
// Four kinds of jobs, each so small that a killed worker costs one request:
//
//   - plan ([PlanArgs]) decides which connectors are asked what, and stores each
//     request as an ask with a job of its own;
//   - ask ([AskArgs]) sends one request to one connector. What is found becomes
//     sources: the same thing found twice becomes one ([samework]), and what its
//     connector gave of it, an abstract or a snippet, is its first snapshot;
//   - read ([ReadArgs]) fetches one source, extracts its text, keeps it as the
//     snapshot, and stores the passages that fit best as candidates;
//   - finish ([FinishArgs]) ranks the candidates of all sources, keeps the best as
//     evidence, and ends the research. It is queued by whichever job ends last,
//     and once more for the deadline.
//
// Nothing waits for what it does not need: sources of a fast connector are read
// while a slow one is still thinking, and a worker whose turn at an outside limit
// has not come puts its job off instead of sleeping.
//
// # What holds
//
// A job's result, the mark that it is done, and the jobs that follow from it are
// one transaction under the lock of the research (store.LockResearch). For research
// that has ended nothing is stored any more. A connector or a source that fails is
// an outcome with its reason, never the end of the others.
//
// # Rounds
//
// A research that has ended can go on with further queries (store.ExtendResearch).
// That is a round: planned for these queries alone, found things joining what is
// there, and all candidates of all rounds ranked anew. Jobs name their round, so
// that a late one of an earlier round changes nothing. A source of which evidence
// was given stays one source with its snapshot: somebody may quote it.
package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
)

// Deps are what collecting works with.
type Deps struct {
	Store      *store.Store
	Blobs      *blobs.Blobs
	Connectors *connector.Set
	// Credentials are the keys of the workspaces.
	Credentials Credentials
	Pages       Pages
	Extractor   Extractor
	// Semantic says how near texts are to a question in meaning; nil when no
	// embedding model is configured.
	Semantic Semantic
	// Addresses says what web addresses stand for.
	Addresses samework.Addresses
	// Timeout is how long a collection takes at most.
	Timeout time.Duration
}

// Credentials finds the key for a provider that a user's calls go with: "" when
// there is none.
type Credentials interface {
	Credential(ctx context.Context, workspaceID, userID, provider string) (string, error)
}

// Pages reads addresses. What cannot be read is a *web.Error, what has to wait for
// its turn a *connector.Busy.
type Pages interface {
	Read(ctx context.Context, req web.Request) (web.Page, error)
}

// Extractor reads the text of files; a fault of the file is an *extract.Error.
type Extractor interface {
	Extract(ctx context.Context, in extract.Input) (extract.Document, error)
}

// Semantic compares meanings. The similarities are from 0 to 1, one for each text.
type Semantic interface {
	Similarities(ctx context.Context, r store.Research, texts []string) ([]float64, error)
}

// Collector does the jobs.
type Collector struct {
	Deps
}

// New returns a collector.
func New(d Deps) *Collector { return &Collector{Deps: d} }

// Register adds the workers of the four kinds of jobs.
func (c *Collector) Register(workers *river.Workers) {
	river.AddWorker(workers, &planner{Collector: c})
	river.AddWorker(workers, &asker{Collector: c})
	river.AddWorker(workers, &reader{Collector: c})
	river.AddWorker(workers, &finisher{Collector: c})
}

// JobClient inserts and cancels jobs.
type JobClient interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	JobCancelTx(ctx context.Context, tx pgx.Tx, jobID int64) (*rivertype.JobRow, error)
}

// client returns the client that works the job of ctx.
func client(ctx context.Context) JobClient { return river.ClientFromContext[pgx.Tx](ctx) }

// CancelJobs ends jobs, inside tx: a call that one of them is waiting for breaks
// off as soon as tx commits.
func CancelJobs(ctx context.Context, tx pgx.Tx, jobs JobClient, ids []int64) error {
	for _, id := range ids {
		if _, err := jobs.JobCancelTx(ctx, tx, id); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return fmt.Errorf("cancel job %d: %w", id, err)
		}
	}
	return nil
}

// locked runs fn under the lock of a research that is still in the job's round, and
// completes the job in the same transaction. For one that has ended, is in a later
// round, or is gone, it only completes the job.
func locked[A river.JobArgs](ctx context.Context, s *store.Store, job *river.Job[A], at place, fn func(context.Context, pgx.Tx, store.Research) error) error {
	return s.InWorkspace(ctx, at.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r, err := s.LockResearch(ctx, tx, at.ResearchID)
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if err == nil && at.open(r) {
			if err := fn(ctx, tx, r); err != nil {
				return err
			}
		}
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
}

// proceed stores how far a research is, inside tx, and queues its end when nothing
// is open any more.
func (c *Collector) proceed(ctx context.Context, tx pgx.Tx, r store.Research) error {
	open, err := c.Store.CountOpen(ctx, tx, r.ID)
	if err != nil || open > 0 {
		return err
	}
	_, err = client(ctx).InsertTx(ctx, tx, FinishArgs{place: placeOf(r)}, nil)
	return err
}

// running returns the research of a job, and false when there is nothing to do for
// it any more.
func (c *Collector) running(ctx context.Context, at place) (store.Research, bool, error) {
	r, err := c.Store.GetResearch(ctx, at.WorkspaceID, at.ResearchID)
	if errors.Is(err, errs.NotFound) {
		return r, false, nil
	}
	return r, err == nil && at.open(r), err
}

// putOff puts a job off until its turn at an outside limit comes, if that is before
// the research's deadline; else it reports false.
func putOff(r store.Research, busy *connector.Busy) (error, bool) {
	if r.Deadline != nil && time.Now().Add(busy.After).After(*r.Deadline) {
		return nil, false
	}
	return river.JobSnooze(busy.After), true
}

// newID returns a fresh UUIDv7.
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}
