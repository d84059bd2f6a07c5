package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// cancelJobs cancels the jobs of a workspace that have not ended. The context of a
// running one ends soon; it is not waited for, since it can leave nothing behind,
// and its process may be gone.
func (p *Purger) cancelJobs(ctx context.Context, workspaceID string) error {
	if p.cfg.Jobs == nil {
		return nil
	}
	ids, err := p.jobs(ctx, workspaceID, "AND finalized_at IS NULL")
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	return p.sliceOfJobs(ctx, workspaceID, ids, func(ctx context.Context, tx pgx.Tx, ids []int64) error {
		for _, id := range ids {
			if _, err := p.cfg.Jobs.JobCancelTx(ctx, tx, id); err != nil && !errors.Is(err, river.ErrNotFound) {
				return fmt.Errorf("cancel job %d: %w", id, pg.Error(err))
			}
		}
		return nil
	})
}

// deleteJobs deletes all jobs of a workspace. One that is still running finds, when
// it ends, nothing to note that in, which River takes as it is.
func (p *Purger) deleteJobs(ctx context.Context, workspaceID string) error {
	if p.cfg.Jobs == nil {
		return nil
	}
	ids, err := p.jobs(ctx, workspaceID, "")
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	return p.sliceOfJobs(ctx, workspaceID, ids, func(ctx context.Context, tx pgx.Tx, ids []int64) error {
		_, err := tx.Exec(ctx, "DELETE FROM river_job WHERE id = ANY ($1)", ids)
		return pg.Error(err)
	})
}

// jobs returns the ids of the workspace's jobs. There is no index to find them by,
// so they are looked for once, and not for each slice.
func (p *Purger) jobs(ctx context.Context, workspaceID, and string) ([]int64, error) {
	return pg.ReadAll(ctx, p.db, workspaceID, pgx.RowTo[int64],
		"SELECT id FROM river_job WHERE args->>'workspace_id' = $1 "+and, workspaceID)
}

// sliceOfJobs runs fn on some of the jobs at a time, each in its transaction.
func (p *Purger) sliceOfJobs(ctx context.Context, workspaceID string, ids []int64, fn func(context.Context, pgx.Tx, []int64) error) error {
	for some := range slices.Chunk(ids, slice) {
		err := p.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, tx, some) })
		if err != nil {
			return err
		}
	}
	return nil
}
