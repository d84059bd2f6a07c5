package store

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of a document, as in the contract.
const (
	DocumentPending  = "PENDING"
	DocumentIndexing = "INDEXING"
	DocumentReady    = "READY"
	DocumentFailed   = "FAILED"
)

// Document is a row of the library.
type Document struct {
	ID           string
	WorkspaceID  string
	Title        string
	TitleGiven   bool
	FileName     string
	Collection   string
	MediaType    string
	SizeBytes    int64
	SHA256       string `db:"sha256"`
	TextSHA256   string `db:"text_sha256"`
	Language     string
	PassageCount int32
	URL          string `db:"url"`
	Authors      []string
	Published    string
	License      string
	Identifiers  map[string]string
	State        string
	ErrorReason  string
	ErrorMessage string
	CreateTime   time.Time
	UpdateTime   time.Time
	Revision     int64
}

// ETag names the document as it is.
func (d Document) ETag() string { return strconv.FormatInt(d.Revision, 10) }

const documentColumns = `id, workspace_id, title, title_given, file_name, collection, media_type, size_bytes,
	sha256, text_sha256, language, passage_count, url, authors, published, license, identifiers,
	state, error_reason, error_message, create_time, update_time, revision`

// Searchable reports whether the document's text is in the index: it was read, even
// if it is being read anew.
func (d Document) Searchable() bool { return d.TextSHA256 != "" }

// CreateDocument inserts d in state PENDING, inside tx, and returns it. When the
// workspace has a document with the same bytes it returns that one and false.
func (s *Store) CreateDocument(ctx context.Context, tx pgx.Tx, d Document) (Document, bool, error) {
	const q = `
		INSERT INTO documents (id, workspace_id, title, title_given, file_name, collection, media_type, size_bytes, sha256, url, state)
		VALUES (@id, @workspace_id, @title, @title_given, @file_name, @collection, @media_type, @size_bytes, @sha256, @url, 'PENDING')
		ON CONFLICT (workspace_id, sha256) DO NOTHING
		RETURNING ` + documentColumns
	args := pgx.NamedArgs{
		"id": d.ID, "workspace_id": d.WorkspaceID, "title": d.Title, "title_given": d.TitleGiven, "file_name": d.FileName,
		"collection": d.Collection, "media_type": d.MediaType, "size_bytes": d.SizeBytes, "sha256": d.SHA256, "url": d.URL,
	}
	const existing = `SELECT ` + documentColumns + ` FROM documents WHERE workspace_id = @workspace_id AND sha256 = @sha256`
	return insertOrFind[Document](ctx, tx, q, existing, args)
}

// GetDocument returns one document; another workspace's is errs.NotFound.
func (s *Store) GetDocument(ctx context.Context, workspaceID, id string) (Document, error) {
	const q = `SELECT ` + documentColumns + ` FROM documents WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Document], q, id)
}

// ListDocuments returns a page of the documents, the newest first; an empty collection
// means all.
func (s *Store) ListDocuments(ctx context.Context, workspaceID, collection string, p page.Query[page.ID]) ([]Document, error) {
	where, args := p.Where.And(collection, pg.Older(string(p.After)), p.Limit)
	q := `
		SELECT ` + documentColumns + ` FROM documents
		WHERE ($1 = '' OR collection = $1) AND id < $2` + where + `
		ORDER BY id DESC LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Document], q, args...)
}

// UnreadableDocuments returns the documents of the collections (all when empty)
// that could not be read, the newest first, at most limit.
func (s *Store) UnreadableDocuments(ctx context.Context, workspaceID string, collections []string, limit int) ([]Document, error) {
	const q = `
		SELECT ` + documentColumns + ` FROM documents
		WHERE state = 'FAILED' AND (cardinality($1::text[]) = 0 OR collection = ANY ($1))
		ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Document], q, pg.Texts(collections), limit)
}

// PendingDocuments counts the documents that are not read yet; those that are read
// anew are found meanwhile, so nobody has to wait for them.
func (s *Store) PendingDocuments(ctx context.Context, workspaceID string) (int, error) {
	const q = `SELECT count(*)::int FROM documents WHERE state IN ('PENDING', 'INDEXING') AND text_sha256 = ''`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowTo[int], q)
}

// StartIndexing moves a document to INDEXING and returns it. One that needs no
// reading any more, or is gone, is errs.NotFound.
func (s *Store) StartIndexing(ctx context.Context, workspaceID, id string) (Document, error) {
	const q = `
		UPDATE documents SET state = 'INDEXING', update_time = now()
		WHERE id = $1 AND state IN ('PENDING', 'INDEXING')
		RETURNING ` + documentColumns
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Document], q, id) // one round trip, where a transaction takes three
}

// DeleteDocument removes a document with its passages, as one change of the
// library, and returns the blobs that it referred to. Unless etag is empty, it must be
// that of the document.
func (s *Store) DeleteDocument(ctx context.Context, workspaceID, id, etag string) (blobs []string, err error) {
	err = s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := expectDocument(ctx, tx, id, etag); err != nil {
			return err
		}
		d, err := pg.Row[Document](ctx, tx, `DELETE FROM documents WHERE id = @id RETURNING `+documentColumns, pgx.NamedArgs{"id": id})
		if err != nil {
			return err
		}
		blobs = []string{d.SHA256, d.TextSHA256}
		return recordChange(ctx, tx, workspaceID, id, true)
	})
	return blobs, err
}

// expectDocument keeps a document as it is until the transaction ends, if that is what
// the etag names; an empty one names any.
func expectDocument(ctx context.Context, tx pgx.Tx, id, etag string) error {
	if etag == "" {
		return nil
	}
	d, err := pg.Row[Document](ctx, tx, `SELECT `+documentColumns+` FROM documents WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id})
	if err != nil {
		return err
	}
	return errs.CheckETag(etag, d.ETag())
}
