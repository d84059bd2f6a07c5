package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// FindAnswer returns the newest run with a digest that was COMPLETED since a time and
// did not take its answer from another one; errs.NotFound when there is none.
func (s *Store) FindAnswer(ctx context.Context, workspaceID, digest string, since time.Time) (Analysis, error) {
	const q = `SELECT ` + analysisColumns + ` FROM analyses
		WHERE workspace_id = $1 AND digest = $2 AND digest <> '' AND state = 'COMPLETED' AND cached_from IS NULL AND complete_time >= $3
		ORDER BY complete_time DESC LIMIT 1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Analysis], q, workspaceID, digest, since)
}

// CountRunning returns how many runs of the workspace are at work or queued, inside
// tx; those that wait for an approval are not. Until tx ends nobody else counts, so
// that two starts at once do not both get the last place.
func (s *Store) CountRunning(ctx context.Context, tx pgx.Tx, workspaceID string) (int, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('running/' || current_schema() || '/' || $1, 0))`, workspaceID); err != nil {
		return 0, pg.Error(err)
	}
	var n int
	err := tx.QueryRow(ctx, `
		SELECT count(*) FROM analyses
		WHERE workspace_id = $1 AND state IN ('QUEUED', 'COLLECTING', 'ANALYZING', 'REPORTING')`, workspaceID).Scan(&n)
	return n, pg.Error(err)
}
