package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// maxTemplates is how many templates a workspace may have.
const maxTemplates = 500

// Template is a workspace's own template.
type Template struct {
	ID          string
	WorkspaceID string
	Title       string
	Description string
	Version     int32
	Layout      string
	Source      string
	CreateTime  time.Time
	UpdateTime  time.Time
}

const templateColumns = `id, workspace_id, title, description, version, layout, source, create_time, update_time`

// CreateTemplate stores a new template. A workspace that has too many is
// errs.ResourceExhausted.
func (s *Store) CreateTemplate(ctx context.Context, t Template) (created Template, err error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Template{}, err
	}
	err = s.db.InWorkspace(ctx, t.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var count int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM templates WHERE delete_time IS NULL`).Scan(&count); err != nil {
			return pg.Error(err)
		}
		if count >= maxTemplates {
			return errs.Newf(errs.ResourceExhausted, "TOO_MANY_TEMPLATES", "the workspace has %d templates already", maxTemplates)
		}
		created, err = pg.Row[Template](ctx, tx, `
			INSERT INTO templates (id, workspace_id, title, description, version, layout, source) VALUES ($1, $2, $3, $4, 1, $5, $6)
			RETURNING `+templateColumns, id.String(), t.WorkspaceID, t.Title, t.Description, t.Layout, t.Source)
		if err != nil {
			return err
		}
		return keepTemplate(ctx, tx, created)
	})
	return created, err
}

// keepTemplate stores the present state of a template for the reports that are
// composed from it.
func keepTemplate(ctx context.Context, tx pgx.Tx, t Template) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO template_versions (template_id, version, workspace_id, layout, source) VALUES ($1, $2, $3, $4, $5)`,
		t.ID, t.Version, t.WorkspaceID, t.Layout, t.Source)
	return pg.Error(err)
}

// UpdateTemplate changes a template: change gets its present state, and what it leaves
// is stored, as a version of its own if layout or source differ. One that is not there
// is errs.NotFound.
func (s *Store) UpdateTemplate(ctx context.Context, workspaceID, id string, change func(*Template) error) (updated Template, err error) {
	err = s.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		before, err := pg.Row[Template](ctx, tx, `
			SELECT `+templateColumns+` FROM templates WHERE id = $1 AND delete_time IS NULL FOR UPDATE`, id)
		if err != nil {
			return err
		}
		t := before
		if err := change(&t); err != nil {
			return err
		}
		isNew := t.Layout != before.Layout || t.Source != before.Source
		if isNew {
			t.Version = before.Version + 1
		}
		updated, err = pg.Row[Template](ctx, tx, `
			UPDATE templates SET title = $2, description = $3, version = $4, layout = $5, source = $6, update_time = now()
			WHERE id = $1 RETURNING `+templateColumns, id, t.Title, t.Description, t.Version, t.Layout, t.Source)
		if err != nil || !isNew {
			return err
		}
		return keepTemplate(ctx, tx, updated)
	})
	return updated, err
}

// GetTemplate returns a template as it is at present.
func (s *Store) GetTemplate(ctx context.Context, workspaceID, id string) (Template, error) {
	const q = `SELECT ` + templateColumns + ` FROM templates WHERE id = $1 AND delete_time IS NULL`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Template], q, id)
}

// GetTemplateVersion returns a template as it was in a version, also after it was
// deleted.
func (s *Store) GetTemplateVersion(ctx context.Context, workspaceID, id string, version int32) (Template, error) {
	const q = `
		SELECT t.id, t.workspace_id, t.title, t.description, v.version, v.layout, v.source, t.create_time, v.create_time AS update_time
		FROM templates t JOIN template_versions v ON v.template_id = t.id WHERE t.id = $1 AND v.version = $2`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Template], q, id, version)
}

// ListTemplates returns at most limit templates, the newest first, that come after
// the one with the id after.
func (s *Store) ListTemplates(ctx context.Context, workspaceID, after string, limit int) ([]Template, error) {
	const q = `
		SELECT ` + templateColumns + ` FROM templates
		WHERE delete_time IS NULL AND id < $1 ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Template], q, pg.Older(after), limit)
}

// DeleteTemplate hides a template; reports that name one of its versions keep it.
func (s *Store) DeleteTemplate(ctx context.Context, workspaceID, id string) error {
	return s.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return pg.Exec(ctx, tx, `UPDATE templates SET delete_time = now() WHERE id = $1 AND delete_time IS NULL`, id)
	})
}
