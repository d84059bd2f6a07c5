package server

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/page"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// GetReport implements reportv1.ReportServiceServer.
func (s *Server) GetReport(ctx context.Context, req *reportv1.GetReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.store.GetReport(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return toProto(r), nil
}

// ListReports implements reportv1.ReportServiceServer.
func (s *Server) ListReports(ctx context.Context, req *reportv1.ListReportsRequest) (*reportv1.ListReportsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	query := []string{"reports", req.GetAnalysisId()}
	var after string
	if _, err := page.Decode(req.GetPageToken(), &after, query...); err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize(), defaultPage, maxPage)
	list, err := s.store.ListReports(ctx, caller.WorkspaceID, req.GetAnalysisId(), after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &reportv1.ListReportsResponse{}
	list, resp.NextPageToken, err = page.Cut(list, size, func(r store.Report) any { return r.ID }, query...)
	for _, r := range list {
		resp.Reports = append(resp.Reports, toProto(r))
	}
	return resp, err
}

// DeleteReport implements reportv1.ReportServiceServer.
func (s *Server) DeleteReport(ctx context.Context, req *reportv1.DeleteReportRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.store.DeleteReport(ctx, caller.WorkspaceID, req.GetId())
}

func toProto(r store.Report) *reportv1.Report {
	return &reportv1.Report{
		Id:             r.ID,
		AnalysisId:     r.AnalysisID,
		Title:          r.Title,
		TemplateId:     r.TemplateID,
		FindingCount:   r.FindingCount,
		ReferenceCount: r.ReferenceCount,
		Formats:        formatNames(),
		CreateTime:     timestamppb.New(r.CreateTime),
	}
}
