package research

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/server"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
)

// addLibrary adds the workers of the library's jobs.
func addLibrary(workers *river.Workers, rows *store.Store, kept *blobs.Blobs, extractor *extract.Extractor) {
	river.AddWorker(workers, worker.NewIndex(rows, kept, extractor))
	river.AddWorker(workers, worker.NewReindex(rows))
	river.AddWorker(workers, worker.NewSweep(kept))
}

// sweepLater returns how a sweep of a workspace's blobs is queued, once for each
// time.
func sweepLater(rows *store.Store, client *jobs.Client) func(ctx context.Context, workspaceID string, at time.Time) error {
	return func(ctx context.Context, workspaceID string, at time.Time) error {
		args := worker.SweepArgs{WorkspaceID: workspaceID, Day: at.Format(time.DateOnly)}
		return rows.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
			if _, err := client.InsertTx(ctx, tx, args, &river.InsertOpts{ScheduledAt: at}); err != nil {
				return fmt.Errorf("queue a sweep: %w", pg.Error(err))
			}
			return nil
		})
	}
}

// addressReader reads addresses for the library.
type addressReader struct{ pages *web.Reader }

var _ server.Reader = addressReader{}

// Read implements server.Reader.
func (r addressReader) Read(ctx context.Context, by authn.Caller, url string) (server.Page, error) {
	page, err := r.pages.Read(ctx, web.Request{WorkspaceID: by.WorkspaceID, UserID: by.UserID, URL: url})
	if problem, ok := errors.AsType[*web.Error](err); ok {
		return server.Page{}, &server.Unread{Reason: string(problem.Reason), Message: problem.Message}
	}
	if busy, ok := errors.AsType[*connector.Busy](err); ok {
		return server.Page{}, errs.Later(errs.Unavailable, "HOST_BUSY", "the host of this address is asked too often at the moment: try again later", busy.After)
	}
	if err != nil {
		return server.Page{}, err
	}
	return server.Page{FinalURL: page.FinalURL, MediaType: page.MediaType, FileName: page.FileName(), Body: page.Body}, nil
}
