package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
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

// CollectionPlace is where a collection stands in the list. As a name may be empty, the
// place before all has none.
type CollectionPlace struct {
	Name *string
}

// Valid implements [page.Key]. PostgreSQL has no zero bytes in texts.
func (p CollectionPlace) Valid() bool { return p.Name != nil && !strings.ContainsRune(*p.Name, 0) }

// ListCollections returns a page of the collections by name, from the first on on the
// first page. The name of no collection is "".
func (s *Store) ListCollections(ctx context.Context, workspaceID string, p page.Query[CollectionPlace]) ([]Collection, error) {
	where, args := p.Where.And(p.After.Name, p.Limit)
	q := `
		SELECT * FROM (
			SELECT collection AS name, count(*) AS documents,
				count(*) FILTER (WHERE state = 'READY') AS ready, count(*) FILTER (WHERE state = 'FAILED') AS failed,
				coalesce(sum(passage_count) FILTER (WHERE state = 'READY'), 0)::bigint AS passages, sum(size_bytes)::bigint AS bytes
			FROM documents WHERE $1::text IS NULL OR collection > $1
			GROUP BY collection
		) AS collections WHERE true` + where + ` ORDER BY name LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Collection], q, args...)
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
