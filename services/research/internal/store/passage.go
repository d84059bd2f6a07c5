package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Passage is a piece of a document.
type Passage struct {
	DocumentID  string
	Ordinal     int32
	StartOffset int32
	EndOffset   int32
	Page        int32
	Heading     string
	Text        string
}

// Change is the newest change of one document in the library.
type Change struct {
	DocumentID string
	Version    int64
	Removed    bool
}

func queuePassages(b *pgx.Batch, workspaceID string, passages []Passage) {
	// INSERT … SELECT over arrays: COPY is not allowed under row-level security.
	n := len(passages)
	ordinals, starts, ends, pages := make([]int32, n), make([]int32, n), make([]int32, n), make([]int32, n)
	ids, headings, texts := make([]string, n), make([]string, n), make([]string, n)
	for i, p := range passages {
		ordinals[i], starts[i], ends[i], pages[i] = p.Ordinal, p.StartOffset, p.EndOffset, p.Page
		ids[i], headings[i], texts[i] = p.DocumentID, p.Heading, p.Text
	}
	b.Queue(`
		INSERT INTO passages (workspace_id, document_id, ordinal, start_offset, end_offset, page, heading, text)
		SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[])`,
		workspaceID, ids, ordinals, starts, ends, pages, headings, texts)
}

// queueChanges gives the change of each document the next version of the library.
// The upsert locks the workspace's row until commit: versions become visible in
// their order.
func queueChanges(b *pgx.Batch, workspaceID string, documentIDs []string, removed bool) {
	b.Queue(`
		WITH last AS (
			INSERT INTO library_versions (workspace_id, version) VALUES ($1, cardinality($2::uuid[]))
			ON CONFLICT (workspace_id) DO UPDATE SET version = library_versions.version + cardinality($2::uuid[])
			RETURNING version
		)
		INSERT INTO library_changes (document_id, workspace_id, version, removed)
		SELECT id, $1, version - cardinality($2::uuid[]) + place, $3
		FROM last, unnest($2::uuid[]) WITH ORDINALITY AS changed (id, place)
		ON CONFLICT (document_id) DO UPDATE SET version = excluded.version, removed = excluded.removed`,
		workspaceID, documentIDs, removed)
}

func recordChange(ctx context.Context, tx pgx.Tx, workspaceID, documentID string, removed bool) error {
	var batch pgx.Batch
	queueChanges(&batch, workspaceID, []string{documentID}, removed)
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// ChangesSince returns what changed in the library after a version, in order.
func (s *Store) ChangesSince(ctx context.Context, workspaceID string, version int64) ([]Change, error) {
	const q = `SELECT document_id, version, removed FROM library_changes WHERE version > $1 ORDER BY version`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Change], q, version)
}

// PassagesOf returns all passages of the documents, by document and ordinal.
func (s *Store) PassagesOf(ctx context.Context, workspaceID string, documentIDs []string) ([]Passage, error) {
	const q = `
		SELECT document_id, ordinal, start_offset, end_offset, page, heading, text
		FROM passages WHERE document_id = ANY ($1::uuid[]) ORDER BY document_id, ordinal`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Passage], q, documentIDs)
}

// DocumentsByID returns those of the documents that are there.
func (s *Store) DocumentsByID(ctx context.Context, workspaceID string, ids []string) ([]Document, error) {
	const q = `SELECT ` + documentColumns + ` FROM documents WHERE id = ANY ($1::uuid[])`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Document], q, ids)
}

// PassageKey names one passage.
type PassageKey struct {
	DocumentID string
	Ordinal    int32
}

// Passages returns the named passages, in any order.
func (s *Store) Passages(ctx context.Context, workspaceID string, keys []PassageKey) ([]Passage, error) {
	ids, ordinals := make([]string, len(keys)), make([]int32, len(keys))
	for i, k := range keys {
		ids[i], ordinals[i] = k.DocumentID, k.Ordinal
	}
	const q = `
		SELECT p.document_id, p.ordinal, p.start_offset, p.end_offset, p.page, p.heading, p.text
		FROM unnest($1::uuid[], $2::int[]) AS k (document_id, ordinal)
		JOIN passages p USING (document_id, ordinal)`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Passage], q, ids, ordinals)
}
