package store

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// MaxShares is how many links a report may have.
const MaxShares = 100

// Share is a link to a version of a report.
type Share struct {
	ID          string
	WorkspaceID string
	ReportID    string
	Number      int32 // of the version
	CreatorID   string
	ExpireTime  time.Time
	CreateTime  time.Time
}

const shareColumns = `id, workspace_id, report_id, number, creator_id, expire_time, create_time`

// CreateShare stores a link whose token has a hash. A version that is not there is
// errs.NotFound, a report with too many links errs.ResourceExhausted.
func (s *Store) CreateShare(ctx context.Context, share Share, hash []byte) (created Share, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Share{}, err
	}
	err = s.db.InWorkspace(ctx, share.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		// One link of a report at a time: all of them count the others.
		if err := pg.Exec(ctx, tx, `
			SELECT FROM reports r JOIN report_versions v ON v.report_id = r.id
			WHERE r.id = $1 AND v.number = $2 FOR NO KEY UPDATE OF r`, share.ReportID, share.Number); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM shares WHERE report_id = $1 AND expire_time <= now()`, share.ReportID); err != nil {
			return pg.Error(err)
		}
		var count int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM shares WHERE report_id = $1`, share.ReportID).Scan(&count); err != nil {
			return pg.Error(err)
		}
		if count >= MaxShares {
			return errs.Newf(errs.ResourceExhausted, "TOO_MANY_SHARES", "the report has %d links already", MaxShares)
		}
		created, err = pg.Row[Share](ctx, tx, `
			INSERT INTO shares (id, workspace_id, report_id, number, token_hash, creator_id, expire_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+shareColumns,
			id.String(), share.WorkspaceID, share.ReportID, share.Number, hash, share.CreatorID, share.ExpireTime)
		return err
	})
	return created, err
}

// ListShares returns the links to a report that work, the newest first.
func (s *Store) ListShares(ctx context.Context, workspaceID, reportID string) ([]Share, error) {
	const q = `SELECT ` + shareColumns + ` FROM shares WHERE report_id = $1 AND expire_time > now() ORDER BY id DESC`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Share], q, reportID)
}

// DeleteShare ends a link.
func (s *Store) DeleteShare(ctx context.Context, workspaceID, reportID, id string) error {
	return s.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return pg.Exec(ctx, tx, `DELETE FROM shares WHERE id = $1 AND report_id = $2 AND expire_time > now()`, id, reportID)
	})
}

// Shown returns the link whose token has a hash; one that never was, has expired or is
// revoked is errs.NotFound.
func (s *Store) Shown(ctx context.Context, hash []byte) (share Share, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.share_hash', $1, true)`, hex.EncodeToString(hash)); err != nil {
			return pg.Error(err)
		}
		share, err = pg.Row[Share](ctx, tx, `SELECT `+shareColumns+` FROM shares WHERE expire_time > now()`)
		return err
	})
	return share, err
}
