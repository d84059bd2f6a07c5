package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of a reverification, as in the contract.
const (
	ReverificationQueued    = "QUEUED"
	ReverificationRunning   = "RUNNING"
	ReverificationCompleted = "COMPLETED"
	ReverificationFailed    = "FAILED"
)

// Reverification is a check of the citations of a run against what their sources
// say now.
type Reverification struct {
	ID           string
	WorkspaceID  string
	AnalysisID   string
	UserID       string
	RequestID    string
	State        string
	Error        string
	CreateTime   time.Time
	CompleteTime *time.Time

	// How many citations have which outcome so far.
	Unchanged   int32
	Moved       int32
	Vanished    int32
	Unreachable int32
	Retracted   int32
}

// Ended reports whether the state is final.
func (v Reverification) Ended() bool {
	return v.State == ReverificationCompleted || v.State == ReverificationFailed
}

// RecheckedCitation is a citation with what became of it.
type RecheckedCitation struct {
	Ordinal  int32 // in the order of the findings, from 1
	SourceID string
	Claim    string // of the finding
	Outcome  string // "" until it is looked at
	Message  []byte // the contract's RecheckedCitation as JSON
}

const (
	citationColumns = `ordinal, source_id, claim, outcome, message`

	// reverification selects rows with their counts.
	reverification = `
		SELECT v.id, v.workspace_id, v.analysis_id, v.user_id, v.request_id, v.state, v.error, v.create_time, v.complete_time,
			c.unchanged, c.moved, c.vanished, c.unreachable, c.retracted
		FROM reverifications v CROSS JOIN LATERAL (
			SELECT count(*) FILTER (WHERE outcome = 'UNCHANGED')::int AS unchanged, count(*) FILTER (WHERE outcome = 'MOVED')::int AS moved,
				count(*) FILTER (WHERE outcome = 'VANISHED')::int AS vanished,
				count(*) FILTER (WHERE outcome = 'UNREACHABLE')::int AS unreachable,
				count(*) FILTER (WHERE outcome = 'RETRACTED')::int AS retracted
			FROM rechecked_citations WHERE reverification_id = v.id) AS c `
)

// CreateReverification inserts v with the citations to look at, inside tx, and
// returns it: QUEUED, or COMPLETED when there are none. When the run has one with
// the same non-empty request id it returns that one and false.
func (s *Store) CreateReverification(ctx context.Context, tx pgx.Tx, v Reverification, citations []RecheckedCitation) (Reverification, bool, error) {
	args := pgx.NamedArgs{
		"id": v.ID, "workspace_id": v.WorkspaceID, "analysis_id": v.AnalysisID, "user_id": v.UserID, "request_id": v.RequestID,
		"done": len(citations) == 0,
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO reverifications (id, workspace_id, analysis_id, user_id, request_id, state, complete_time)
		VALUES (@id, @workspace_id, @analysis_id, @user_id, @request_id,
			CASE WHEN @done THEN 'COMPLETED' ELSE 'QUEUED' END, CASE WHEN @done THEN now() END)
		ON CONFLICT (analysis_id, request_id) WHERE request_id <> '' DO NOTHING`, args)
	if err != nil {
		return v, false, fmt.Errorf("insert reverification: %w", pg.Error(err))
	}
	isNew := tag.RowsAffected() > 0
	if isNew {
		if err := insertCitations(ctx, tx, v, citations); err != nil {
			return v, false, err
		}
	}
	v, err = pg.Row[Reverification](ctx, tx, reverification+`
		WHERE v.id = @id OR v.analysis_id = @analysis_id AND v.request_id = @request_id AND v.request_id <> ''`, args)
	return v, isNew, err
}

func insertCitations(ctx context.Context, tx pgx.Tx, v Reverification, citations []RecheckedCitation) error {
	var batch pgx.Batch
	for _, c := range citations {
		batch.Queue(`
			INSERT INTO rechecked_citations (reverification_id, ordinal, workspace_id, source_id, claim, message)
			VALUES ($1, $2, $3, $4, $5, $6)`, v.ID, c.Ordinal, v.WorkspaceID, c.SourceID, c.Claim, c.Message)
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// GetReverification returns one of any run of the workspace; another workspace's is
// errs.NotFound.
func (s *Store) GetReverification(ctx context.Context, workspaceID, id string) (Reverification, error) {
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Reverification], reverification+`WHERE v.id = $1`, id)
}

// ListReverifications returns a page of those of a run, the newest first.
func (s *Store) ListReverifications(ctx context.Context, workspaceID, analysisID string, p page.Query[page.ID]) ([]Reverification, error) {
	where, args := p.Where.And(analysisID, pg.Older(string(p.After)), p.Limit)
	q := reverification + `WHERE v.analysis_id = $1 AND v.id < $2` + where + ` ORDER BY v.id DESC LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Reverification], q, args...)
}

// RecheckedCitations returns the citations of a reverification in the order of the
// findings: those of one source, or all when sourceID is empty.
func (s *Store) RecheckedCitations(ctx context.Context, workspaceID, id, sourceID string) ([]RecheckedCitation, error) {
	const q = `
		SELECT ` + citationColumns + ` FROM rechecked_citations
		WHERE reverification_id = $1 AND ($2 = '' OR source_id = $2::uuid) ORDER BY ordinal`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[RecheckedCitation], q, id, sourceID)
}

// LockReverification returns the state of a reverification and holds its row until
// tx ends: the results of its jobs are stored one after the other.
func (s *Store) LockReverification(ctx context.Context, tx pgx.Tx, id string) (state string, err error) {
	row, err := pg.Row[struct{ State string }](ctx, tx, `SELECT state FROM reverifications WHERE id = $1 FOR UPDATE`, id)
	return row.State, err
}

// SaveCitations stores what became of citations, inside tx, which holds the lock,
// and completes the reverification when they were the last.
func (s *Store) SaveCitations(ctx context.Context, tx pgx.Tx, id string, citations []RecheckedCitation) error {
	var batch pgx.Batch
	for _, c := range citations {
		batch.Queue(`UPDATE rechecked_citations SET outcome = $3, message = $4 WHERE reverification_id = $1 AND ordinal = $2`,
			id, c.Ordinal, c.Outcome, c.Message)
	}
	batch.Queue(`
		UPDATE reverifications v SET state = CASE WHEN left_over THEN 'RUNNING' ELSE 'COMPLETED' END,
			complete_time = CASE WHEN left_over THEN NULL ELSE clock_timestamp() END
		FROM (SELECT EXISTS (SELECT FROM rechecked_citations WHERE reverification_id = $1 AND outcome = '') AS left_over) AS open
		WHERE v.id = $1`, id)
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// FailReverification ends one with a reason, inside tx, which holds the lock.
func (s *Store) FailReverification(ctx context.Context, tx pgx.Tx, id, reason string) error {
	return pg.Exec(ctx, tx, `UPDATE reverifications SET state = 'FAILED', error = $2, complete_time = clock_timestamp() WHERE id = $1`, id, reason)
}
