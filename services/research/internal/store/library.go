package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// LibraryVersion returns the version of a workspace's library: how many changes it
// has seen.
func (s *Store) LibraryVersion(ctx context.Context, workspaceID string) (int64, error) {
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowTo[int64], `SELECT coalesce(max(version), 0) FROM library_versions`)
}

// NoteLibrary stores which version of the library a research has searched, inside
// tx.
func (s *Store) NoteLibrary(ctx context.Context, tx pgx.Tx, researchID string, version int64) error {
	return pg.Exec(ctx, tx, `UPDATE research SET library_version = $2 WHERE id = $1`, researchID, version)
}

// LibraryChanged returns those of the research that have ended and searched a
// library in which documents changed since that they could have used: of their
// collections, or among their sources. Of a document that was deleted nobody knows
// the collection any more, so it counts for all.
func (s *Store) LibraryChanged(ctx context.Context, workspaceID string, ids []string) (map[string]bool, error) {
	const q = `
		SELECT r.id FROM research r
		WHERE r.id = ANY ($1::uuid[]) AND r.library_version IS NOT NULL AND r.state NOT IN ('QUEUED', 'RUNNING') AND EXISTS (
			SELECT FROM library_changes c LEFT JOIN documents d ON d.id = c.document_id
			WHERE c.workspace_id = r.workspace_id AND c.version > r.library_version AND (
				coalesce(jsonb_array_length(r.parameters -> 'collections'), 0) = 0 OR c.removed OR
				r.parameters -> 'collections' ? d.collection OR
				EXISTS (SELECT FROM sources s WHERE s.research_id = r.id AND s.document_id = c.document_id)))`
	list, err := pg.ReadAll(ctx, s.db, workspaceID, pgx.RowTo[string], q, ids)
	changed := make(map[string]bool, len(list))
	for _, id := range list {
		changed[id] = true
	}
	return changed, err
}
