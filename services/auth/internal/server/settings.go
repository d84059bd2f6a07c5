package server

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// settingsPaths are the paths of settings.
var settingsPaths = maskPaths{
	change: []string{
		"model_routes", "quotas", "quotas.max_cost_usd_per_month", "quotas.max_tokens_per_month",
		"quotas.max_running_analyses", "quotas.max_documents", "quotas.max_library_bytes", "egress_allow_list",
	},
	ignore: []string{"workspace_id", "update_time", "etag"},
}

// GetWorkspaceSettings implements authv1.WorkspaceServiceServer.
func (s *Workspaces) GetWorkspaceSettings(ctx context.Context, _ *authv1.GetWorkspaceSettingsRequest) (*authv1.WorkspaceSettings, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Store.Settings(ctx, caller.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("read the settings of workspace %s: %w", caller.WorkspaceID, err)
	}
	return settingsProto(caller.WorkspaceID, found), nil
}

// UpdateWorkspaceSettings implements authv1.WorkspaceServiceServer.
func (s *Workspaces) UpdateWorkspaceSettings(ctx context.Context, req *authv1.UpdateWorkspaceSettingsRequest) (*authv1.WorkspaceSettings, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked := req.GetSettings()
	paths, err := maskOf(req.GetUpdateMask(), settingsSet(asked), settingsPaths)
	if err != nil {
		return nil, err
	}
	if err := checkHosts(asked.GetEgressAllowList()); err != nil {
		return nil, err
	}
	updated, err := s.Store.UpdateSettings(ctx, caller.WorkspaceID, func(now store.Settings) (store.Settings, error) {
		if err := errs.CheckETag(asked.GetEtag(), etag(now)); err != nil {
			return now, err
		}
		for _, path := range paths {
			replace(&now, asked, path)
		}
		return now, nil
	})
	if err != nil {
		return nil, fmt.Errorf("update the settings of workspace %s: %w", caller.WorkspaceID, err)
	}
	return settingsProto(caller.WorkspaceID, updated), nil
}

// settingsSet are the paths of the settings that a request without a mask means.
func settingsSet(asked *authv1.WorkspaceSettings) []string {
	var set []string
	if len(asked.GetModelRoutes()) > 0 {
		set = append(set, "model_routes")
	}
	if asked.GetQuotas() != nil {
		set = append(set, "quotas")
	}
	if len(asked.GetEgressAllowList()) > 0 {
		set = append(set, "egress_allow_list")
	}
	return set
}

// replace copies what a path names from a request into settings. What the
// request leaves out is empty in it, and then in the settings, too.
func replace(now *store.Settings, asked *authv1.WorkspaceSettings, path string) {
	quotas := asked.GetQuotas()
	switch path {
	case "model_routes":
		now.ModelRoutes = make(map[string]store.ModelRoute, len(asked.GetModelRoutes()))
		for step, route := range asked.GetModelRoutes() {
			now.ModelRoutes[step] = store.ModelRoute{Engine: route.GetEngine(), Model: route.GetModel()}
		}
	case "egress_allow_list":
		now.EgressAllowList = asked.GetEgressAllowList()
	case "quotas":
		now.Quotas = quotasOf(quotas)
	case "quotas.max_cost_usd_per_month":
		now.MaxCostUSDPerMonth = quotas.GetMaxCostUsdPerMonth()
	case "quotas.max_tokens_per_month":
		now.MaxTokensPerMonth = quotas.GetMaxTokensPerMonth()
	case "quotas.max_running_analyses":
		now.MaxRunningAnalyses = quotas.GetMaxRunningAnalyses()
	case "quotas.max_documents":
		now.MaxDocuments = quotas.GetMaxDocuments()
	case "quotas.max_library_bytes":
		now.MaxLibraryBytes = quotas.GetMaxLibraryBytes()
	}
}

// quotasOf translates quotas; nil is no limit at all.
func quotasOf(q *authv1.Quotas) store.Quotas {
	return store.Quotas{
		MaxCostUSDPerMonth: q.GetMaxCostUsdPerMonth(),
		MaxTokensPerMonth:  q.GetMaxTokensPerMonth(),
		MaxRunningAnalyses: q.GetMaxRunningAnalyses(),
		MaxDocuments:       q.GetMaxDocuments(),
		MaxLibraryBytes:    q.GetMaxLibraryBytes(),
	}
}

// checkHosts refuses what the pattern of the contract lets through and is still
// no host of the public internet: a name of one label, such as localhost, and an
// address. A host that ends in a number is read as an IPv4 address everywhere
// (WHATWG URL, "ends in a number checker").
func checkHosts(hosts []string) error {
	var v errs.Violations
	for i, host := range hosts {
		name := strings.TrimPrefix(host, "*.")
		last := name[strings.LastIndex(name, ".")+1:]
		field := fmt.Sprintf("settings.egress_allow_list[%d]", i)
		v.Check(strings.Contains(name, "."), field, "must be a full name, such as example.org")
		v.Check(!numeric(last), field, "must be a name, not an address")
	}
	return v.Err()
}

// numeric reports whether a label is a number as addresses are written: decimal,
// or hexadecimal after 0x.
func numeric(label string) bool {
	digits, base := strings.TrimPrefix(label, "0x"), "0123456789"
	if digits != label {
		base += "abcdef"
	}
	return strings.Trim(digits, base) == ""
}

// etag names a version of settings.
func etag(s store.Settings) string { return strconv.FormatInt(s.Version, 10) }

func settingsProto(workspaceID string, s store.Settings) *authv1.WorkspaceSettings {
	described := &authv1.WorkspaceSettings{
		WorkspaceId: workspaceID,
		Quotas: &authv1.Quotas{
			MaxCostUsdPerMonth: s.MaxCostUSDPerMonth,
			MaxTokensPerMonth:  s.MaxTokensPerMonth,
			MaxRunningAnalyses: s.MaxRunningAnalyses,
			MaxDocuments:       s.MaxDocuments,
			MaxLibraryBytes:    s.MaxLibraryBytes,
		},
		EgressAllowList: s.EgressAllowList,
		Etag:            etag(s),
	}
	if len(s.ModelRoutes) > 0 {
		described.ModelRoutes = make(map[string]*authv1.ModelRoute, len(s.ModelRoutes))
	}
	for step, route := range s.ModelRoutes {
		described.ModelRoutes[step] = &authv1.ModelRoute{Engine: route.Engine, Model: route.Model}
	}
	if !s.UpdateTime.IsZero() {
		described.UpdateTime = timestamppb.New(s.UpdateTime)
	}
	return described
}
