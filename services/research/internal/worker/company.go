package worker

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/riverqueue/river/rivertype"
	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// smallFile is the size of the largest file that is read together with others, in
	// bytes: beyond, a transaction is not what it costs.
	smallFile = 256 << 10
	// company is how many documents a job takes along: 8 MB at most.
	company = 31
	// patience is how long a job goes on to begin with another document, so that slow
	// ones do not take the job's time from those after them.
	patience = 10 * time.Second
)

// task is a document to be read, and what came of it.
type task struct {
	jobID    int64
	document store.Document

	reading store.Reading
	text    *blobstore.Staged
	err     error
}

// together reads a document with others that wait, and ends them together. Whatever
// goes wrong with the company, they only wait for turns of their own.
func (w *Index) together(ctx context.Context, job *rivertype.JobRow, own *task) error {
	workspaceID, client := own.document.WorkspaceID, job.AttemptedBy[len(job.AttemptedBy)-1]
	others, err := w.store.TakeCompany(ctx, workspaceID, store.Company{
		JobID: job.ID, Client: client, Kind: job.Kind, Most: company, MostBytes: smallFile,
	})
	if err != nil {
		return err
	}
	tasks := []*task{own}
	ids := make([]int64, 0, len(others))
	for _, o := range others {
		tasks = append(tasks, &task{jobID: o.JobID, document: o.Document})
		ids = append(ids, o.JobID)
	}
	begun := w.readAll(ctx, tasks)
	err = w.end(ctx, workspaceID, begun)
	if len(begun) == len(tasks) && err == nil {
		return nil // all have ended
	}
	// The process may be about to stop, and the jobs are to be free all the same.
	if back := w.store.ReturnJobs(context.WithoutCancel(ctx), workspaceID, client, ids); back != nil {
		slog.WarnContext(ctx, "documents wait until their jobs are rescued", "jobs", len(ids), "error", back)
	}
	return err
}

// readAll reads documents side by side and returns those that it began with, the
// first among them.
func (w *Index) readAll(ctx context.Context, tasks []*task) []*task {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	enough := w.now().Add(patience)
	begun := 0
	for _, t := range tasks {
		if begun > 0 && (ctx.Err() != nil || w.now().After(enough)) {
			break
		}
		begun++
		group.Go(func() error {
			// River catches the panics of its own goroutines only.
			defer func() {
				if p := recover(); p != nil {
					t.err = fmt.Errorf("reading document %s panicked: %v", t.document.ID, p)
				}
			}()
			w.read(ctx, t)
			return nil
		})
	}
	_ = group.Wait() // each task has its own error
	return tasks[:begun]
}
