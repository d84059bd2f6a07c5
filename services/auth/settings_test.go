package auth_test

import (
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// update changes the settings of the workspace that a session is in.
func update(t *testing.T, server *authtest.Server, by *authv1.Session, s *authv1.WorkspaceSettings, mask ...string) (*authv1.WorkspaceSettings, error) {
	t.Helper()
	s.WorkspaceId = by.GetWorkspace().GetId()
	req := &authv1.UpdateWorkspaceSettingsRequest{Settings: s}
	if mask != nil {
		req.UpdateMask = &fieldmaskpb.FieldMask{Paths: mask}
	}
	return server.Workspaces.UpdateWorkspaceSettings(as(t.Context(), by), req)
}

// full returns settings that set everything.
func full() *authv1.WorkspaceSettings {
	return &authv1.WorkspaceSettings{
		ModelRoutes: map[string]*authv1.ModelRoute{"default": {Engine: "extractive"}, "write": {Engine: "openai", Model: "gpt"}},
		Quotas: &authv1.Quotas{
			MaxCostUsdPerMonth: 12.5, MaxTokensPerMonth: 1000, MaxRunningAnalyses: 3, MaxDocuments: 500, MaxLibraryBytes: 1 << 40,
		},
		EgressAllowList: []string{"example.org", "*.example.com"},
	}
}

func TestWorkspaceSettings_OfANewWorkspaceLimitNothing(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	got, err := server.Workspaces.GetWorkspaceSettings(as(t.Context(), ada), &authv1.GetWorkspaceSettingsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
	require.NoError(t, err)
	require.Equal(t, ada.GetWorkspace().GetId(), got.GetWorkspaceId())
	require.Empty(t, got.GetModelRoutes())
	require.Empty(t, got.GetEgressAllowList())
	require.Zero(t, got.GetQuotas().GetMaxDocuments())
	require.Nil(t, got.GetUpdateTime())
	require.NotEmpty(t, got.GetEtag(), "which the first update can name, too")
}

func TestUpdateWorkspaceSettings_ReplacesWhatTheMaskNames(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	tests := map[string]struct {
		change *authv1.WorkspaceSettings
		mask   []string
		want   func(*authv1.WorkspaceSettings) // makes it of full()
	}{
		"without a mask what is set": {
			change: &authv1.WorkspaceSettings{EgressAllowList: []string{"new.example"}},
			want:   func(s *authv1.WorkspaceSettings) { s.EgressAllowList = []string{"new.example"} },
		},
		"without a mask the quotas as a whole": {
			change: &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxDocuments: 7}},
			want:   func(s *authv1.WorkspaceSettings) { s.Quotas = &authv1.Quotas{MaxDocuments: 7} },
		},
		"without a mask and with nothing set, nothing": {
			change: &authv1.WorkspaceSettings{},
			want:   func(*authv1.WorkspaceSettings) {},
		},
		"one quota": {
			change: &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxDocuments: 7}, EgressAllowList: []string{"ignored.example"}},
			mask:   []string{"quotas.max_documents"},
			want:   func(s *authv1.WorkspaceSettings) { s.Quotas.MaxDocuments = 7 },
		},
		"every quota by its name": {
			change: &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{
				MaxCostUsdPerMonth: 1, MaxTokensPerMonth: 2, MaxRunningAnalyses: 3, MaxDocuments: 4, MaxLibraryBytes: 5,
			}},
			mask: []string{
				"quotas.max_cost_usd_per_month", "quotas.max_tokens_per_month", "quotas.max_running_analyses",
				"quotas.max_documents", "quotas.max_library_bytes",
			},
			want: func(s *authv1.WorkspaceSettings) {
				s.Quotas = &authv1.Quotas{MaxCostUsdPerMonth: 1, MaxTokensPerMonth: 2, MaxRunningAnalyses: 3, MaxDocuments: 4, MaxLibraryBytes: 5}
			},
		},
		"what is named and not set is emptied": {
			change: &authv1.WorkspaceSettings{},
			mask:   []string{"quotas", "model_routes", "egress_allow_list"},
			want: func(s *authv1.WorkspaceSettings) {
				s.Quotas, s.ModelRoutes, s.EgressAllowList = &authv1.Quotas{}, nil, nil
			},
		},
		"routes as a whole": {
			change: &authv1.WorkspaceSettings{ModelRoutes: map[string]*authv1.ModelRoute{"plan": {Engine: "perplexity", Model: "sonar"}}},
			mask:   []string{"model_routes", "etag", "workspace_id", "update_time"},
			want: func(s *authv1.WorkspaceSettings) {
				s.ModelRoutes = map[string]*authv1.ModelRoute{"plan": {Engine: "perplexity", Model: "sonar"}}
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ada := server.SignUp(t)
			before, err := update(t, server, ada, full())
			require.NoError(t, err)
			updated, err := update(t, server, ada, tc.change, tc.mask...)
			require.NoError(t, err)
			require.NotEqual(t, before.GetEtag(), updated.GetEtag())
			require.NotNil(t, updated.GetUpdateTime())

			read, err := server.Workspaces.GetWorkspaceSettings(as(t.Context(), ada), &authv1.GetWorkspaceSettingsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
			require.NoError(t, err)
			require.Equal(t, updated.String(), read.String())
			want := full()
			tc.want(want)
			want.WorkspaceId, want.Etag, want.UpdateTime = read.GetWorkspaceId(), read.GetEtag(), read.GetUpdateTime()
			require.Equal(t, want.String(), read.String())
		})
	}
}

