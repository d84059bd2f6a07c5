package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Taken is a document whose job was taken together with another.
type Taken struct {
	Document

	JobID int64
}

// Company says which jobs are taken together with one that runs.
type Company struct {
	// JobID is the job that runs, and Client who runs it.
	JobID  int64
	Client string
	// Kind is what the others are, too.
	Kind string
	// Most is how many others are taken, and MostBytes the size of the largest file
	// among them.
	Most      int
	MostBytes int64
}

// jobsLookedAt bounds the search for company to the jobs that were added right after
// the one that runs: what others have queued must not make it long.
const jobsLookedAt = 500

// TakeCompany takes jobs that nobody has tried yet, the oldest first, and moves their
// documents to INDEXING. From then on the jobs are running as if River had given them
// to the client: one that is killed leaves them to be taken back or rescued, with the
// attempt counted. End them by CompleteJobs or ReturnJobs.
func (s *Store) TakeCompany(ctx context.Context, workspaceID string, c Company) ([]Taken, error) {
	const q = `
		WITH next AS (
			SELECT j.id AS job_id, d.id AS document_id
			FROM river_job j JOIN documents d ON d.id = (j.args ->> 'document_id')::uuid
			WHERE j.id > $1 AND j.id <= $1 + $2 AND j.kind = $3 AND j.state = 'available' AND j.attempt = 0
				AND j.scheduled_at <= now() AND d.state = 'PENDING' AND d.size_bytes <= $4
			ORDER BY j.id LIMIT $5 FOR UPDATE OF j SKIP LOCKED
		), taken AS (
			UPDATE river_job j SET state = 'running', attempt = j.attempt + 1, attempted_at = now(),
				attempted_by = array_append(j.attempted_by, $6)
			FROM next WHERE j.id = next.job_id
		)
		UPDATE documents SET state = 'INDEXING', update_time = now() FROM next WHERE id = document_id
		RETURNING job_id, ` + documentColumns
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Taken], q,
		c.JobID, jobsLookedAt, c.Kind, c.MostBytes, c.Most, c.Client)
}

// CompleteJobs ends running jobs well, inside tx. If one is no longer running,
// somebody else was given it, and all of tx is to be rolled back: errs.Conflict.
func (s *Store) CompleteJobs(ctx context.Context, tx pgx.Tx, ids []int64) error {
	tag, err := tx.Exec(ctx, `UPDATE river_job SET state = 'completed', finalized_at = now() WHERE id = ANY ($1) AND state = 'running'`, ids)
	if err != nil {
		return pg.Error(err)
	}
	if tag.RowsAffected() != int64(len(ids)) {
		return fmt.Errorf("a job is no longer ours: %w", errs.Conflict)
	}
	return nil
}

// ReturnJobs lets others run those of the jobs that are still running at client. The
// attempt stays counted.
func (s *Store) ReturnJobs(ctx context.Context, workspaceID, client string, ids []int64) error {
	return s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE river_job SET state = 'available', scheduled_at = now()
			WHERE id = ANY ($1) AND state = 'running' AND attempt = 1 AND attempted_by[array_upper(attempted_by, 1)] = $2`, ids, client)
		return pg.Error(err)
	})
}
