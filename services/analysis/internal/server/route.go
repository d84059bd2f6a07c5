package server

import (
	"cmp"
	"context"

	"github.com/researcherpro/researcherpro/pkg/authn"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/converse"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
)

// Route implements converse.Routes: what was asked for goes before the workspace's
// settings, these before the engine of the run, and that before the best one.
func (s *Server) Route(ctx context.Context, caller authn.Caller, want converse.Want) (engine.Provider, string, error) {
	decided, err := s.settings.Of(ctx, caller.WorkspaceID, caller.UserID)
	if err != nil {
		return nil, "", err
	}
	wish := run.Wish{Engine: want.Engine, Model: want.Model, Routes: map[string]run.Route{}, Best: want.Fallback}
	for step, r := range decided.Routes {
		wish.Routes[step] = run.Route(r)
	}
	if wish.Best == "" {
		if wish.Best, err = s.best(ctx, caller); err != nil {
			return nil, "", err
		}
	}
	route := wish.Route(want.Step)
	provider, err := s.engines.Get(route.Engine)
	if err != nil {
		return nil, "", err
	}
	if route.Model == "" && route.Engine == want.Fallback {
		route.Model = want.FallbackModel
	}
	route.Model = cmp.Or(route.Model, s.models.Model(route.Engine))
	return provider, route.Model, s.usable(ctx, caller, &analysisv1.StartAnalysisRequest{Engine: want.Engine}, route)
}
