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
	_, err := tx.Exec(ctx, `SELECT `+lockBlob, workspaceID, digest)
	return pg.Error(err)
}

// lockBlob locks the blob $2 of the workspace $1.
const lockBlob = `pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))`

// EnterBlobs is LockBlob for who is about to write blobs, inside tx: until tx ends
// the workspace cannot be deleted either. One that is deleted is errs.NotFound.
func (s *Store) EnterBlobs(ctx context.Context, tx pgx.Tx, workspaceID string, digests ...string) error {
	// A slow bucket must not cost tx its locks, as idle transactions lose them. The
	// locks are taken in one order, so that two of these never wait for each other.
	_, err := tx.Exec(ctx, `
		SELECT set_config('idle_in_transaction_session_timeout', '5min', true), hold_workspace($1::text::uuid),
			(SELECT count(pg_advisory_xact_lock(hashtextextended($1 || '/' || d, 0)))
				FROM (SELECT d FROM unnest($2::text[]) AS blob (d) ORDER BY d) AS sorted)`,
		workspaceID, digests)
	return pg.Error(err)
}

// blobUsed is the condition that a row of the workspace refers to the blob with
// the digest d. Each part finds it by an index.
const blobUsed = `
	EXISTS (SELECT FROM documents WHERE sha256 = d) OR
	EXISTS (SELECT FROM documents WHERE text_sha256 = d AND text_sha256 <> '') OR
	EXISTS (SELECT FROM sources WHERE raw_sha256 = d) OR
	EXISTS (SELECT FROM sources WHERE text_sha256 = d) OR
	EXISTS (SELECT FROM rechecks WHERE raw_sha256 = d) OR
	EXISTS (SELECT FROM rechecks WHERE text_sha256 = d) OR
	EXISTS (SELECT FROM pages WHERE raw_sha256 = d)`

// BlobUsed reports whether a row of tx's workspace refers to a blob. Ask under
// LockBlob only: else the answer may be old.
func (s *Store) BlobUsed(ctx context.Context, tx pgx.Tx, digest string) (used bool, err error) {
	err = tx.QueryRow(ctx, `SELECT `+blobUsed+` FROM (VALUES ($1::text)) AS blob (d)`, digest).Scan(&used)
	return used, pg.Error(err)
}

// UnusedBlobs returns those of the blobs that no row refers to at this moment, and
// so perhaps not any more.
func (s *Store) UnusedBlobs(ctx context.Context, workspaceID string, digests []string) ([]string, error) {
	const q = `SELECT d FROM unnest($1::text[]) AS blob (d) WHERE NOT (` + blobUsed + `)`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowTo[string], q, digests)
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
