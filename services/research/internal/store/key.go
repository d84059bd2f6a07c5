package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// SourcesByKey returns the sources of a research that any of the keys name, inside
// tx, the first found first.
func (s *Store) SourcesByKey(ctx context.Context, tx pgx.Tx, researchID string, keys []string) ([]Source, error) {
	const q = `
		SELECT ` + sourceColumns + ` FROM sources
		WHERE id IN (SELECT source_id FROM source_keys WHERE research_id = $1 AND key = ANY ($2)) ORDER BY rank, id`
	return pg.Rows[Source](ctx, tx, q, researchID, pg.Texts(keys))
}

// SourcesOfDocument returns the source that a document of the library is in a
// research, inside tx; none when it is none.
func (s *Store) SourcesOfDocument(ctx context.Context, tx pgx.Tx, researchID, documentID string) ([]Source, error) {
	return pg.Rows[Source](ctx, tx, `SELECT `+sourceColumns+` FROM sources WHERE research_id = $1 AND document_id = $2`, researchID, documentID)
}

// AddKeys makes keys name a source, inside tx. A key that names another one stays.
func (s *Store) AddKeys(ctx context.Context, tx pgx.Tx, workspaceID string, src Source, keys []string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO source_keys (research_id, key, source_id, workspace_id)
		SELECT $1, key, $2, $3 FROM unnest($4::text[]) AS key
		ON CONFLICT DO NOTHING`, src.ResearchID, src.ID, workspaceID, pg.Texts(keys))
	return pg.Error(err)
}

// DropSource removes a source whose keys then name another one, inside tx: both
// are the same.
func (s *Store) DropSource(ctx context.Context, tx pgx.Tx, src, into Source) error {
	if _, err := tx.Exec(ctx, `UPDATE source_keys SET source_id = $2 WHERE source_id = $1`, src.ID, into.ID); err != nil {
		return pg.Error(err)
	}
	return pg.Exec(ctx, tx, `DELETE FROM sources WHERE id = @id`, pgx.NamedArgs{"id": src.ID})
}
