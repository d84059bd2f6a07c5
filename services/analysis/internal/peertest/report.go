package peertest

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Report is a fake of the report service. It knows the templates brief and
// detailed.
type Report struct {
	reportv1.UnimplementedReportServiceServer
	reportv1.UnimplementedTemplateServiceServer
	Script

	mu       sync.Mutex
	composed map[string]*reportv1.Report // by analysis
	requests []*reportv1.ComposeReportRequest
}

// Register serves it.
func (r *Report) Register(s grpc.ServiceRegistrar) {
	reportv1.RegisterReportServiceServer(s, r)
	reportv1.RegisterTemplateServiceServer(s, r)
}

// Composed returns the first request for each analysis, in their order.
func (r *Report) Composed() []*reportv1.ComposeReportRequest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*reportv1.ComposeReportRequest(nil), r.requests...)
}

// ComposeReport implements reportv1.ReportServiceServer.
func (r *Report) ComposeReport(ctx context.Context, req *reportv1.ComposeReportRequest) (*reportv1.Report, error) {
	out := r.compose(req)
	// After the work: a failure is an answer that was lost.
	if err := r.Before(ctx, "ComposeReport"); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *Report) compose(req *reportv1.ComposeReportRequest) *reportv1.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.composed == nil {
		r.composed = map[string]*reportv1.Report{}
	}
	out, ok := r.composed[req.GetAnalysisId()]
	if !ok {
		out = &reportv1.Report{Id: newID(), AnalysisId: req.GetAnalysisId(), Title: req.GetQuestion(), Formats: []string{"md", "html", "pdf"}}
		r.composed[req.GetAnalysisId()] = out
		r.requests = append(r.requests, req)
	}
	return out
}

// GetTemplate implements reportv1.TemplateServiceServer.
func (r *Report) GetTemplate(ctx context.Context, req *reportv1.GetTemplateRequest) (*reportv1.Template, error) {
	if err := r.Before(ctx, "GetTemplate"); err != nil {
		return nil, err
	}
	if req.GetId() != "brief" && req.GetId() != "detailed" {
		return nil, errs.New(errs.NotFound, "TEMPLATE_NOT_FOUND", "there is no such template")
	}
	return &reportv1.Template{Id: req.GetId()}, nil
}

// GetReport implements reportv1.ReportServiceServer.
func (r *Report) GetReport(ctx context.Context, req *reportv1.GetReportRequest) (*reportv1.Report, error) {
	if err := r.Before(ctx, "GetReport"); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, report := range r.composed {
		if report.GetId() == req.GetId() {
			return report, nil
		}
	}
	return nil, errs.NotFound
}
