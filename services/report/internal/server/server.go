// Package server implements the report service's gRPC methods.
package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

const (
	defaultTemplate = "detailed"
)

// Reports implements reportv1.ReportServiceServer.
type Reports struct {
	reportv1.UnsafeReportServiceServer

	store  *store.Store
	editor *Editor
	files  *renderings.Renderings
	jobs   renderings.Jobs
}

var _ reportv1.ReportServiceServer = (*Reports)(nil)

// Deps is what the servers work with.
type Deps struct {
	Store  *store.Store
	Editor *Editor
	Files  *renderings.Renderings
	Jobs   renderings.Jobs
}

// NewReports returns the server of reports.
func NewReports(d Deps) *Reports {
	return &Reports{store: d.Store, editor: d.Editor, files: d.Files, jobs: d.Jobs}
}

// decode reads a content as it was stored.
func decode(c store.Content) (*reportv1.ComposeReportRequest, error) {
	req := &reportv1.ComposeReportRequest{}
	// Contents outlive versions: a field that another one wrote is skipped.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(c.Message, req); err != nil {
		return nil, fmt.Errorf("decode content of analysis %s: %w", c.AnalysisID, err)
	}
	return req, nil
}

// Version returns a version; 0 is the newest.
func (e *Editor) Version(ctx context.Context, workspaceID, reportID string, number int32) (store.Version, error) {
	v, err := e.store.GetVersion(ctx, workspaceID, reportID, number)
	if errors.Is(err, errs.NotFound) && number <= 1 {
		v, _, err = e.first(ctx, workspaceID, reportID)
	}
	return v, err
}

// Document implements renderings.Documents.
func (e *Editor) Document(ctx context.Context, workspaceID, reportID string, number int32) (store.Version, *reportv1.Document, error) {
	v, err := e.store.GetDocument(ctx, workspaceID, reportID, number)
	if errors.Is(err, errs.NotFound) && number <= 1 {
		return e.first(ctx, workspaceID, reportID)
	}
	if err != nil {
		return v, nil, err
	}
	doc := &reportv1.Document{}
	if err := proto.Unmarshal(v.Document, doc); err != nil {
		return v, nil, fmt.Errorf("decode version %d of report %s: %w", v.Number, v.ReportID, err)
	}
	return v, doc, nil
}
