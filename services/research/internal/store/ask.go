package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of an ask.
const (
	AskWaiting  = "WAITING"
	AskAnswered = "ANSWERED"
	AskFailed   = "FAILED"
	AskSkipped  = "SKIPPED"
)

// Ask is one request to one connector.
type Ask struct {
	ResearchID string
	Ordinal    int32 // in all rounds
	Round      int32
	Connector  string
	Query      string
	Page       int32
	State      string
	Reason     string
	Notes      []string
	Found      int32
	Failures   int32
	JobID      *int64
}

const askColumns = `research_id, ordinal, round, connector, query, page, state, reason, notes, found, failures, job_id`

// CreateAsks inserts the asks of a research, inside tx. Those that are there stay
// as they are: planning twice is planning once.
func (s *Store) CreateAsks(ctx context.Context, tx pgx.Tx, workspaceID string, asks []Ask) error {
	var batch pgx.Batch
	for _, a := range asks {
		batch.Queue(`
			INSERT INTO asks (research_id, ordinal, round, workspace_id, connector, query, page, state, reason, job_id)
			VALUES (@research_id, @ordinal, @round, @workspace_id, @connector, @query, @page, @state, @reason, @job_id)
			ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{
				"research_id": a.ResearchID, "ordinal": a.Ordinal, "round": a.Round, "workspace_id": workspaceID, "connector": a.Connector,
				"query": a.Query, "page": a.Page, "state": a.State, "reason": a.Reason, "job_id": a.JobID,
			})
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// GetAsk returns one ask; none is errs.NotFound.
func (s *Store) GetAsk(ctx context.Context, workspaceID, researchID string, ordinal int32) (Ask, error) {
	const q = `SELECT ` + askColumns + ` FROM asks WHERE research_id = $1 AND ordinal = $2`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Ask], q, researchID, ordinal)
}

// ListAsks returns the asks of some research, by research and ordinal.
func (s *Store) ListAsks(ctx context.Context, workspaceID string, researchIDs ...string) ([]Ask, error) {
	const q = `SELECT ` + askColumns + ` FROM asks WHERE research_id = ANY ($1::uuid[]) ORDER BY research_id, ordinal`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Ask], q, researchIDs)
}

// RecordFailure counts a failure that may pass, after which the ask waits on.
func (s *Store) RecordFailure(ctx context.Context, workspaceID string, a Ask) error {
	return s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return pg.Exec(ctx, tx, `UPDATE asks SET failures = failures + 1 WHERE research_id = @research AND ordinal = @ordinal`,
			pgx.NamedArgs{"research": a.ResearchID, "ordinal": a.Ordinal})
	})
}

// EndAsk stores what became of an ask that is WAITING, inside tx, and reports
// whether it was.
func (s *Store) EndAsk(ctx context.Context, tx pgx.Tx, a Ask) (bool, error) {
	tag, err := tx.Exec(ctx, `
		UPDATE asks SET state = @state, reason = @reason, notes = @notes, found = @found, job_id = NULL
		WHERE research_id = @research_id AND ordinal = @ordinal AND state = 'WAITING'`,
		pgx.NamedArgs{
			"research_id": a.ResearchID, "ordinal": a.Ordinal, "state": a.State, "reason": a.Reason,
			"notes": pg.Texts(a.Notes), "found": a.Found,
		})
	return err == nil && tag.RowsAffected() > 0, pg.Error(err)
}

// maxOpenProgress is how far a collection is when everything is read; ranking is
// the rest.
const maxOpenProgress = 0.95

// CountOpen returns how many asks and reads a research waits for, and stores how
// far it is, inside tx. The caller holds the lock of the research.
func (s *Store) CountOpen(ctx context.Context, tx pgx.Tx, researchID string) (open int, err error) {
	const q = `
		WITH work AS (
			SELECT count(*) FILTER (WHERE state = 'WAITING') AS open, count(*) AS total FROM asks
			WHERE research_id = $1 AND round = (SELECT round FROM research WHERE id = $1)
			UNION ALL
			SELECT count(*) FILTER (WHERE outcome = 'PENDING'), count(*) FROM sources WHERE research_id = $1
		), sums AS (SELECT sum(open) AS open, sum(total) AS total FROM work)
		UPDATE research SET update_time = now(), progress = $2 * (sums.total - sums.open) / greatest(sums.total, 1)
		FROM sums WHERE id = $1
		RETURNING sums.open::int`
	err = tx.QueryRow(ctx, q, researchID, maxOpenProgress).Scan(&open)
	return open, pg.Error(err)
}

// NumberOfAsks returns how many requests a research has in its round that are sent
// or were, inside tx.
func (s *Store) NumberOfAsks(ctx context.Context, tx pgx.Tx, r Research) (n int, err error) {
	const q = `SELECT count(*)::int FROM asks WHERE research_id = $1 AND round = $2 AND state <> 'SKIPPED'`
	err = tx.QueryRow(ctx, q, r.ID, r.Round).Scan(&n)
	return n, pg.Error(err)
}

// LastOrdinal returns the ordinal of the last ask of the rounds before that of r; 0
// when there are none.
func (s *Store) LastOrdinal(ctx context.Context, r Research) (int32, error) {
	const q = `SELECT coalesce(max(ordinal), 0)::int FROM asks WHERE research_id = $1 AND round < $2`
	return pg.ReadOne(ctx, s.db, r.WorkspaceID, pgx.RowTo[int32], q, r.ID, r.Round)
}
