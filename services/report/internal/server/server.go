// Package server implements the report service's gRPC methods.
package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/content"
	"github.com/researcherpro/researcherpro/services/report/internal/render"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

const (
	defaultPage     = 50
	maxPage         = 200
	defaultTemplate = "detailed"
)

// Server implements reportv1.ReportServiceServer.
type Server struct {
	reportv1.UnsafeReportServiceServer

	store     *store.Store
	templates []template.Template
	html      *render.HTML
}

var _ reportv1.ReportServiceServer = (*Server)(nil)

// New returns the server with the built-in templates.
func New(s *store.Store) (*Server, error) {
	templates, err := template.Builtin()
	if err != nil {
		return nil, err
	}
	html, err := render.NewHTML()
	if err != nil {
		return nil, err
	}
	return &Server{store: s, templates: templates, html: html}, nil
}

// ComposeReport implements reportv1.ReportServiceServer.
func (s *Server) ComposeReport(ctx context.Context, req *reportv1.ComposeReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.newReport(caller, req, req.GetTemplateId(), "")
	if err != nil {
		return nil, err
	}
	r.Initial = true
	message, err := protojson.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("encode content: %w", err)
	}
	created, err := s.store.CreateInitial(ctx, r, message)
	if err != nil {
		return nil, err
	}
	return toProto(created), nil
}

// CreateReport implements reportv1.ReportServiceServer.
func (s *Server) CreateReport(ctx context.Context, req *reportv1.CreateReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := s.content(ctx, caller, req.GetAnalysisId())
	if err != nil {
		return nil, err
	}
	r, err := s.newReport(caller, stored, req.GetTemplateId(), strings.TrimSpace(req.GetTitle()))
	if err != nil {
		return nil, err
	}
	created, err := s.store.CreateReport(ctx, r)
	if err != nil {
		return nil, err
	}
	return toProto(created), nil
}

// newReport composes a report once, so that what cannot be composed is refused
// now and not when somebody reads it, and returns its row.
func (s *Server) newReport(caller authn.Caller, req *reportv1.ComposeReportRequest, templateID, title string) (store.Report, error) {
	if templateID == "" {
		templateID = defaultTemplate
	}
	tmpl, ok := s.template(templateID)
	if !ok {
		return store.Report{}, errs.Field("template_id", "names no template")
	}
	composed, err := compose.Compose(content.From(req, title, time.Now()), tmpl)
	if errors.Is(err, compose.ErrContent) {
		// Trying again cannot help, and the caller, a service, can read why.
		return store.Report{}, errs.New(errs.InvalidArgument, "INCONSISTENT_CONTENT", err.Error())
	}
	if err != nil {
		return store.Report{}, fmt.Errorf("compose: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return store.Report{}, err
	}
	return store.Report{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, AnalysisID: req.GetAnalysisId(), Title: composed.Title,
		TemplateID: tmpl.ID, FindingCount: int32(len(req.GetFindings())), ReferenceCount: references(composed),
	}, nil
}

// compose composes a stored report again. Composing is a pure function of the
// content, so the report is the same each time.
func (s *Server) compose(ctx context.Context, caller authn.Caller, r store.Report) (compose.Report, error) {
	stored, err := s.content(ctx, caller, r.AnalysisID)
	if err != nil {
		return compose.Report{}, err
	}
	tmpl, ok := s.template(r.TemplateID)
	if !ok {
		return compose.Report{}, fmt.Errorf("report %s has the template %q, which is gone", r.ID, r.TemplateID)
	}
	return compose.Compose(content.From(stored, r.Title, r.CreateTime), tmpl)
}

func (s *Server) content(ctx context.Context, caller authn.Caller, analysisID string) (*reportv1.ComposeReportRequest, error) {
	message, err := s.store.Content(ctx, caller.WorkspaceID, analysisID)
	if err != nil {
		return nil, err
	}
	req := &reportv1.ComposeReportRequest{}
	// Contents outlive versions: a field that another one wrote is skipped.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(message, req); err != nil {
		return nil, fmt.Errorf("decode content of analysis %s: %w", analysisID, err)
	}
	return req, nil
}

func references(r compose.Report) int32 {
	for _, part := range r.Parts {
		if refs, ok := part.(*compose.References); ok {
			return int32(len(refs.Entries))
		}
	}
	return 0
}
