package server

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/edition"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/sample"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

func isUUID(id string) bool { return uuid.Validate(id) == nil }

// PreviewTemplate implements reportv1.TemplateServiceServer.
func (s *Templates) PreviewTemplate(ctx context.Context, req *reportv1.PreviewTemplateRequest) (*reportv1.PreviewTemplateResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	tmpl, err := s.catalog.get(ctx, caller.WorkspaceID, req.GetId(), 0)
	if err != nil {
		return nil, err
	}
	if req.GetSource() != "" {
		var v errs.Violations
		checkSource(&v, "source", req.GetSource())
		if err := v.Err(); err != nil {
			return nil, err
		}
		tmpl.source, tmpl.parsed = req.GetSource(), nil
	}
	found, err := s.shownOn(ctx, caller.WorkspaceID, req)
	if err != nil {
		return nil, err
	}
	doc, err := s.preview(ctx, tmpl, found, req)
	if err != nil {
		return nil, err
	}
	name := req.GetFormat()
	if name == "" {
		name = "html"
	}
	as, err := format.Named(name)
	if err != nil {
		return nil, err
	}
	content, err := as.Render(doc)
	if err != nil {
		return nil, err
	}
	return &reportv1.PreviewTemplateResponse{Content: string(content), MediaType: as.MediaType}, nil
}

// shownOn returns what a template is shown on.
func (s *Templates) shownOn(ctx context.Context, workspaceID string, req *reportv1.PreviewTemplateRequest) (*reportv1.ComposeReportRequest, error) {
	if req.GetAnalysisId() == "" {
		return sample.Content(req.GetKind()), nil
	}
	content, err := s.store.Content(ctx, workspaceID, req.GetAnalysisId())
	if err != nil {
		return nil, err
	}
	return decode(content)
}

// preview makes the document. What fails in the template is said of the source.
func (s *Templates) preview(ctx context.Context, tmpl entry, found *reportv1.ComposeReportRequest, req *reportv1.PreviewTemplateRequest) (*reportv1.Document, error) {
	parsed, err := tmpl.parse()
	if err != nil {
		return nil, err
	}
	doc, err := edition.Make(ctx, found, edition.Plan{
		Template: parsed, TemplateID: tmpl.id, TemplateVersion: tmpl.version, Layout: tmpl.layout,
		Style: req.GetCitationStyle(), Ended: time.Now(),
	})
	var failed *template.Error
	if errors.As(err, &failed) {
		return nil, errs.Field("source", failed.Error())
	}
	return doc, err
}
