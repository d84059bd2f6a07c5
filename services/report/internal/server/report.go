package server

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/page"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/difference"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// GetReport implements reportv1.ReportServiceServer.
func (s *Reports) GetReport(ctx context.Context, req *reportv1.GetReportRequest) (*reportv1.Report, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.store.GetReport(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return s.withVersions(ctx, r)
}

// withVersions returns a report with all its versions and their files.
func (s *Reports) withVersions(ctx context.Context, r store.Report) (*reportv1.Report, error) {
	versions, err := s.store.ListVersions(ctx, r.WorkspaceID, r.ID)
	if err != nil {
		return nil, err
	}
	rendered, err := s.store.ListRenderings(ctx, r.WorkspaceID, r.ID)
	if err != nil {
		return nil, err
	}
	out := reportToProto(r)
	if len(versions) == 0 { // it is from before there were versions
		return out, nil
	}
	out.Versions = nil
	for _, v := range versions {
		out.Versions = append(out.Versions, versionToProto(v, rendered))
	}
	return out, nil
}

// ListReports implements reportv1.ReportServiceServer.
func (s *Reports) ListReports(ctx context.Context, req *reportv1.ListReportsRequest) (*reportv1.ListReportsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.ReportFilter(), Query: []string{"reports", req.GetAnalysisId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListReports(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &reportv1.ListReportsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(r store.Report) page.ID { return page.ID(r.ID) })
	for _, r := range list {
		resp.Reports = append(resp.Reports, reportToProto(r))
	}
	return resp, err
}

// DeleteReport implements reportv1.ReportServiceServer.
func (s *Reports) DeleteReport(ctx context.Context, req *reportv1.DeleteReportRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		digests, err := s.store.DeleteReport(ctx, tx, req.GetId())
		if err != nil || len(digests) == 0 {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, renderings.ReleaseArgs{WorkspaceID: caller.WorkspaceID, Digests: digests}, nil)
		return err
	})
}

// GetReportDocument implements reportv1.ReportServiceServer.
func (s *Reports) GetReportDocument(ctx context.Context, req *reportv1.GetReportDocumentRequest) (*reportv1.Document, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	_, doc, err := s.editor.Document(ctx, caller.WorkspaceID, req.GetId(), req.GetVersion())
	return doc, err
}

// CompareReports implements reportv1.ReportServiceServer.
func (s *Reports) CompareReports(ctx context.Context, req *reportv1.CompareReportsRequest) (*reportv1.ReportDifference, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	other := req.GetOtherId()
	if other == "" {
		other = req.GetId()
	}
	second, after, err := s.editor.Document(ctx, caller.WorkspaceID, other, req.GetOtherVersion())
	if err != nil {
		return nil, err
	}
	first := req.GetVersion()
	if first == 0 && other == req.GetId() {
		first = max(1, second.Number-1)
	}
	_, before, err := s.editor.Document(ctx, caller.WorkspaceID, req.GetId(), first)
	if err != nil {
		return nil, err
	}
	return difference.Of(before, after), nil
}

func reportToProto(r store.Report) *reportv1.Report {
	return &reportv1.Report{
		Id:             r.ID,
		AnalysisId:     r.AnalysisID,
		Title:          r.Newest.Title,
		TemplateId:     r.Newest.TemplateID,
		FindingCount:   r.Newest.FindingCount,
		ReferenceCount: r.Newest.ReferenceCount,
		Formats:        format.Names(),
		CreateTime:     timestamppb.New(r.CreateTime),
		Version:        r.Newest.Number,
		Versions:       []*reportv1.ReportVersion{versionToProto(r.Newest, nil)},
	}
}

func versionToProto(v store.Version, rendered []store.Rendering) *reportv1.ReportVersion {
	out := &reportv1.ReportVersion{
		Number: v.Number, Title: v.Title, TemplateId: v.TemplateID, TemplateVersion: v.TemplateVersion,
		CitationStyle: styleOf(v.CitationStyle), FindingCount: v.FindingCount, ReferenceCount: v.ReferenceCount,
		CreateTime: timestamppb.New(v.CreateTime),
	}
	for _, r := range rendered {
		if r.Number == v.Number {
			out.Renderings = append(out.Renderings, &reportv1.Rendering{
				Format: r.Format, State: reportv1.Rendering_State(reportv1.Rendering_State_value[r.State]), Size: r.Size, Sha256: r.SHA256,
			})
		}
	}
	return out
}
