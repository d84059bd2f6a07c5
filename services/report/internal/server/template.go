package server

import (
	"context"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// ListTemplates implements reportv1.ReportServiceServer.
func (s *Server) ListTemplates(context.Context, *reportv1.ListTemplatesRequest) (*reportv1.ListTemplatesResponse, error) {
	resp := &reportv1.ListTemplatesResponse{}
	for _, t := range s.templates {
		resp.Templates = append(resp.Templates, templateToProto(t))
	}
	return resp, nil
}

// GetTemplate implements reportv1.ReportServiceServer.
func (s *Server) GetTemplate(_ context.Context, req *reportv1.GetTemplateRequest) (*reportv1.Template, error) {
	t, ok := s.template(req.GetId())
	if !ok {
		return nil, errs.New(errs.NotFound, "TEMPLATE_NOT_FOUND", "there is no such template")
	}
	return templateToProto(t), nil
}

func (s *Server) template(id string) (template.Template, bool) {
	i := slices.IndexFunc(s.templates, func(t template.Template) bool { return t.ID == id })
	if i < 0 {
		return template.Template{}, false
	}
	return s.templates[i], true
}

func templateToProto(t template.Template) *reportv1.Template {
	return &reportv1.Template{Id: t.ID, Title: t.Title, Description: t.Description, BuiltIn: true}
}
