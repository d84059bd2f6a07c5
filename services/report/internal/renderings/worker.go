package renderings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// maxFile bounds a rendered file, in bytes.
const maxFile = 256 << 20

// attempts is how often a rendering is tried: what fails again and again fails for good.
const attempts = 5

// RenderArgs asks for a version of a report to be rendered.
type RenderArgs struct {
	WorkspaceID string `json:"workspace_id"`
	ReportID    string `json:"report_id"`
	Number      int32  `json:"number"`
	Format      string `json:"format"`
}

// Kind implements river.JobArgs.
func (RenderArgs) Kind() string { return "render_report" }

// InsertOpts implements river.JobArgsWithInsertOpts. While there is a job for a file that
// has not ended, another one is none.
func (RenderArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: attempts, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// ReleaseArgs asks for bytes to be deleted that no rendering is any more.
type ReleaseArgs struct {
	WorkspaceID string   `json:"workspace_id"`
	Digests     []string `json:"digests"`
}

// Kind implements river.JobArgs.
func (ReleaseArgs) Kind() string { return "release_renderings" }

// Documents returns the document of a version; 0 is the newest.
type Documents interface {
	Document(ctx context.Context, workspaceID, reportID string, number int32) (store.Version, *reportv1.Document, error)
}

// Worker renders reports and deletes what is not wanted any more. A job that is killed
// is done again and makes the same bytes.
type Worker struct {
	Store     *store.Store
	Blobs     *blobstore.Store
	Documents Documents
}

// Register makes workers work the jobs.
func (w *Worker) Register(workers *river.Workers) {
	river.AddWorker(workers, river.WorkFunc(w.render))
	river.AddWorker(workers, river.WorkFunc(w.release))
}

// render renders one file. A report that was deleted meanwhile needs none.
func (w *Worker) render(ctx context.Context, job *river.Job[RenderArgs]) error {
	err := w.try(ctx, job.Args)
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	if err == nil || job.Attempt < job.MaxAttempts {
		return err
	}
	slog.ErrorContext(ctx, "a report cannot be rendered", "report_id", job.Args.ReportID, "format", job.Args.Format, "error", err)
	return w.end(ctx, job.Args, store.Rendering{State: store.Failed}, nil)
}

func (w *Worker) try(ctx context.Context, args RenderArgs) error {
	as, err := format.Named(args.Format)
	if err != nil {
		return err
	}
	_, doc, err := w.Documents.Document(ctx, args.WorkspaceID, args.ReportID, args.Number)
	if err != nil {
		return err
	}
	file, err := safely(as, doc)
	if err != nil {
		return fmt.Errorf("render as %s: %w", as.Name, err)
	}
	staged, err := blobstore.Stage(ctx, bytes.NewReader(file), maxFile)
	if err != nil {
		return err
	}
	defer staged.Close()
	return w.end(ctx, args, store.Rendering{State: store.Ready, SHA256: staged.Ref.SHA256, Size: staged.Ref.Size}, staged)
}

// safely renders a document. A renderer that panics has failed like one that says so:
// the rendering must come to an end.
func safely(as format.Format, doc *reportv1.Document) (file []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return as.Render(doc)
}

// end notes what became of a rendering, after its bytes are stored.
func (w *Worker) end(ctx context.Context, args RenderArgs, done store.Rendering, staged *blobstore.Staged) error {
	done.ReportID, done.Number, done.Format = args.ReportID, args.Number, args.Format
	return w.Store.InWorkspace(ctx, args.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if staged != nil {
			if err := w.Store.EnterBlob(ctx, tx, args.WorkspaceID, staged.Ref.SHA256); err != nil {
				return err
			}
			if err := w.Blobs.PutStaged(ctx, args.WorkspaceID, staged); err != nil {
				return err
			}
		}
		return w.Store.EndRendering(ctx, tx, done)
	})
}

// release deletes those of the bytes that no rendering is any more. The rows are gone by
// now.
func (w *Worker) release(ctx context.Context, job *river.Job[ReleaseArgs]) error {
	workspaceID := job.Args.WorkspaceID
	for _, digest := range job.Args.Digests {
		err := w.Store.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
			if err := w.Store.EnterBlob(ctx, tx, workspaceID, digest); err != nil {
				return err
			}
			used, err := w.Store.BlobUsed(ctx, tx, workspaceID, digest)
			if err != nil || used {
				return err
			}
			return w.Blobs.Delete(ctx, workspaceID, digest)
		})
		if errors.Is(err, errs.NotFound) {
			return nil // the workspace is deleted, and its bytes with it
		}
		if err != nil {
			return fmt.Errorf("delete a rendered report: %w", err)
		}
	}
	return nil
}
