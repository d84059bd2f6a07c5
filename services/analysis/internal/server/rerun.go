package server

import (
	"context"
	"errors"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// RerunAnalysis implements analysisv1.AnalysisServiceServer. Engines and models are
// chosen anew, as the request and the settings of today have it; what the run looked
// through is collected anew as well, where the user had named research.
func (s *Server) RerunAnalysis(ctx context.Context, req *analysisv1.RerunAnalysisRequest) (*analysisv1.Analysis, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	again, err := wire.Request(before)
	if err != nil {
		return nil, err
	}
	again.RequestId, again.Cache = req.GetRequestId(), analysisv1.Cache_BYPASS
	again.AwaitApproval, again.DryRun = false, false
	if budget := again.GetBudget(); budget != nil {
		budget.Deadline = nil // it was for then
	}
	if named := again.GetResearchId(); named != "" {
		again.ResearchId, again.MaxRounds = "", 0
		research, err := s.research.GetResearch(ctx, &researchv1.GetResearchRequest{Id: named})
		if err != nil && !errors.Is(err, errs.NotFound) {
			return nil, err
		}
		if research != nil {
			again.Parameters = research.GetParameters()
		}
	}
	return s.startRun(ctx, again, &before.ID)
}
