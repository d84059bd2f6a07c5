package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Reading is what reading a document gave.
type Reading struct {
	Title       string
	MediaType   string
	Language    string
	Authors     []string
	Published   string
	License     string
	Identifiers map[string]string
	TextSHA256  string
	Passages    []Passage
}

// Finished is a document with what reading it gave.
type Finished struct {
	Document Document
	Reading  Reading
}

// FinishDocuments stores what was read of documents of a workspace and makes them
// READY, each as one change of the library, inside tx. It returns the ids of those
// that are still there. The lock that all documents of the workspace pass through
// comes last, in the round trip before the commit.
func (s *Store) FinishDocuments(ctx context.Context, tx pgx.Tx, workspaceID string, list []Finished) (map[string]bool, error) {
	// In one order, so that two of these never wait for each other.
	list = slices.SortedFunc(slices.Values(list), func(a, b Finished) int { return strings.Compare(a.Document.ID, b.Document.ID) })
	var updates pgx.Batch
	found := map[string]bool{}
	for _, f := range list {
		queueReady(&updates, f).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() > 0 {
				found[f.Document.ID] = true
			}
			return nil
		})
	}
	if err := tx.SendBatch(ctx, &updates).Close(); err != nil {
		return nil, pg.Error(err)
	}
	var rest pgx.Batch
	var ids, known []string
	var passages []Passage
	for _, f := range list {
		if !found[f.Document.ID] {
			continue
		}
		ids = append(ids, f.Document.ID)
		passages = append(passages, f.Reading.Passages...)
		if f.Document.Searchable() { // else it has no passages
			known = append(known, f.Document.ID)
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	if len(known) > 0 {
		rest.Queue(`DELETE FROM passages WHERE document_id = ANY ($1::uuid[])`, known)
	}
	queuePassages(&rest, workspaceID, passages)
	queueChanges(&rest, workspaceID, ids, false)
	return found, pg.Error(tx.SendBatch(ctx, &rest).Close())
}

// queueReady makes a document READY.
func queueReady(b *pgx.Batch, f Finished) *pgx.QueuedQuery {
	r := f.Reading
	if r.Identifiers == nil {
		r.Identifiers = map[string]string{} // a nil map would be JSON's null
	}
	return b.Queue(`
		UPDATE documents SET state = 'READY', media_type = @media_type, language = @language, text_sha256 = @text_sha256,
			passage_count = @passages, title = CASE WHEN title_given OR @title = '' THEN title ELSE @title END,
			authors = @authors, published = @published, license = @license, identifiers = @identifiers,
			error_reason = '', error_message = '', update_time = now()
		WHERE id = @id`,
		pgx.NamedArgs{
			"id": f.Document.ID, "media_type": r.MediaType, "language": r.Language, "text_sha256": r.TextSHA256,
			"passages": len(r.Passages), "title": r.Title, "authors": pg.Texts(r.Authors), "published": r.Published,
			"license": r.License, "identifiers": r.Identifiers,
		})
}

// FailDocument makes a document FAILED with a reason, inside tx. What an earlier
// reading left goes, as one change of the library: a document that says it cannot
// be read is not found. What the file says about itself, the title of a scan for
// one, is kept.
func (s *Store) FailDocument(ctx context.Context, tx pgx.Tx, f Finished, reason, message string) error {
	d, r := f.Document, f.Reading
	err := pg.Exec(ctx, tx, `
		UPDATE documents SET state = 'FAILED', text_sha256 = '', passage_count = 0,
			title = CASE WHEN title_given OR @title = '' THEN title ELSE @title END,
			authors = @authors, published = @published, license = @license,
			error_reason = @reason, error_message = @message, update_time = now()
		WHERE id = @id`,
		pgx.NamedArgs{
			"id": d.ID, "reason": reason, "message": message, "title": r.Title, "authors": pg.Texts(r.Authors),
			"published": r.Published, "license": r.License,
		})
	if err != nil || !d.Searchable() {
		return err
	}
	var batch pgx.Batch
	batch.Queue(`DELETE FROM passages WHERE document_id = $1`, d.ID)
	queueChanges(&batch, d.WorkspaceID, []string{d.ID}, true)
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// AskAgain makes a document PENDING that was read, or could not be, inside tx, and
// returns it. It reports false for one that is waiting to be read.
func (s *Store) AskAgain(ctx context.Context, tx pgx.Tx, id string) (Document, bool, error) {
	d, err := pg.Row[Document](ctx, tx, `
		UPDATE documents SET state = 'PENDING', update_time = now() WHERE id = $1 AND state IN ('READY', 'FAILED')
		RETURNING `+documentColumns, id)
	if err == nil {
		return d, true, nil
	}
	if !pg.NoRow(err) {
		return d, false, err
	}
	d, err = pg.Row[Document](ctx, tx, `SELECT `+documentColumns+` FROM documents WHERE id = $1`, id)
	return d, false, err
}

// Slice is a part of a library: the documents of a collection (of all when empty)
// with an id above After and up to Through, in the order of their ids.
type Slice struct {
	Collection     string
	After, Through string
}

// AskAllAgain is AskAgain for at most limit documents of a slice, and returns their
// ids, in order. Less than limit were the last.
func (s *Store) AskAllAgain(ctx context.Context, tx pgx.Tx, in Slice, limit int) ([]string, error) {
	rows, err := tx.Query(ctx, `
		WITH next AS (
			SELECT id FROM documents
			WHERE ($1 = '' OR collection = $1) AND id > $2 AND id <= $3 AND state IN ('READY', 'FAILED')
			ORDER BY id LIMIT $4 FOR UPDATE
		), asked AS (
			UPDATE documents d SET state = 'PENDING', update_time = now() FROM next WHERE d.id = next.id RETURNING d.id
		)
		SELECT id FROM asked ORDER BY id`, in.Collection, in.After, in.Through, limit)
	if err != nil {
		return nil, pg.Error(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return ids, pg.Error(err)
}

// Extent is how many documents there are to read anew, and the last of them.
type Extent struct {
	Count  int64
	LastID string
}

// ReadDocuments returns the extent of the documents of a collection (of all when
// empty) that were read or could not be, inside tx.
func (s *Store) ReadDocuments(ctx context.Context, tx pgx.Tx, collection string) (Extent, error) {
	return pg.Row[Extent](ctx, tx, `
		SELECT count(*) AS count, coalesce(max(id::text), '') AS last_id FROM documents
		WHERE ($1 = '' OR collection = $1) AND state IN ('READY', 'FAILED')`, collection)
}
