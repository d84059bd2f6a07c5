package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Version is a report as it was generated once.
type Version struct {
	ReportID        string
	Number          int32
	WorkspaceID     string
	Title           string
	TemplateID      string
	TemplateVersion int32
	CitationStyle   string
	FindingCount    int32
	ReferenceCount  int32
	CreateTime      time.Time
	// Document is the contract's Document, in its binary form. It is read by
	// [Store.GetDocument] only.
	Document []byte
}

// versionColumns are read into what targets returns.
const versionColumns = `v.report_id, v.number, v.workspace_id, v.title, v.template_id, v.template_version, ` +
	`v.citation_style, v.finding_count, v.reference_count, v.create_time`

func (v *Version) targets() []any {
	return []any{
		&v.ReportID, &v.Number, &v.WorkspaceID, &v.Title, &v.TemplateID, &v.TemplateVersion,
		&v.CitationStyle, &v.FindingCount, &v.ReferenceCount, &v.CreateTime,
	}
}

// addVersion stores the next version of a report that is there.
func addVersion(ctx context.Context, tx pgx.Tx, v Version) error {
	err := tx.QueryRow(ctx, `
		UPDATE reports SET version = version + 1, title = $2, template_id = $3, finding_count = $4, reference_count = $5
		WHERE id = $1 RETURNING version`, v.ReportID, v.Title, v.TemplateID, v.FindingCount, v.ReferenceCount).Scan(&v.Number)
	if err != nil {
		return pg.Error(err)
	}
	return insertVersion(ctx, tx, v)
}

func insertVersion(ctx context.Context, tx pgx.Tx, v Version) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO report_versions (report_id, number, workspace_id, title, template_id, template_version,
			citation_style, document, finding_count, reference_count)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT DO NOTHING`,
		v.ReportID, v.Number, v.WorkspaceID, v.Title, v.TemplateID, v.TemplateVersion,
		v.CitationStyle, v.Document, v.FindingCount, v.ReferenceCount)
	return pg.Error(err)
}

// AddVersion stores the next version of a report and returns the report.
func (s *Store) AddVersion(ctx context.Context, v Version) (r Report, err error) {
	err = s.db.InWorkspace(ctx, v.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := addVersion(ctx, tx, v); err != nil {
			return err
		}
		r, err = getReport(ctx, tx, v.ReportID)
		return err
	})
	return r, err
}

// KeepVersion stores a version of a report from before there were versions.
func (s *Store) KeepVersion(ctx context.Context, v Version) error {
	return s.db.InWorkspace(ctx, v.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return insertVersion(ctx, tx, v)
	})
}

// ListVersions returns the versions of a report, the newest first.
func (s *Store) ListVersions(ctx context.Context, workspaceID, reportID string) ([]Version, error) {
	const q = `SELECT ` + versionColumns + ` FROM report_versions v WHERE v.report_id = $1 ORDER BY v.number DESC`
	return pg.ReadAll(ctx, s.db, workspaceID, scanVersion, q, reportID)
}

// oneVersion reads a version by its report and number, of which 0 is the newest.
const oneVersion = ` FROM report_versions v JOIN reports r ON r.id = v.report_id
	WHERE v.report_id = $1 AND v.number = CASE WHEN $2 = 0 THEN r.version ELSE $2 END`

// GetVersion returns a version; 0 is the newest. A version that is not there is
// errs.NotFound.
func (s *Store) GetVersion(ctx context.Context, workspaceID, reportID string, number int32) (Version, error) {
	return pg.ReadOne(ctx, s.db, workspaceID, scanVersion, `SELECT `+versionColumns+oneVersion, reportID, number)
}

func scanVersion(row pgx.CollectableRow) (v Version, err error) { return v, row.Scan(v.targets()...) }

// GetDocument is GetVersion with the document.
func (s *Store) GetDocument(ctx context.Context, workspaceID, reportID string, number int32) (Version, error) {
	scan := func(row pgx.CollectableRow) (v Version, err error) {
		return v, row.Scan(append(v.targets(), &v.Document)...)
	}
	return pg.ReadOne(ctx, s.db, workspaceID, scan, `SELECT `+versionColumns+`, v.document`+oneVersion, reportID, number)
}
