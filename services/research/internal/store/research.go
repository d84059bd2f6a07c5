package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of research, as in the contract.
const (
	ResearchQueued    = "QUEUED"
	ResearchRunning   = "RUNNING"
	ResearchSucceeded = "SUCCEEDED"
	ResearchPartial   = "PARTIAL"
	ResearchFailed    = "FAILED"
	ResearchCancelled = "CANCELLED"
)

// Research is one collection of evidence.
type Research struct {
	ID            string
	WorkspaceID   string
	UserID        string
	RequestID     string
	Query         string
	SubQueries    []string
	Parameters    []byte // the contract's ResearchParameters as JSON
	State         string
	Progress      float64
	SourcesFound  int32
	SourcesUsed   int32
	SourcesFailed int32
	Passages      int32
	Error         string
	CreateTime    time.Time
	UpdateTime    time.Time
	Deadline      *time.Time // nil in rows of the version before
	Round         int32      // of collecting, from 1
	// LibraryVersion is that of the library that was searched last; nil when none
	// was.
	LibraryVersion *int64
}

// Ended reports whether the state is final.
func (r Research) Ended() bool {
	return r.State != ResearchQueued && r.State != ResearchRunning
}

const researchColumns = `id, workspace_id, user_id, request_id, query, sub_queries, parameters, state, progress,
	sources_found, sources_used, sources_failed, passages, error, create_time, update_time, deadline,
	round, library_version`

// CreateResearch inserts r in state QUEUED, inside tx, and returns it. When the
// workspace has research with the same non-empty request id it returns that one
// and false.
func (s *Store) CreateResearch(ctx context.Context, tx pgx.Tx, r Research) (Research, bool, error) {
	const q = `
		INSERT INTO research (id, workspace_id, user_id, request_id, query, sub_queries, parameters, state, deadline)
		VALUES (@id, @workspace_id, @user_id, @request_id, @query, @sub_queries, @parameters, 'QUEUED', @deadline)
		ON CONFLICT (workspace_id, request_id) WHERE request_id <> '' DO NOTHING
		RETURNING ` + researchColumns
	args := pgx.NamedArgs{
		"id": r.ID, "workspace_id": r.WorkspaceID, "user_id": r.UserID, "request_id": r.RequestID,
		"query": r.Query, "sub_queries": pg.Texts(r.SubQueries), "parameters": r.Parameters,
		"deadline": r.Deadline,
	}
	const existing = `SELECT ` + researchColumns + ` FROM research WHERE workspace_id = @workspace_id AND request_id = @request_id`
	return insertOrFind[Research](ctx, tx, q, existing, args)
}

// GetResearch returns one research; another workspace's is errs.NotFound.
func (s *Store) GetResearch(ctx context.Context, workspaceID, id string) (Research, error) {
	const q = `SELECT ` + researchColumns + ` FROM research WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Research], q, id)
}

// ListResearch returns a page of the research, the newest first.
func (s *Store) ListResearch(ctx context.Context, workspaceID string, p page.Query[page.ID]) ([]Research, error) {
	where, args := p.Where.And(pg.Older(string(p.After)), p.Limit)
	q := `SELECT ` + researchColumns + ` FROM research WHERE id < $1` + where + ` ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Research], q, args...)
}

// StartResearch moves research that waits for a round to RUNNING and returns it;
// research that has ended, or is in another round, is returned as it is.
func (s *Store) StartResearch(ctx context.Context, workspaceID, id string, round int32) (r Research, err error) {
	err = s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE research SET state = 'RUNNING', update_time = now() WHERE id = $1 AND state = 'QUEUED' AND round = $2`, id, round); err != nil {
			return pg.Error(err)
		}
		r, err = pg.Row[Research](ctx, tx, `SELECT `+researchColumns+` FROM research WHERE id = @id`, pgx.NamedArgs{"id": id})
		return err
	})
	return r, err
}

// LockResearch returns a research and keeps it from changing until tx ends. Who
// stores a result of one of its jobs, or ends it, holds this lock: so results are
// counted one after the other, and nothing is stored for research that has ended.
func (s *Store) LockResearch(ctx context.Context, tx pgx.Tx, id string) (Research, error) {
	return pg.Row[Research](ctx, tx, `SELECT `+researchColumns+` FROM research WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id})
}

// CancelResearch moves research that has not ended to CANCELLED, inside tx, and
// returns it with the jobs that were at work for it.
func (s *Store) CancelResearch(ctx context.Context, tx pgx.Tx, id string) (r Research, jobs []int64, err error) {
	if r, err = s.LockResearch(ctx, tx, id); err != nil || r.Ended() {
		return r, nil, err
	}
	if err := s.CountSources(ctx, tx, id); err != nil {
		return r, nil, err
	}
	r, err = pg.Row[Research](ctx, tx, `
		UPDATE research SET state = 'CANCELLED', update_time = now() WHERE id = @id RETURNING `+researchColumns, pgx.NamedArgs{"id": id})
	if err != nil {
		return r, nil, err
	}
	jobs, err = s.StopWork(ctx, tx, id, "the research was cancelled")
	return r, jobs, err
}

// StopWork closes what a research still waits for, with a reason, inside tx: its
// asks have FAILED, and what is not read yet stays as it was found. It returns the
// jobs that were at work on them.
func (s *Store) StopWork(ctx context.Context, tx pgx.Tx, id, reason string) ([]int64, error) {
	const q = `
		WITH asked AS (
			UPDATE asks SET state = 'FAILED', reason = $2 WHERE research_id = $1 AND state = 'WAITING' RETURNING job_id
		), found AS (
			UPDATE sources SET outcome = CASE WHEN text_sha256 = '' THEN 'UNREADABLE' ELSE 'UNUSED' END, outcome_reason = $2
			WHERE research_id = $1 AND outcome = 'PENDING' RETURNING job_id
		)
		SELECT job_id FROM asked WHERE job_id IS NOT NULL UNION ALL SELECT job_id FROM found WHERE job_id IS NOT NULL`
	rows, err := tx.Query(ctx, q, id, reason)
	if err != nil {
		return nil, pg.Error(err)
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return jobs, pg.Error(err)
}

// FailResearch ends research that has not ended with a reason, inside tx.
func (s *Store) FailResearch(ctx context.Context, tx pgx.Tx, id, reason string) error {
	_, err := tx.Exec(ctx, `
		UPDATE research SET state = 'FAILED', error = $2, update_time = now() WHERE id = $1 AND state IN ('QUEUED', 'RUNNING')`, id, reason)
	return pg.Error(err)
}

// DeleteResearch removes research that has ended with its sources and evidence.
// It returns the blobs that they referred to.
func (s *Store) DeleteResearch(ctx context.Context, workspaceID, id string) (blobs []string, err error) {
	err = s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r, err := pg.Row[Research](ctx, tx, `SELECT `+researchColumns+` FROM research WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		if !r.Ended() {
			return errs.New(errs.FailedPrecondition, "RESEARCH_RUNNING", "the research is running: cancel it first")
		}
		rows, err := tx.Query(ctx, `
			SELECT unnest(ARRAY[raw_sha256, text_sha256]) FROM sources WHERE research_id = $1 UNION
			SELECT unnest(ARRAY[c.raw_sha256, c.text_sha256]) FROM rechecks c JOIN sources s ON s.id = c.source_id WHERE s.research_id = $1`, id)
		if err != nil {
			return pg.Error(err)
		}
		if blobs, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return pg.Error(err)
		}
		return pg.Exec(ctx, tx, `DELETE FROM research WHERE id = @id`, pgx.NamedArgs{"id": id})
	})
	return blobs, err
}
