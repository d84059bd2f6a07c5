package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/authn"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// ComposeReport implements reportv1.ReportServiceServer.
func (s *Reports) ComposeReport(ctx context.Context, req *reportv1.ComposeReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.editor.version(ctx, caller.WorkspaceID, req, wish{
		templateID: req.GetTemplateId(), style: req.GetCitationStyle(), ended: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	found, err := newContent(req)
	if err != nil {
		return nil, err
	}
	r, isNew, err := s.store.Initial(ctx, found, v)
	if err != nil {
		return nil, err
	}
	if isNew && len(req.GetFormats()) > 0 {
		if err := s.files.Want(ctx, r.Newest, req.GetFormats()...); err != nil {
			return nil, err
		}
	}
	return reportToProto(r), nil
}

// newContent encodes what an analysis found. The digest leaves out what differs when
// the same is told twice.
func newContent(req *reportv1.ComposeReportRequest) (store.Content, error) {
	message, err := protojson.Marshal(req)
	if err != nil {
		return store.Content{}, fmt.Errorf("encode content: %w", err)
	}
	told, _ := proto.Clone(req).(*reportv1.ComposeReportRequest)
	told.Usage, told.Formats, told.StartTime = nil, nil, nil
	plain, err := proto.MarshalOptions{Deterministic: true}.Marshal(told)
	if err != nil {
		return store.Content{}, fmt.Errorf("encode content: %w", err)
	}
	digest := sha256.Sum256(plain)
	return store.Content{AnalysisID: req.GetAnalysisId(), Message: message, Digest: digest[:]}, nil
}

// CreateReport implements reportv1.ReportServiceServer.
func (s *Reports) CreateReport(ctx context.Context, req *reportv1.CreateReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.newest(ctx, caller.WorkspaceID, req.GetAnalysisId(), wish{
		title: strings.TrimSpace(req.GetTitle()), templateID: req.GetTemplateId(), style: req.GetCitationStyle(),
	})
	if err != nil {
		return nil, err
	}
	r, err := s.store.CreateReport(ctx, req.GetAnalysisId(), v)
	if err != nil {
		return nil, err
	}
	return reportToProto(r), nil
}

// GenerateReport implements reportv1.ReportServiceServer.
func (s *Reports) GenerateReport(ctx context.Context, req *reportv1.GenerateReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	// The version before must be there before the next one is.
	if _, err := s.editor.Version(ctx, caller.WorkspaceID, req.GetId(), 0); err != nil {
		return nil, err
	}
	before, err := s.store.GetReport(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	w := wish{title: before.Newest.Title, templateID: before.Newest.TemplateID, style: styleOf(before.Newest.CitationStyle)}
	if title := strings.TrimSpace(req.GetTitle()); title != "" {
		w.title = title
	}
	if req.GetTemplateId() != "" {
		w.templateID = req.GetTemplateId()
	}
	if req.GetCitationStyle() != analysisv1.CitationStyle_CITATION_STYLE_UNSPECIFIED {
		w.style = req.GetCitationStyle()
	}
	v, err := s.newest(ctx, caller.WorkspaceID, before.AnalysisID, w)
	if err != nil {
		return nil, err
	}
	v.ReportID = before.ID
	r, err := s.store.AddVersion(ctx, v)
	if err != nil {
		return nil, err
	}
	return s.withVersions(ctx, r)
}

// newest makes a version of what an analysis found last.
func (s *Reports) newest(ctx context.Context, workspaceID, analysisID string, w wish) (store.Version, error) {
	content, err := s.store.Content(ctx, workspaceID, analysisID)
	if err != nil {
		return store.Version{}, err
	}
	found, err := decode(content)
	if err != nil {
		return store.Version{}, err
	}
	w.ended = content.CreateTime
	return s.editor.version(ctx, workspaceID, found, w)
}
