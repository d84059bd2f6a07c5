package server

import (
	"context"

	"github.com/google/uuid"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// errNoTemplate is the answer for a template that the workspace does not have.
var errNoTemplate = errs.New(errs.NotFound, "TEMPLATE_NOT_FOUND", "there is no such template")

// Catalog finds templates: the built-in ones and those of workspaces.
type Catalog struct {
	store   *store.Store
	builtin []template.Builtin
}

// NewCatalog returns the catalogue. It fails only if the program was built with a broken
// template, which a test rules out.
func NewCatalog(s *store.Store) (*Catalog, error) {
	builtin, err := template.Builtins()
	return &Catalog{store: s, builtin: builtin}, err
}

// entry is a template in one version.
type entry struct {
	id      string
	version int32 // 0 for a built-in one
	layout  reportv1.Document_Layout
	source  string
	parsed  *template.Template // of a built-in one
}

// parse reads the template.
func (e entry) parse() (*template.Template, error) {
	if e.parsed != nil {
		return e.parsed, nil
	}
	return template.Parse(e.source)
}

// named returns a built-in template.
func (c *Catalog) named(id string) (template.Builtin, bool) {
	for _, b := range c.builtin {
		if b.ID == id {
			return b, true
		}
	}
	return template.Builtin{}, false
}

// get returns a template; version 0 is the newest.
func (c *Catalog) get(ctx context.Context, workspaceID, id string, version int32) (entry, error) {
	if b, ok := c.named(id); ok {
		if version != 0 {
			return entry{}, errNoTemplate
		}
		return entry{id: b.ID, layout: b.Layout, source: b.Source, parsed: b.Template}, nil
	}
	t, err := c.own(ctx, workspaceID, id, version)
	return entry{id: t.ID, version: t.Version, layout: layoutOf(t.Layout), source: t.Source}, err
}

// own returns a workspace's own template.
func (c *Catalog) own(ctx context.Context, workspaceID, id string, version int32) (store.Template, error) {
	if uuid.Validate(id) != nil {
		return store.Template{}, errNoTemplate
	}
	if version == 0 {
		return c.store.GetTemplate(ctx, workspaceID, id)
	}
	return c.store.GetTemplateVersion(ctx, workspaceID, id, version)
}

// layoutOf reads a stored layout.
func layoutOf(name string) reportv1.Document_Layout {
	return reportv1.Document_Layout(reportv1.Document_Layout_value[name])
}
