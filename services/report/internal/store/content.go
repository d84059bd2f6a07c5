package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Content is what an analysis found, as it was sent.
type Content struct {
	AnalysisID string
	Message    []byte // the contract's ComposeReportRequest, in JSON
	// Digest is the same for two messages that tell the same.
	Digest []byte
	// CreateTime is when it was sent; given by the store.
	CreateTime time.Time
}

// putContent stores what an analysis found, in place of what it found before, and
// reports whether that is something else.
func putContent(ctx context.Context, tx pgx.Tx, workspaceID string, c Content) (bool, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO contents AS c (analysis_id, workspace_id, message, digest) VALUES ($1, $2, $3, $4)
		ON CONFLICT (analysis_id) DO UPDATE SET message = excluded.message, digest = excluded.digest, create_time = now()
		WHERE c.digest <> excluded.digest`, c.AnalysisID, workspaceID, c.Message, c.Digest)
	return err == nil && tag.RowsAffected() == 1, pg.Error(err)
}

// Content returns what an analysis found last; another workspace's is errs.NotFound.
func (s *Store) Content(ctx context.Context, workspaceID, analysisID string) (Content, error) {
	const q = `SELECT analysis_id, message, digest, create_time FROM contents WHERE analysis_id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Content], q, analysisID)
}
