package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/page"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// maxTemplateTitle is the longest title of a template, in characters.
const maxTemplateTitle = 200

// Templates implements reportv1.TemplateServiceServer.
type Templates struct {
	reportv1.UnsafeTemplateServiceServer

	store   *store.Store
	catalog *Catalog
	editor  *Editor
}

var _ reportv1.TemplateServiceServer = (*Templates)(nil)

// NewTemplates returns the server of templates.
func NewTemplates(s *store.Store, catalog *Catalog, editor *Editor) *Templates {
	return &Templates{store: s, catalog: catalog, editor: editor}
}

// ListTemplates implements reportv1.TemplateServiceServer.
func (s *Templates) ListTemplates(ctx context.Context, req *reportv1.ListTemplatesRequest) (*reportv1.ListTemplatesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.TemplateFilter(), Query: []string{"templates"}})
	if err != nil {
		return nil, err
	}
	resp := &reportv1.ListTemplatesResponse{}
	if !asked.Later { // they are few: all stand on the first page
		if resp.Templates, err = s.builtins(ctx, caller.WorkspaceID, asked.Where); err != nil {
			return nil, err
		}
	}
	list, err := s.store.ListTemplates(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, err
	}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(t store.Template) page.ID { return page.ID(t.ID) })
	for _, own := range list {
		t := templateToProto(own)
		t.Source = ""
		resp.Templates = append(resp.Templates, t)
	}
	return resp, err
}

// builtins returns the built-in templates that a filter keeps, without their sources.
func (s *Templates) builtins(ctx context.Context, workspaceID string, where filter.Where) ([]*reportv1.Template, error) {
	rows := make([]store.Template, len(s.catalog.builtin))
	for i, b := range s.catalog.builtin {
		rows[i] = store.Template{ID: b.ID, Title: b.Title, Description: b.Description, Layout: b.Layout.String()}
	}
	kept, err := s.store.KeptBuiltins(ctx, workspaceID, rows, where)
	if err != nil {
		return nil, err
	}
	var out []*reportv1.Template
	for _, b := range s.catalog.builtin {
		if slices.Contains(kept, b.ID) {
			t := builtinToProto(b)
			t.Source = ""
			out = append(out, t)
		}
	}
	return out, nil
}

// GetTemplate implements reportv1.TemplateServiceServer.
func (s *Templates) GetTemplate(ctx context.Context, req *reportv1.GetTemplateRequest) (*reportv1.Template, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if b, ok := s.catalog.named(req.GetId()); ok && req.GetVersion() == 0 {
		return builtinToProto(b), nil
	}
	t, err := s.catalog.own(ctx, caller.WorkspaceID, req.GetId(), req.GetVersion())
	if err != nil {
		return nil, err
	}
	return templateToProto(t), nil
}

// CreateTemplate implements reportv1.TemplateServiceServer.
func (s *Templates) CreateTemplate(ctx context.Context, req *reportv1.CreateTemplateRequest) (*reportv1.Template, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	t := store.Template{WorkspaceID: caller.WorkspaceID}
	if err := change(&t, req.GetTemplate(), []string{"title", "description", "layout", "source"}); err != nil {
		return nil, err
	}
	created, err := s.store.CreateTemplate(ctx, t)
	if err != nil {
		return nil, err
	}
	return templateToProto(created), nil
}

// UpdateTemplate implements reportv1.TemplateServiceServer.
func (s *Templates) UpdateTemplate(ctx context.Context, req *reportv1.UpdateTemplateRequest) (*reportv1.Template, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked := req.GetTemplate()
	if err := s.changeable(asked.GetId(), "template.id"); err != nil {
		return nil, err
	}
	paths, err := changed(asked, req.GetUpdateMask())
	if err != nil {
		return nil, err
	}
	updated, err := s.store.UpdateTemplate(ctx, caller.WorkspaceID, asked.GetId(), func(t *store.Template) error {
		if err := errs.CheckETag(asked.GetEtag(), t.ETag()); err != nil {
			return err
		}
		if asked.GetVersion() != 0 && asked.GetVersion() != t.Version {
			return errs.Newf(errs.Conflict, "TEMPLATE_CHANGED", "the template is at version %d by now", t.Version)
		}
		return change(t, asked, paths)
	})
	if err != nil {
		return nil, err
	}
	return templateToProto(updated), nil
}

