package research

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
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
