package store

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/page"
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
	Revision    int64 // counts the changes; 0 in a former version
}

// ETag names the template as it is; "" for a former version, which never changes.
func (t Template) ETag() string {
	if t.Revision == 0 {
		return ""
	}
	return strconv.FormatInt(t.Revision, 10)
}

const templateColumns = `id, workspace_id, title, description, version, layout, source, create_time, update_time, revision`

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
		before, err := lockTemplate(ctx, tx, id)
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
		SELECT t.id, t.workspace_id, t.title, t.description, v.version, v.layout, v.source, t.create_time, v.create_time AS update_time, 0 AS revision
		FROM templates t JOIN template_versions v ON v.template_id = t.id WHERE t.id = $1 AND v.version = $2`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Template], q, id, version)
}

// ListTemplates returns a page of the workspace's templates, the newest first.
func (s *Store) ListTemplates(ctx context.Context, workspaceID string, p page.Query[page.ID]) ([]Template, error) {
	where, args := p.Where.And(pg.Older(string(p.After)), p.Limit)
	q := `
		SELECT ` + templateColumns + ` FROM ` + templateRows + `
		WHERE delete_time IS NULL AND id < $1` + where + ` ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Template], q, args...)
}

// templateRows are the templates as a filter sees them.
const templateRows = `(SELECT *, id::text AS name, false AS built_in FROM templates) AS own`

// KeptBuiltins returns the ids of the built-in templates that a filter keeps. They have
// no rows; the database looks at them all the same, so that a filter has one meaning.
func (s *Store) KeptBuiltins(ctx context.Context, workspaceID string, builtins []Template, where filter.Where) ([]string, error) {
	var ids, titles, descriptions, layouts []string
	for _, b := range builtins {
		ids, titles = append(ids, b.ID), append(titles, b.Title)
		descriptions, layouts = append(descriptions, b.Description), append(layouts, b.Layout)
	}
	condition, args := where.And(ids, titles, descriptions, layouts)
	q := `
		SELECT name FROM (
			SELECT name, title, description, layout, true AS built_in, 0 AS version,
				NULL::timestamptz AS create_time, NULL::timestamptz AS update_time
			FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS builtin (name, title, description, layout)
		) AS builtins WHERE true` + condition
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowTo[string], q, args...)
}

// DeleteTemplate hides a template; reports that name one of its versions keep it.
// Unless etag is empty, it must be that of the template.
func (s *Store) DeleteTemplate(ctx context.Context, workspaceID, id, etag string) error {
	return s.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		t, err := lockTemplate(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := errs.CheckETag(etag, t.ETag()); err != nil {
			return err
		}
		return pg.Exec(ctx, tx, `UPDATE templates SET delete_time = now() WHERE id = $1 AND delete_time IS NULL`, id)
	})
}

// lockTemplate returns a template that nobody else changes until the end of the
// transaction.
func lockTemplate(ctx context.Context, tx pgx.Tx, id string) (Template, error) {
	return pg.Row[Template](ctx, tx, `
		SELECT `+templateColumns+` FROM templates WHERE id = $1 AND delete_time IS NULL FOR UPDATE`, id)
}
