// Package store keeps the report service's rows. SQL lives here only.
package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Store reads and writes in one database. Every method works in the workspace
// that it is given; row-level security hides all others.
type Store struct {
	db *pg.Pool
}

// New returns a store on db.
func New(db *pg.Pool) *Store { return &Store{db: db} }

// Report is one report on an analysis.
type Report struct {
	ID             string
	WorkspaceID    string
	AnalysisID     string
	Initial        bool
	Title          string
	TemplateID     string
	FindingCount   int32
	ReferenceCount int32
	CreateTime     time.Time
}

const reportColumns = `id, workspace_id, analysis_id, initial, title, template_id, finding_count, reference_count, create_time`

const insertReport = `
	INSERT INTO reports (id, workspace_id, analysis_id, initial, title, template_id, finding_count, reference_count)
	VALUES (@id, @workspace_id, @analysis_id, @initial, @title, @template_id, @finding_count, @reference_count)
	ON CONFLICT (analysis_id) WHERE initial DO NOTHING
	RETURNING ` + reportColumns

func (r Report) args() pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": r.ID, "workspace_id": r.WorkspaceID, "analysis_id": r.AnalysisID, "initial": r.Initial, "title": r.Title,
		"template_id": r.TemplateID, "finding_count": r.FindingCount, "reference_count": r.ReferenceCount,
	}
}

// CreateInitial stores the content of an analysis and the report it ends in, or
// returns the report that an earlier call stored.
func (s *Store) CreateInitial(ctx context.Context, r Report, content []byte) (created Report, err error) {
	err = s.db.InWorkspace(ctx, r.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO contents (analysis_id, workspace_id, message) VALUES ($1, $2, $3)
			ON CONFLICT (analysis_id) DO NOTHING`, r.AnalysisID, r.WorkspaceID, content)
		if err != nil {
			return pg.Error(err)
		}
		created, err = pg.Row[Report](ctx, tx, insertReport, r.args())
		if pg.NoRow(err) { // the row was already there
			created, err = pg.Row[Report](ctx, tx, `SELECT `+reportColumns+` FROM reports WHERE analysis_id = $1 AND initial`, r.AnalysisID)
		}
		return err
	})
	return created, err
}

// CreateReport stores a further report on an analysis whose content is there.
func (s *Store) CreateReport(ctx context.Context, r Report) (created Report, err error) {
	err = s.db.InWorkspace(ctx, r.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		created, err = pg.Row[Report](ctx, tx, insertReport, r.args())
		return err
	})
	return created, err
}

// Content returns what reports on an analysis are composed from; another
// workspace's is errs.NotFound.
func (s *Store) Content(ctx context.Context, workspaceID, analysisID string) ([]byte, error) {
	const q = `SELECT message FROM contents WHERE analysis_id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowTo[[]byte], q, analysisID)
}

// GetReport returns one report; another workspace's is errs.NotFound.
func (s *Store) GetReport(ctx context.Context, workspaceID, id string) (Report, error) {
	const q = `SELECT ` + reportColumns + ` FROM reports WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Report], q, id)
}

// ListReports returns at most limit reports, the newest first, that come after
// the report with the id after; an empty analysis means all.
func (s *Store) ListReports(ctx context.Context, workspaceID, analysisID, after string, limit int) ([]Report, error) {
	const q = `
		SELECT ` + reportColumns + ` FROM reports
		WHERE ($1 = '' OR analysis_id::text = lower($1)) AND id < $2 ORDER BY id DESC LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Report], q, analysisID, pg.Older(after), limit)
}

// DeleteReport removes a report. The content goes with the last report on it.
func (s *Store) DeleteReport(ctx context.Context, workspaceID, id string) error {
	return s.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r, err := pg.Row[Report](ctx, tx, `DELETE FROM reports WHERE id = $1 RETURNING `+reportColumns, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM contents WHERE analysis_id = $1
				AND NOT EXISTS (SELECT FROM reports WHERE analysis_id = $1)`, r.AnalysisID)
		return pg.Error(err)
	})
}
