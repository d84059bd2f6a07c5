package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Round is what a research was asked besides after it had ended.
type Round struct {
	ResearchID string
	Round      int32 // from 2
	RequestID  string
	Queries    []string
	Sources    []string // the connectors to ask; empty for those of the research
}

const roundColumns = `research_id, round, request_id, queries, sources`

// GetRound returns a round of a research; the first is none, and errs.NotFound.
func (s *Store) GetRound(ctx context.Context, r Research) (Round, error) {
	const q = `SELECT ` + roundColumns + ` FROM research_rounds WHERE research_id = $1 AND round = $2`
	return pg.ReadOne(ctx, s.db, r.WorkspaceID, pgx.RowToStructByName[Round], q, r.ID, r.Round)
}

// HasRound reports whether a round was asked for under a request id, inside tx. No
// id is never known.
func (s *Store) HasRound(ctx context.Context, tx pgx.Tx, researchID, requestID string) (bool, error) {
	if requestID == "" {
		return false, nil
	}
	_, err := pg.Row[Round](ctx, tx, `SELECT `+roundColumns+` FROM research_rounds WHERE research_id = $1 AND request_id = $2`, researchID, requestID)
	if errors.Is(err, errs.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Extension is a round to begin.
type Extension struct {
	Round

	// UserID is on whose behalf it goes on: with whose keys.
	UserID   string
	Deadline time.Time
}

// ExtendResearch begins the next round of a research that has ended, inside tx, and
// returns it in state QUEUED; the caller holds its lock.
func (s *Store) ExtendResearch(ctx context.Context, tx pgx.Tx, r Research, e Extension) (Research, error) {
	args := pgx.NamedArgs{
		"id": r.ID, "workspace_id": r.WorkspaceID, "round": r.Round + 1, "request_id": e.RequestID,
		"queries": pg.Texts(e.Queries), "sources": pg.Texts(e.Sources), "user_id": e.UserID, "deadline": e.Deadline,
	}
	var batch pgx.Batch
	batch.Queue(`
		INSERT INTO research_rounds (research_id, round, workspace_id, request_id, queries, sources)
		VALUES (@id, @round, @workspace_id, @request_id, @queries, @sources)`, args)
	batch.Queue(restoreCandidates, args)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return r, pg.Error(err)
	}
	return pg.Row[Research](ctx, tx, `
		UPDATE research SET state = 'QUEUED', round = @round, progress = 0, error = '', user_id = @user_id, deadline = @deadline,
			sub_queries = sub_queries || ARRAY(SELECT q FROM unnest(@queries::text[]) WITH ORDINALITY AS asked (q, n)
				WHERE q <> query AND q <> ALL (sub_queries) ORDER BY n),
			update_time = now()
		WHERE id = @id RETURNING `+researchColumns, args)
}

// restoreCandidates makes candidates of the evidence when these are not kept any
// more. What the library's own search gave is not known then; the relevance in the
// ranking is what became of it.
const restoreCandidates = `
	INSERT INTO candidates (source_id, ordinal, research_id, workspace_id, text, start_offset, end_offset, page, heading, score)
	SELECT e.source_id, row_number() OVER (PARTITION BY e.source_id ORDER BY e.start_offset) - 1, e.research_id, e.workspace_id,
		e.text, e.start_offset, e.end_offset, e.page, e.heading,
		CASE WHEN s.document_id IS NULL THEN 0 ELSE coalesce((e.parts ->> 'relevance')::float8, 0) END
	FROM evidence e JOIN sources s ON s.id = e.source_id
	WHERE e.research_id = @id AND NOT EXISTS (SELECT FROM candidates WHERE research_id = @id)`
