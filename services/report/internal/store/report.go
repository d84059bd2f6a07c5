package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Report is one report on an analysis with its newest version.
type Report struct {
	ID          string
	WorkspaceID string
	AnalysisID  string
	Initial     bool // the one that the analysis ended in
	CreateTime  time.Time
	Newest      Version
}

// reportColumns are read by scanReport. Of a report that has no row for its version,
// the version is made of the report's own.
const reportColumns = `r.id, r.workspace_id, r.analysis_id, r.initial, r.create_time,
	r.id, r.version, r.workspace_id, r.title, r.template_id, coalesce(v.template_version, 0), coalesce(v.citation_style, 'NUMBERED'),
	r.finding_count, r.reference_count, coalesce(v.create_time, r.create_time)`

const reportTables = `reports r LEFT JOIN report_versions v ON v.report_id = r.id AND v.number = r.version`

// scanReport reads a row of reportColumns.
func scanReport(row pgx.CollectableRow) (r Report, err error) {
	err = row.Scan(append([]any{&r.ID, &r.WorkspaceID, &r.AnalysisID, &r.Initial, &r.CreateTime}, r.Newest.targets()...)...)
	return r, err
}

// Initial stores what an analysis found and the report that it ends in, of one version.
// When the same is there already it changes nothing; when the report is there but the
// findings are others, version becomes the report's next one. It returns the report as it
// is afterwards, and whether version was stored.
func (s *Store) Initial(ctx context.Context, found Content, version Version) (r Report, stored bool, err error) {
	err = s.db.InWorkspace(ctx, version.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r, stored = Report{}, false
		// Calls for one analysis come one after the other: each sees what the others made.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('report/' || $1, 0))`, found.AnalysisID); err != nil {
			return pg.Error(err)
		}
		isNew, err := putContent(ctx, tx, version.WorkspaceID, found)
		if err != nil {
			return err
		}
		v := version
		v.ReportID, err = initialReport(ctx, tx, found.AnalysisID)
		switch {
		case err != nil:
			return err
		case v.ReportID == "":
			r, err = addReport(ctx, tx, Report{AnalysisID: found.AnalysisID, Initial: true, Newest: v})
			stored = err == nil
			return err
		case isNew:
			stored = true
			if err := addVersion(ctx, tx, v); err != nil {
				return err
			}
		}
		r, err = getReport(ctx, tx, v.ReportID)
		return err
	})
	return r, stored, err
}

// initialReport returns the id of the report that an analysis ended in, if there is one.
func initialReport(ctx context.Context, tx pgx.Tx, analysisID string) (id string, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM reports WHERE analysis_id = $1 AND initial`, analysisID).Scan(&id)
	if pg.NoRow(err) {
		return "", nil
	}
	return id, pg.Error(err)
}

// CreateReport stores a further report on an analysis, of one version.
func (s *Store) CreateReport(ctx context.Context, analysisID string, version Version) (r Report, err error) {
	err = s.db.InWorkspace(ctx, version.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		r, err = addReport(ctx, tx, Report{AnalysisID: analysisID, Newest: version})
		return err
	})
	return r, err
}

// addReport stores a report and its first version.
func addReport(ctx context.Context, tx pgx.Tx, r Report) (Report, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Report{}, err
	}
	v := r.Newest
	v.ReportID, v.Number = id.String(), 1
	if _, err := tx.Exec(ctx, `
		INSERT INTO reports (id, workspace_id, analysis_id, initial, title, template_id, finding_count, reference_count)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		v.ReportID, v.WorkspaceID, r.AnalysisID, r.Initial, v.Title, v.TemplateID, v.FindingCount, v.ReferenceCount); err != nil {
		return Report{}, pg.Error(err)
	}
	if err := insertVersion(ctx, tx, v); err != nil {
		return Report{}, err
	}
	return getReport(ctx, tx, v.ReportID)
}

func getReport(ctx context.Context, tx pgx.Tx, id string) (Report, error) {
	rows, err := tx.Query(ctx, `SELECT `+reportColumns+` FROM `+reportTables+` WHERE r.id = $1`, id)
	if err != nil {
		return Report{}, pg.Error(err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanReport)
	return r, pg.Error(err)
}

// GetReport returns one report; another workspace's is errs.NotFound.
func (s *Store) GetReport(ctx context.Context, workspaceID, id string) (Report, error) {
	return pg.ReadOne(ctx, s.db, workspaceID, scanReport, `SELECT `+reportColumns+` FROM `+reportTables+` WHERE r.id = $1`, id)
}

// ListReports returns a page of the reports, the newest first; an empty analysis means
// all.
func (s *Store) ListReports(ctx context.Context, workspaceID, analysisID string, p page.Query[page.ID]) ([]Report, error) {
	where, args := p.Where.And(analysisID, pg.Older(string(p.After)), p.Limit)
	q := `
		SELECT ` + reportColumns + ` FROM ` + reportTables + `
		WHERE ($1 = '' OR r.analysis_id::text = lower($1)) AND r.id < $2` + where + ` ORDER BY r.id DESC LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, scanReport, q, args...)
}

// DeleteReport removes a report with its versions, in tx, and returns the SHA-256 of
// the files that they were rendered to. The content goes with the last report on it.
func (s *Store) DeleteReport(ctx context.Context, tx pgx.Tx, id string) (digests []string, err error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT sha256 FROM renderings WHERE report_id = $1 AND state = 'READY'`, id)
	if err != nil {
		return nil, pg.Error(err)
	}
	if digests, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return nil, pg.Error(err)
	}
	var analysisID string
	if err := tx.QueryRow(ctx, `DELETE FROM reports WHERE id = $1 RETURNING analysis_id`, id).Scan(&analysisID); err != nil {
		return nil, pg.Error(err)
	}
	_, err = tx.Exec(ctx, `
		DELETE FROM contents WHERE analysis_id = $1
			AND NOT EXISTS (SELECT FROM reports WHERE analysis_id = $1)`, analysisID)
	return digests, pg.Error(err)
}
