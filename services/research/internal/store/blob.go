package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
)

// HoldWorkspace runs fn while the workspace cannot be deleted; one that is deleted
// is errs.NotFound.
func (s *Store) HoldWorkspace(ctx context.Context, workspaceID string, fn func(context.Context) error) error {
	return tenancy.Hold(ctx, s.db, workspaceID, fn)
}

// LockBlob waits until nobody else decides over a blob of the workspace, and keeps
// it so until tx ends.
func (s *Store) LockBlob(ctx context.Context, tx pgx.Tx, workspaceID, digest string) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))`, workspaceID, digest)
	return pg.Error(err)
}

// BlobUsed reports whether a document, a source or a page of tx's workspace refers to a
// blob. Ask under LockBlob only: else the answer may be old.
func (s *Store) BlobUsed(ctx context.Context, tx pgx.Tx, digest string) (used bool, err error) {
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM sources WHERE raw_sha256 = $1 OR text_sha256 = $1)
			OR EXISTS (SELECT FROM documents WHERE sha256 = $1 OR text_sha256 = $1)
			OR EXISTS (SELECT FROM pages WHERE raw_sha256 = $1)`, digest).Scan(&used)
	return used, pg.Error(err)
}

// HoldDocuments returns those of the documents that are there. Until tx ends they
// stay: whoever deletes one waits, and then sees the sources that cite it.
func (s *Store) HoldDocuments(ctx context.Context, tx pgx.Tx, ids []string) (map[string]bool, error) {
	// In one order, so that two of these never wait for each other.
	rows, err := tx.Query(ctx, `SELECT id FROM documents WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE`, ids)
	if err != nil {
		return nil, pg.Error(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	held := make(map[string]bool, len(list))
	for _, id := range list {
		held[id] = true
	}
	return held, pg.Error(err)
}
