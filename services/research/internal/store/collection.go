package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Collection is a label with what bears it.
type Collection struct {
	Name      string
	Documents int64
	Ready     int64
	Failed    int64
	// Passages are those of the documents that are READY.
	Passages int64
	Bytes    int64
}

// ListCollections returns at most limit collections by name: those after the name
// after, or from the first on when it is nil. The name of no collection is "".
func (s *Store) ListCollections(ctx context.Context, workspaceID string, after *string, limit int) ([]Collection, error) {
	const q = `
		SELECT collection AS name, count(*) AS documents,
			count(*) FILTER (WHERE state = 'READY') AS ready, count(*) FILTER (WHERE state = 'FAILED') AS failed,
			coalesce(sum(passage_count) FILTER (WHERE state = 'READY'), 0)::bigint AS passages, sum(size_bytes)::bigint AS bytes
		FROM documents WHERE $1::text IS NULL OR collection > $1
		GROUP BY collection ORDER BY collection LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Collection], q, after, limit)
}

// Size is how much a library holds.
type Size struct {
	Documents int64
	Bytes     int64
}

// LockSize returns the size of the library as tx sees it, and keeps others from
// asking until tx ends. Two transactions that each add a document and then ask are
// one behind the other, so that the second counts what the first has added.
func (s *Store) LockSize(ctx context.Context, tx pgx.Tx, workspaceID string) (Size, error) {
	// A statement of its own: the count has to see what was committed while it waited.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('library/' || $1, 0))`, workspaceID); err != nil {
		return Size{}, fmt.Errorf("lock the size of library %s: %w", workspaceID, pg.Error(err))
	}
	return pg.Row[Size](ctx, tx, `SELECT count(*) AS documents, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM documents`)
}
