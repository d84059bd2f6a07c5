package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Settings are what ADMINs decide for a workspace. The zero value is what a
// workspace begins with.
type Settings struct {
	// ModelRoutes says by step of an analysis which engine and model do it.
	ModelRoutes map[string]ModelRoute
	Quotas
	// EgressAllowList are the hosts that may be fetched from; none allows all.
	EgressAllowList []string
	// UpdateTime is when they were last changed; zero for never.
	UpdateTime time.Time
	// Version counts the changes.
	Version int64
}

// ModelRoute is the engine and the model for a step, stored as JSON.
type ModelRoute struct {
	Engine string `json:"engine"`
	Model  string `json:"model,omitempty"`
}

// Quotas are limits on what a workspace may use; 0 is none.
type Quotas struct {
	MaxCostUSDPerMonth float64 `db:"max_cost_usd_per_month"`
	MaxTokensPerMonth  int64
	MaxRunningAnalyses int32
	MaxDocuments       int64
	MaxLibraryBytes    int64 // bytes
}

// settingsColumns are read into Settings.
const settingsColumns = `model_routes, max_cost_usd_per_month, max_tokens_per_month, max_running_analyses,
	max_documents, max_library_bytes, egress_allow_list, update_time, version`

// Settings returns the settings of a workspace.
func (s *Store) Settings(ctx context.Context, workspaceID string) (Settings, error) {
	var found Settings
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) (err error) {
		found, err = one[Settings](ctx, tx, "find settings", `
			SELECT `+settingsColumns+` FROM workspace_settings WHERE workspace_id = $1`, workspaceID)
		return err
	})
	if errors.Is(err, errs.NotFound) {
		return Settings{}, nil
	}
	return found, err
}

// UpdateSettings replaces the settings of a workspace by what change makes of
// them. Nobody else changes them meanwhile. change may run again; its error
// leaves them as they are.
func (s *Store) UpdateSettings(ctx context.Context, workspaceID string, change func(Settings) (Settings, error)) (Settings, error) {
	var updated Settings
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		// There must be a row to lock. Without a change it is rolled back.
		if _, err := exec(ctx, tx, "begin settings", `
			INSERT INTO workspace_settings (workspace_id) VALUES ($1) ON CONFLICT DO NOTHING`, workspaceID); err != nil {
			return err
		}
		found, err := one[Settings](ctx, tx, "lock settings", `
			SELECT `+settingsColumns+` FROM workspace_settings WHERE workspace_id = $1 FOR UPDATE`, workspaceID)
		if err != nil {
			return err
		}
		next, err := change(found)
		if err != nil {
			return err
		}
		updated, err = replaceSettings(ctx, tx, workspaceID, next)
		return err
	})
	return updated, err
}

// replaceSettings stores settings.
func replaceSettings(ctx context.Context, tx pgx.Tx, workspaceID string, n Settings) (Settings, error) {
	routes := n.ModelRoutes
	if routes == nil {
		routes = map[string]ModelRoute{} // nil would be the JSON null
	}
	return one[Settings](ctx, tx, "replace settings", `
		UPDATE workspace_settings SET
			model_routes = $2, max_cost_usd_per_month = $3, max_tokens_per_month = $4, max_running_analyses = $5,
			max_documents = $6, max_library_bytes = $7, egress_allow_list = $8, update_time = now(), version = version + 1
		WHERE workspace_id = $1
		RETURNING `+settingsColumns,
		workspaceID, routes, n.MaxCostUSDPerMonth, n.MaxTokensPerMonth, n.MaxRunningAnalyses,
		n.MaxDocuments, n.MaxLibraryBytes, pg.Texts(n.EgressAllowList))
}
