package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// riverDriver is the database driver that jobs are completed through.
type riverDriver = riverpgxv5.Driver

const (
	defaultSources = 20
	// maxPassages is how many passages are kept as evidence.
	maxPassages = 60
	// libraryWait is how long a collection waits for documents that were added
	// just before it.
	libraryWait = 30 * time.Second
)

// CollectArgs asks for the evidence of one research.
type CollectArgs struct {
	WorkspaceID string `json:"workspace_id"`
	ResearchID  string `json:"research_id"`
}

// CollectQueue is the queue of CollectArgs. It is not that of IndexArgs, because a
// collection waits for documents to be read: in one queue, collections could take
// all the places that the reading needs.
const CollectQueue = "collect"

// Kind implements river.JobArgs.
func (CollectArgs) Kind() string { return "collect" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (CollectArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: CollectQueue} }

// Collect collects evidence.
type Collect struct {
	river.WorkerDefaults[CollectArgs]

	store      *store.Store
	connectors []connector.Connector
}

// NewCollect returns the worker of CollectArgs.
func NewCollect(s *store.Store, connectors []connector.Connector) *Collect {
	return &Collect{store: s, connectors: connectors}
}

// Work implements river.Worker. What was found, the end of the research and the
// end of the job are one transaction. The last attempt collects nothing: it
// records that the others failed, so that no research stays RUNNING for ever.
func (w *Collect) Work(ctx context.Context, job *river.Job[CollectArgs]) error {
	r, err := w.store.StartResearch(ctx, job.Args.WorkspaceID, job.Args.ResearchID)
	if errors.Is(err, errs.NotFound) || (err == nil && r.Ended()) {
		return nil // deleted or cancelled
	}
	if err != nil {
		return err
	}
	if job.Attempt >= job.MaxAttempts {
		return w.end(ctx, job, func(ctx context.Context, tx pgx.Tx) error {
			return w.store.FailResearch(ctx, tx, r.ID, "collecting failed again and again; the log of the research service says why")
		})
	}
	if err := w.awaitLibrary(ctx, r.WorkspaceID); err != nil {
		return err
	}
	found, failed, err := w.ask(ctx, r)
	if err != nil {
		return err
	}
	return w.end(ctx, job, func(ctx context.Context, tx pgx.Tx) error {
		return w.finish(ctx, tx, r, found, failed)
	})
}

// end runs fn and completes the job in the same transaction.
func (w *Collect) end(ctx context.Context, job *river.Job[CollectArgs], fn func(context.Context, pgx.Tx) error) error {
	return w.store.InWorkspace(ctx, job.Args.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riverDriver](ctx, tx, job)
		return err
	})
}

func (w *Collect) finish(ctx context.Context, tx pgx.Tx, r store.Research, found []answer, failed []string) error {
	if len(found) == 0 {
		return w.store.FailResearch(ctx, tx, r.ID, "no source could be asked: "+strings.Join(failed, "; "))
	}
	found, err := w.hold(ctx, tx, found)
	if err != nil {
		return err
	}
	collected, err := rank(r.ID, found)
	if err != nil {
		return err
	}
	collected.State = store.ResearchSucceeded
	if len(failed) > 0 {
		collected.State = store.ResearchPartial
	}
	stored, err := w.store.FinishResearch(ctx, tx, r, collected)
	if err == nil && !stored {
		slog.InfoContext(ctx, "research ended before its evidence came", "research_id", r.ID)
	}
	return err
}

// hold leaves out the documents that were deleted since they were found, and
// keeps the others until tx ends: the snapshot of a source stays readable.
func (w *Collect) hold(ctx context.Context, tx pgx.Tx, answers []answer) ([]answer, error) {
	var ids []string
	for _, a := range answers {
		for _, f := range a.found {
			if f.DocumentID != "" {
				ids = append(ids, f.DocumentID)
			}
		}
	}
	held, err := w.store.HoldDocuments(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]answer, len(answers)) // anew: a transaction may be tried again
	for i, a := range answers {
		out[i].connector = a.connector
		for _, f := range a.found {
			if f.DocumentID == "" || held[f.DocumentID] {
				out[i].found = append(out[i].found, f)
			}
		}
	}
	return out, nil
}

// awaitLibrary waits until documents that were added just before are read: a
// user who uploads and asks expects an answer out of what they uploaded.
func (w *Collect) awaitLibrary(ctx context.Context, workspaceID string) error {
	deadline := time.Now().Add(libraryWait)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		n, err := w.store.PendingDocuments(ctx, workspaceID)
		if err != nil {
			return err
		}
		if n == 0 || time.Now().After(deadline) {
			return nil // after the deadline, what is ready has to do
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// answer is what one connector found.
type answer struct {
	connector string
	found     []connector.Found
}

// ask asks all connectors that were chosen, side by side. One that fails is
// named with its reason; the others count.
func (w *Collect) ask(ctx context.Context, r store.Research) (answers []answer, failed []string, err error) {
	parameters := &researchv1.ResearchParameters{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(r.Parameters, parameters); err != nil {
		return nil, nil, fmt.Errorf("decode parameters: %w", err)
	}
	chosen := w.chosen(parameters.GetSources())
	query := connector.Query{
		WorkspaceID: r.WorkspaceID,
		Texts:       append([]string{r.Query}, r.SubQueries...),
		Collections: parameters.GetCollections(),
		MaxSources:  int(parameters.GetMaxSources()),
		MaxPassages: maxPassages,
	}
	if query.MaxSources == 0 {
		query.MaxSources = defaultSources
	}
	results, problems := make([]answer, len(chosen)), make([]error, len(chosen))
	var group errgroup.Group
	for i, c := range chosen {
		group.Go(func() error {
			found, err := c.Find(ctx, query)
			results[i], problems[i] = answer{connector: c.Name(), found: found}, err
			return nil
		})
	}
	_ = group.Wait() // every problem is in its own place
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	for i, problem := range problems {
		if problem == nil {
			answers = append(answers, results[i])
			continue
		}
		slog.WarnContext(ctx, "connector failed", "connector", chosen[i].Name(), "error", problem)
		failed = append(failed, chosen[i].Name()+" did not answer")
	}
	return answers, failed, nil
}

func (w *Collect) chosen(names []string) []connector.Connector {
	if len(names) == 0 {
		return w.connectors
	}
	var out []connector.Connector
	for _, c := range w.connectors {
		for _, name := range names {
			if c.Name() == name {
				out = append(out, c)
			}
		}
	}
	return out
}

// newID returns a fresh UUIDv7.
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}
