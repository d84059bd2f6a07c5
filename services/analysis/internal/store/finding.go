package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Finding is one claim with what it rests on.
type Finding struct {
	ID      string
	Ordinal int32
	Message []byte // the contract's Finding as JSON
}

// ReplaceFindings stores the findings of a run in place of those it had, inside
// tx.
func (s *Store) ReplaceFindings(ctx context.Context, tx pgx.Tx, a Analysis, findings []Finding) error {
	var batch pgx.Batch
	batch.Queue(`DELETE FROM findings WHERE analysis_id = $1`, a.ID)
	for _, f := range findings {
		batch.Queue(`INSERT INTO findings (id, workspace_id, analysis_id, ordinal, message) VALUES ($1, $2, $3, $4, $5)`,
			f.ID, a.WorkspaceID, a.ID, f.Ordinal, f.Message)
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// ListFindings returns a page of the findings of a run by their ordinals, in the order
// of the answer.
func (s *Store) ListFindings(ctx context.Context, workspaceID, analysisID string, p page.Query[int32]) ([]Finding, error) {
	where, args := p.Where.And(analysisID, p.After, p.Limit)
	q := `SELECT id, ordinal, message FROM findings WHERE analysis_id = $1 AND ordinal > $2` + where + ` ORDER BY ordinal LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Finding], q, args...)
}
