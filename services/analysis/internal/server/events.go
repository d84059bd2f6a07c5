package server

import (
	"context"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// The page sizes of the log.
const (
	defaultEvents = 100
	maxEvents     = 1000
)

// ListEvents implements analysisv1.AnalysisServiceServer.
func (s *Server) ListEvents(ctx context.Context, req *analysisv1.ListEventsRequest) (*analysisv1.ListEventsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[int64](req, page.List{
		Filter: store.EventFilter(), Query: []string{"events", req.GetAnalysisId()}, Default: defaultEvents, Max: maxEvents,
	})
	if err != nil {
		return nil, err
	}
	list, err := s.log.Page(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListEventsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(e eventlog.Event) int64 { return e.Sequence })
	if err != nil {
		return nil, err
	}
	for _, entry := range list {
		e, err := wire.Event(req.GetAnalysisId(), entry)
		if err != nil {
			return nil, err
		}
		resp.Events = append(resp.Events, e)
	}
	return resp, nil
}

// WatchAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) WatchAnalysis(req *analysisv1.WatchAnalysisRequest, stream grpc.ServerStreamingServer[analysisv1.Event]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	return s.log.Follow(ctx, caller.WorkspaceID, req.GetAnalysisId(), req.GetAfterSequence(), func(entry eventlog.Event) error {
		e, err := wire.Event(req.GetAnalysisId(), entry)
		if err != nil {
			return err
		}
		return stream.Send(e)
	})
}
