package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of a rendering.
const (
	Pending = "PENDING"
	Ready   = "READY"
	Failed  = "FAILED"
)

// Rendering is a version of a report as a file.
type Rendering struct {
	ReportID string
	Number   int32
	Format   string
	State    string
	SHA256   string // in hex, once it is ready
	Size     int64  // in bytes, once it is ready
}

const renderingColumns = `report_id, number, format, state, sha256, size`

// ListRenderings returns the renderings of all versions of a report, by format.
func (s *Store) ListRenderings(ctx context.Context, workspaceID, reportID string) ([]Rendering, error) {
	const q = `SELECT ` + renderingColumns + ` FROM renderings WHERE report_id = $1 ORDER BY number, format`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Rendering], q, reportID)
}

// GetRendering returns one rendering; one that nobody asked for yet is errs.NotFound.
func (s *Store) GetRendering(ctx context.Context, workspaceID string, r Rendering) (Rendering, error) {
	const q = `SELECT ` + renderingColumns + ` FROM renderings WHERE report_id = $1 AND number = $2 AND format = $3`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Rendering], q, r.ReportID, r.Number, r.Format)
}

// AddRendering notes in tx that a rendering is wanted.
func (s *Store) AddRendering(ctx context.Context, tx pgx.Tx, workspaceID string, r Rendering) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO renderings (report_id, number, format, workspace_id, state) VALUES ($1, $2, $3, $4, 'PENDING')
		ON CONFLICT DO NOTHING`, r.ReportID, r.Number, r.Format, workspaceID)
	return pg.Error(err)
}

// EndRendering notes in tx what became of a rendering. One of a report that was
// deleted meanwhile is errs.NotFound.
func (s *Store) EndRendering(ctx context.Context, tx pgx.Tx, r Rendering) error {
	return pg.Exec(ctx, tx, `
		UPDATE renderings SET state = $4, sha256 = $5, size = $6 WHERE report_id = $1 AND number = $2 AND format = $3`,
		r.ReportID, r.Number, r.Format, r.State, r.SHA256, r.Size)
}

// EnterBlob makes whoever stores or deletes the same bytes of a workspace wait until tx
// ends; until then the workspace cannot be deleted either. One that is deleted is
// errs.NotFound.
func (s *Store) EnterBlob(ctx context.Context, tx pgx.Tx, workspaceID, digest string) error {
	// A slow bucket must not cost tx its locks, as idle transactions lose them.
	_, err := tx.Exec(ctx, `
		SELECT set_config('idle_in_transaction_session_timeout', '5min', true), hold_workspace($1::text::uuid),
			pg_advisory_xact_lock(hashtextextended('rendering/' || $1 || '/' || $2, 0))`, workspaceID, digest)
	return pg.Error(err)
}

// BlobUsed reports whether a rendering of the workspace is these bytes. Ask after
// EnterBlob only: else the answer may be old.
func (s *Store) BlobUsed(ctx context.Context, tx pgx.Tx, workspaceID, digest string) (used bool, err error) {
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM renderings WHERE workspace_id = $1 AND sha256 = $2 AND state = 'READY')`, workspaceID, digest).Scan(&used)
	return used, pg.Error(err)
}
