package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Page is what was fetched from an address for a workspace.
type Page struct {
	URL          string `db:"url"`
	FinalURL     string `db:"final_url"`
	Status       int32
	Headers      map[string]string
	ETag         string `db:"etag"`
	LastModified string
	MediaType    string // as the server said
	RawSHA256    string `db:"raw_sha256"`
	FetchTime    time.Time
	FreshUntil   time.Time
}

const pageColumns = `url, final_url, status, headers, etag, last_modified, media_type, raw_sha256, fetch_time, fresh_until`

// GetPage returns what was fetched from an address, and false when nothing was.
func (s *Store) GetPage(ctx context.Context, workspaceID, url string) (Page, bool, error) {
	const q = `SELECT ` + pageColumns + ` FROM pages WHERE url = $1`
	p, err := pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Page], q, url)
	if errors.Is(err, errs.NotFound) {
		return Page{}, false, nil
	}
	return p, err == nil, err
}

// PutPage stores what was fetched from an address in place of what was there,
// inside tx, and returns the blob that was there.
func (s *Store) PutPage(ctx context.Context, tx pgx.Tx, workspaceID string, p Page) (replaced string, err error) {
	const q = `
		WITH before AS (SELECT raw_sha256 FROM pages WHERE workspace_id = @workspace_id AND url = @url), put AS (
			INSERT INTO pages (workspace_id, ` + pageColumns + `)
			VALUES (@workspace_id, @url, @final_url, @status, @headers, @etag, @last_modified, @media_type, @raw_sha256, @fetch_time, @fresh_until)
			ON CONFLICT (workspace_id, url) DO UPDATE SET final_url = excluded.final_url, status = excluded.status,
				headers = excluded.headers, etag = excluded.etag, last_modified = excluded.last_modified, media_type = excluded.media_type,
				raw_sha256 = excluded.raw_sha256, fetch_time = excluded.fetch_time, fresh_until = excluded.fresh_until)
		SELECT coalesce((SELECT raw_sha256 FROM before WHERE raw_sha256 <> @raw_sha256), '')`
	if p.Headers == nil {
		p.Headers = map[string]string{}
	}
	err = tx.QueryRow(ctx, q, pgx.NamedArgs{
		"workspace_id": workspaceID, "url": p.URL, "final_url": p.FinalURL, "status": p.Status, "headers": p.Headers,
		"etag": p.ETag, "last_modified": p.LastModified, "media_type": p.MediaType, "raw_sha256": p.RawSHA256,
		"fetch_time": p.FetchTime, "fresh_until": p.FreshUntil,
	}).Scan(&replaced)
	return replaced, pg.Error(err)
}

// DropPages forgets at most limit pages that were fetched before a time and are
// not fresh any more, and returns their blobs.
func (s *Store) DropPages(ctx context.Context, workspaceID string, before time.Time, limit int) (blobs []string, err error) {
	err = s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			DELETE FROM pages WHERE (workspace_id, url) IN (
				SELECT workspace_id, url FROM pages WHERE fetch_time < $1 AND fresh_until < now() LIMIT $2)
			RETURNING raw_sha256`, before, limit)
		if err != nil {
			return pg.Error(err)
		}
		blobs, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return pg.Error(err)
	})
	return blobs, err
}
