package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Labels are what people call a document; nil leaves one as it is.
type Labels struct {
	Title      *string
	Collection *string
	// ETag is, unless empty, that of the document that is meant.
	ETag string
}

// Change reports whether there is anything to change.
func (l Labels) Change() bool { return l.Title != nil || l.Collection != nil }

// UpdateDocument changes the labels of a document and returns it. As both count in
// a search, it is a change of the library where the document is found.
func (s *Store) UpdateDocument(ctx context.Context, workspaceID, id string, l Labels) (d Document, err error) {
	err = s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := expectDocument(ctx, tx, id, l.ETag); err != nil {
			return err
		}
		d, err = pg.Row[Document](ctx, tx, `
			UPDATE documents SET title = coalesce(@title, title), title_given = title_given OR @title::text IS NOT NULL,
				collection = coalesce(@collection, collection), update_time = now()
			WHERE id = @id
			RETURNING `+documentColumns,
			pgx.NamedArgs{"id": id, "title": l.Title, "collection": l.Collection})
		if err != nil || !d.Searchable() {
			return err
		}
		return recordChange(ctx, tx, workspaceID, id, false)
	})
	return d, err
}
