package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/compare"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// CompareAnalyses implements analysisv1.AnalysisServiceServer.
func (s *Server) CompareAnalyses(ctx context.Context, req *analysisv1.CompareAnalysesRequest) (*analysisv1.Comparison, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	newer, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	baseID := req.GetBaseId()
	if baseID == "" {
		if newer.RerunOf == nil {
			return nil, errs.Field("base_id", "must be given: the analysis asks none again")
		}
		baseID = *newer.RerunOf
	}
	base, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, baseID)
	if err != nil {
		return nil, err
	}
	for _, a := range []store.Analysis{newer, base} {
		if !a.Ended() {
			return nil, errs.Newf(errs.FailedPrecondition, "ANALYSIS_RUNNING", "the analysis %s is still running", a.ID)
		}
	}
	var sides [2]compare.Run
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { sides[0], err = s.comparable(groupCtx, base); return err })
	group.Go(func() (err error) { sides[1], err = s.comparable(groupCtx, newer); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := compare.Runs(sides[0], sides[1])
	out.Id, out.BaseId = newer.ID, base.ID
	return out, nil
}

// comparable returns what a run found, with what its sources are known by. Where the
// research is deleted the titles have to do.
func (s *Server) comparable(ctx context.Context, a store.Analysis) (compare.Run, error) {
	rows, err := s.store.ListFindings(ctx, a.WorkspaceID, a.ID, page.Query[int32]{Limit: run.MaxFindings})
	if err != nil {
		return compare.Run{}, err
	}
	out := compare.Run{Sources: map[string]compare.Source{}}
	if out.Findings, err = wire.Findings(rows); err != nil || a.ResearchID == nil {
		return out, err
	}
	req := &researchv1.ListSourcesRequest{ResearchId: *a.ResearchID, PageSize: maxPage}
	for {
		resp, err := s.research.ListSources(ctx, req)
		if errors.Is(err, errs.NotFound) {
			return out, nil
		}
		if err != nil {
			return compare.Run{}, fmt.Errorf("list sources: %w", err)
		}
		for _, src := range resp.GetSources() {
			out.Sources[src.GetId()] = compare.Source{
				CitedSource: &analysisv1.CitedSource{SourceId: src.GetId(), Title: src.GetTitle(), Url: src.GetUrl()},
				Key:         cmp.Or(src.GetUrl(), src.GetDocumentId(), src.GetFileName(), src.GetTitle()),
			}
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return out, nil
		}
	}
}
