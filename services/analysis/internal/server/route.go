package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/converse"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
)

// Route implements converse.Routes: what was asked for goes before the workspace's
// settings, these before the engine of the run, and that before the best one.
func (s *Server) Route(ctx context.Context, caller authn.Caller, want converse.Want) (engine.Provider, string, error) {
	decided, err := s.decided(ctx, caller, &want.Engine)
	if err != nil {
		return nil, "", err
	}
	wish := run.Wish{Engine: want.Engine, Model: want.Model, Routes: map[string]run.Route{}, Best: want.Fallback}
	for step, r := range decided.Routes {
		wish.Routes[step] = run.Route(r)
	}
	if wish.Best == "" && wish.Engine == "" {
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

// decided returns what the ADMINs of the caller's workspace decided. While nobody can
// say, because auth is away, whoever asks for no engine gets the built-in one, which
// costs nothing and so needs no permission.
func (s *Server) decided(ctx context.Context, caller authn.Caller, asked *string) (settings.Settings, error) {
	decided, err := s.settings.Of(ctx, caller.WorkspaceID, caller.UserID)
	if !errors.Is(err, errs.Unavailable) || *asked != "" && *asked != s.plain.Name() {
		return decided, err
	}
	slog.WarnContext(ctx, "the settings of a workspace cannot be had: the built-in engine does the work", "workspace_id", caller.WorkspaceID, "error", err)
	*asked = s.plain.Name()
	return settings.Settings{}, nil
}
