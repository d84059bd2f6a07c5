package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The outcomes of reading a source again, as in the contract.
const (
	RecheckUnchanged  = "UNCHANGED"
	RecheckChanged    = "CHANGED"
	RecheckGone       = "GONE"
	RecheckUnreadable = "UNREADABLE"
)

// Recheck is what became of a source since it was read.
type Recheck struct {
	SourceID   string
	Outcome    string
	Reason     string // why it could not be read
	RawSHA256  string `db:"raw_sha256"`
	TextSHA256 string `db:"text_sha256"` // "" when there is no text
	MediaType  string // of the original
	Notices    []Notice
	Fetch      *Fetch `db:"fetched"` // nil when nobody fetched it
	CheckTime  time.Time
}

const recheckColumns = `source_id, outcome, reason, raw_sha256, text_sha256, media_type, notices, fetched, check_time`

// GetRecheck returns the newest answer about a source; none is errs.NotFound.
func (s *Store) GetRecheck(ctx context.Context, workspaceID, sourceID string) (Recheck, error) {
	const q = `SELECT ` + recheckColumns + ` FROM rechecks WHERE source_id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Recheck], q, sourceID)
}

// PutRecheck stores an answer in place of the one before, inside tx, and returns
// the blobs of that one. A source that is gone is errs.NotFound.
func (s *Store) PutRecheck(ctx context.Context, tx pgx.Tx, workspaceID string, c Recheck) (replaced []string, err error) {
	// Kept until tx ends, so that the answer finds its source.
	if _, err := pg.Row[struct{ ID string }](ctx, tx, `SELECT id FROM sources WHERE id = $1 FOR KEY SHARE`, c.SourceID); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT unnest(ARRAY[raw_sha256, text_sha256]) FROM rechecks WHERE source_id = $1`, c.SourceID)
	if err != nil {
		return nil, pg.Error(err)
	}
	if replaced, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return nil, pg.Error(err)
	}
	if c.Notices == nil {
		c.Notices = []Notice{} // a nil slice would be JSON's null
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO rechecks (workspace_id, `+recheckColumns+`)
		VALUES (@workspace_id, @source_id, @outcome, @reason, @raw_sha256, @text_sha256, @media_type, @notices, @fetched, @check_time)
		ON CONFLICT (source_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, raw_sha256 = excluded.raw_sha256,
			text_sha256 = excluded.text_sha256, media_type = excluded.media_type, notices = excluded.notices,
			fetched = excluded.fetched, check_time = excluded.check_time`,
		pgx.NamedArgs{
			"workspace_id": workspaceID, "source_id": c.SourceID, "outcome": c.Outcome, "reason": c.Reason, "raw_sha256": c.RawSHA256,
			"text_sha256": c.TextSHA256, "media_type": c.MediaType, "notices": c.Notices, "fetched": c.Fetch, "check_time": c.CheckTime,
		})
	return replaced, pg.Error(err)
}