func TestUpdateWorkspaceSettings_RefusesBadInput(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	hosts := func(list ...string) *authv1.WorkspaceSettings {
		return &authv1.WorkspaceSettings{EgressAllowList: list}
	}
	tests := map[string]struct {
		change *authv1.WorkspaceSettings
		mask   []string
		field  string
	}{
		"an unknown path":             {full(), []string{"quotas", "quota.max_documents"}, "update_mask"},
		"an unknown quota":            {full(), []string{"quotas.max_dreams"}, "update_mask"},
		"a step in the path":          {full(), []string{"model_routes.plan"}, "update_mask"},
		"an unknown step":             {&authv1.WorkspaceSettings{ModelRoutes: map[string]*authv1.ModelRoute{"dream": {Engine: "openai"}}}, nil, "model_routes"},
		"a route without an engine":   {&authv1.WorkspaceSettings{ModelRoutes: map[string]*authv1.ModelRoute{"plan": {Model: "gpt"}}}, nil, "model_routes"},
		"a negative quota":            {&authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxDocuments: -1}}, nil, "quotas.max_documents"},
		"a cost that is no number":    {&authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxCostUsdPerMonth: math.NaN()}}, nil, "max_cost_usd_per_month"},
		"the same host twice":         {hosts("example.org", "example.org"), nil, "egress_allow_list"},
		"a host in upper case":        {hosts("Example.org"), nil, "egress_allow_list"},
		"a host with a port":          {hosts("example.org:80"), nil, "egress_allow_list"},
		"a URL":                       {hosts("https://example.org"), nil, "egress_allow_list"},
		"a star within":               {hosts("a.*.org"), nil, "egress_allow_list"},
		"this very machine":           {hosts("example.org", "localhost"), nil, "settings.egress_allow_list[1]"},
		"everything under one label":  {hosts("*.org"), nil, "settings.egress_allow_list[0]"},
		"an address":                  {hosts("169.254.169.254"), nil, "settings.egress_allow_list[0]"},
		"an address in hexadecimal":   {hosts("127.0.0.0x1"), nil, "settings.egress_allow_list[0]"},
		"addresses with a star":       {hosts("*.0.0.1"), nil, "settings.egress_allow_list[0]"},
		"an address of IP version 6":  {hosts("[::1]"), nil, "egress_allow_list"},
		"a name that is only a digit": {hosts("example.0x"), nil, "settings.egress_allow_list[0]"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := update(t, server, ada, tc.change, tc.mask...)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func TestUpdateWorkspaceSettings_AnOldETagChangesNothing(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	first, err := update(t, server, ada, full())
	require.NoError(t, err)
	second, err := update(t, server, ada, &authv1.WorkspaceSettings{Etag: first.GetEtag(), Quotas: &authv1.Quotas{MaxDocuments: 1}})
	require.NoError(t, err)
	_, err = update(t, server, ada, &authv1.WorkspaceSettings{Etag: first.GetEtag(), Quotas: &authv1.Quotas{MaxDocuments: 2}})
	require.ErrorIs(t, err, errs.Conflict)
	read, err := server.Workspaces.GetWorkspaceSettings(as(t.Context(), ada), &authv1.GetWorkspaceSettingsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
	require.NoError(t, err)
	require.Equal(t, second.String(), read.String())
}

func TestUpdateWorkspaceSettings_OfManyWithOneETagOneWins(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	fresh, err := server.Workspaces.GetWorkspaceSettings(as(t.Context(), ada), &authv1.GetWorkspaceSettingsRequest{WorkspaceId: id})
	require.NoError(t, err)
	results := make([]error, 5)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			_, results[i] = server.Workspaces.UpdateWorkspaceSettings(as(t.Context(), ada), &authv1.UpdateWorkspaceSettingsRequest{
				Settings: &authv1.WorkspaceSettings{WorkspaceId: id, Etag: fresh.GetEtag(), Quotas: &authv1.Quotas{MaxDocuments: int64(i + 1)}},
			})
		})
	}
	group.Wait()
	var won int
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, errs.Conflict)
	}
	require.Equal(t, 1, won)
}

func TestGetWorkspaceSettings_IsReadByServicesThatActForTheWorkspace(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, bob := server.SignUp(t), server.SignUp(t)
	_, err := update(t, server, ada, full())
	require.NoError(t, err)
	minter, err := authn.NewMinter([]byte(server.Config.SecretKey), "analysis")
	require.NoError(t, err)
	token, err := minter.Mint(authn.Caller{WorkspaceID: ada.GetWorkspace().GetId(), UserID: ada.GetUser().GetId()})
	require.NoError(t, err)
	ctx := authn.WithToken(t.Context(), token)

	read, err := server.Workspaces.GetWorkspaceSettings(ctx, &authv1.GetWorkspaceSettingsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
	require.NoError(t, err)
	require.EqualValues(t, 500, read.GetQuotas().GetMaxDocuments())
	_, err = server.Workspaces.GetWorkspaceSettings(ctx, &authv1.GetWorkspaceSettingsRequest{WorkspaceId: bob.GetWorkspace().GetId()})
	require.ErrorIs(t, err, errs.NotFound, "only of that workspace")
}
