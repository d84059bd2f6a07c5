// Package renderings turns versions of reports into files. A file is rendered by a
// job, once, and kept in the blob store under its hash; whoever asks for it first
// waits for the job.
package renderings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

const (
	// glance is the first pause between two looks whether a file is there; the pauses
	// double up to longGlance.
	glance     = 10 * time.Millisecond
	longGlance = 250 * time.Millisecond
)

// errTooLarge is what a version is that a format cannot hold.
var errTooLarge = errs.New(errs.FailedPrecondition, "RENDERING_FAILED",
	"the report could not be rendered in this format; it may be too large for it")

// Jobs queues jobs inside transactions.
type Jobs interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// Renderings keeps the files of all reports. It is safe for concurrent use.
type Renderings struct {
	store *store.Store
	blobs *blobstore.Store
	jobs  Jobs
}

// New returns the files that the rows of s name and blobs holds.
func New(s *store.Store, blobs *blobstore.Store, jobs Jobs) *Renderings {
	return &Renderings{store: s, blobs: blobs, jobs: jobs}
}

// Want has files of a version rendered that are not. It does not wait.
func (r *Renderings) Want(ctx context.Context, v store.Version, formats ...string) error {
	return r.store.InWorkspace(ctx, v.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		for _, name := range formats {
			if err := r.store.AddRendering(ctx, tx, v.WorkspaceID, store.Rendering{ReportID: v.ReportID, Number: v.Number, Format: name}); err != nil {
				return err
			}
			// Also for one that somebody asked for before: its job may have been killed
			// so often that nobody takes it up any more.
			args := RenderArgs{WorkspaceID: v.WorkspaceID, ReportID: v.ReportID, Number: v.Number, Format: name}
			if _, err := r.jobs.InsertTx(ctx, tx, args, nil); err != nil {
				return fmt.Errorf("queue the rendering: %w", err)
			}
		}
		return nil
	})
}

// Blobs is where the files are.
func (r *Renderings) Blobs() *blobstore.Store { return r.blobs }

// Await returns a version as a file, which it has rendered and waits for if need be.
func (r *Renderings) Await(ctx context.Context, v store.Version, as format.Format) (store.Rendering, error) {
	done, err := r.await(ctx, v, as.Name)
	if err == nil && done.State == store.Failed {
		err = errTooLarge
	}
	return done, err
}

// await returns a rendering when it is at its end.
func (r *Renderings) await(ctx context.Context, v store.Version, name string) (store.Rendering, error) {
	wanted := store.Rendering{ReportID: v.ReportID, Number: v.Number, Format: name}
	asked := false
	for pause := glance; ; pause = min(2*pause, longGlance) {
		found, err := r.store.GetRendering(ctx, v.WorkspaceID, wanted)
		switch {
		case (errors.Is(err, errs.NotFound) || found.State == store.Pending) && !asked:
			asked = true
			if err := r.Want(ctx, v, name); err != nil {
				return store.Rendering{}, err
			}
		case err != nil: // also a report that was deleted meanwhile
			return store.Rendering{}, err
		case found.State != store.Pending:
			return found, nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return store.Rendering{}, ctx.Err()
		case <-timer.C:
		}
	}
}