// DeleteTemplate implements reportv1.TemplateServiceServer.
func (s *Templates) DeleteTemplate(ctx context.Context, req *reportv1.DeleteTemplateRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.changeable(req.GetId(), "id"); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.store.DeleteTemplate(ctx, caller.WorkspaceID, req.GetId(), req.GetEtag())
}

// changeable refuses the id of a template that nobody can change.
func (s *Templates) changeable(id, field string) error {
	if _, ok := s.catalog.named(id); ok {
		return errs.New(errs.FailedPrecondition, "TEMPLATE_BUILT_IN", "a built-in template cannot be changed: create one with its source instead")
	}
	if !isUUID(id) {
		return errs.Field(field, "must be a UUID")
	}
	return nil
}

// changed returns what an update changes: the fields of the mask, or without one those
// that are set.
func changed(asked *reportv1.Template, mask *fieldmaskpb.FieldMask) ([]string, error) {
	known := map[string]bool{
		"title": asked.GetTitle() != "", "description": asked.GetDescription() != "",
		"layout": asked.GetLayout() != 0, "source": asked.GetSource() != "",
	}
	// Whoever sends back what they have read names these.
	ignored := map[string]bool{"id": true, "version": true, "built_in": true, "create_time": true, "update_time": true, "etag": true}
	var paths []string
	if len(mask.GetPaths()) == 0 {
		for path, set := range known {
			if set {
				paths = append(paths, path)
			}
		}
		return paths, nil
	}
	for _, path := range mask.GetPaths() {
		if _, ok := known[path]; ok {
			paths = append(paths, path)
		} else if !ignored[path] {
			return nil, errs.Field("update_mask", "may only name title, description, layout, source")
		}
	}
	return paths, nil
}

// change sets fields of a template and names each that is wrong.
func change(t *store.Template, asked *reportv1.Template, paths []string) error {
	var v errs.Violations
	for _, path := range paths {
		switch path {
		case "title":
			t.Title = strings.TrimSpace(asked.GetTitle())
			v.Check(t.Title != "", "template.title", "must be given")
			v.Check(utf8.RuneCountInString(t.Title) <= maxTemplateTitle, "template.title", "must be at most 200 characters")
		case "description":
			t.Description = strings.TrimSpace(asked.GetDescription())
		case "layout":
			t.Layout = max(asked.GetLayout(), reportv1.Document_PAGES).String()
		case "source":
			t.Source = asked.GetSource()
			checkSource(&v, "template.source", t.Source)
		}
	}
	return v.Err()
}

// checkSource names each error in a template's source.
func checkSource(v *errs.Violations, field, source string) {
	if strings.TrimSpace(source) == "" {
		v.Check(false, field, "must be given")
		return
	}
	_, err := template.Parse(source)
	var problems template.Errors
	errors.As(err, &problems)
	for _, problem := range problems {
		v.Check(false, field, problem.Error())
	}
}

func builtinToProto(b template.Builtin) *reportv1.Template {
	return &reportv1.Template{Id: b.ID, Title: b.Title, Description: b.Description, BuiltIn: true, Layout: b.Layout, Source: b.Source}
}

func templateToProto(t store.Template) *reportv1.Template {
	return &reportv1.Template{
		Id: t.ID, Title: t.Title, Description: t.Description, Layout: layoutOf(t.Layout), Source: t.Source, Version: t.Version,
		CreateTime: timestamppb.New(t.CreateTime), UpdateTime: timestamppb.New(t.UpdateTime), Etag: t.ETag(),
	}
}
