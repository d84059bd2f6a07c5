package worker

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// reindexSlice is how many documents one job asks to be read anew.
const reindexSlice = 500

// againPriority is the priority of reading a document anew: after what was added
// just now, which somebody waits for. 1 is River's highest and the default.
const againPriority = 3

// ReindexArgs asks for a part of a library to be read anew: the documents of a
// collection, or all, with an id above After and up to Through.
type ReindexArgs struct {
	WorkspaceID string `json:"workspace_id"`
	Collection  string `json:"collection,omitempty"`
	After       string `json:"after,omitempty"`
	Through     string `json:"through"`
}

// Kind implements river.JobArgs.
func (ReindexArgs) Kind() string { return "reindex_library" }

// Reindex asks for documents to be read anew, a slice at a time.
type Reindex struct {
	river.WorkerDefaults[ReindexArgs]

	store *store.Store
	slice int
}

// NewReindex returns the worker of ReindexArgs.
func NewReindex(s *store.Store) *Reindex { return &Reindex{store: s, slice: reindexSlice} }

// Work implements river.Worker. The jobs of a slice, the job of the next one and the
// end of this one are one transaction: killed, it goes on where it was.
func (w *Reindex) Work(ctx context.Context, job *river.Job[ReindexArgs]) error {
	args := job.Args
	in := store.Slice{Collection: args.Collection, After: args.After, Through: args.Through}
	if in.After == "" {
		in.After = uuid.Nil.String()
	}
	client := river.ClientFromContext[pgx.Tx](ctx)
	return w.store.InWorkspace(ctx, args.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		ids, err := w.store.AskAllAgain(ctx, tx, in, w.slice)
		if err != nil {
			return err
		}
		jobs := make([]river.InsertManyParams, 0, len(ids)+1)
		for _, id := range ids {
			jobs = append(jobs, river.InsertManyParams{
				Args: IndexArgs{WorkspaceID: args.WorkspaceID, DocumentID: id}, InsertOpts: &river.InsertOpts{Priority: againPriority},
			})
		}
		if len(ids) == w.slice {
			next := args
			next.After = ids[len(ids)-1]
			jobs = append(jobs, river.InsertManyParams{Args: next})
		}
		if len(jobs) > 0 {
			if _, err := client.InsertManyTx(ctx, tx, jobs); err != nil {
				return err
			}
		}
		_, err = river.JobCompleteTx[*riverDriver](ctx, tx, job)
		return err
	})
}
