// Package settings knows what auth knows of a workspace and analysis needs: which
// models its ADMINs chose, what it may use, and the keys for servers of models. It asks
// auth with a service token, as whoever the run is for, and remembers the answers for
// half a minute, and for ten while auth does not answer.
//
// Where there is no answer at all it says so: to go on without a workspace's limits
// would be to spend what its ADMINs do not want to spend.
package settings

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/remember"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
)

// Settings are what the ADMINs of a workspace decided.
type Settings struct {
	// Routes say which engine and model do a step: of engine.Step, or "default" for the
	// steps that are not named.
	Routes map[string]Route
	// Month is what the workspace may use in a calendar month (UTC); zero is no limit.
	Month spend.Amount
	// MaxRunning is how many analyses may run at the same time; zero is no limit.
	MaxRunning int
}

// Route is an engine with a model; an empty model is the engine's default.
type Route struct{ Engine, Model string }

// Route returns the route of a step; false when the workspace has chosen none.
func (s Settings) Route(step string) (Route, bool) {
	r, ok := s.Routes[step]
	if !ok {
		r, ok = s.Routes["default"]
	}
	return r, ok
}

// Minter makes tokens with which this service acts for a caller.
type Minter interface {
	Mint(c authn.Caller) (string, error)
}

// Cache asks auth, and remembers. It is safe for concurrent use.
type Cache struct {
	minter      Minter
	workspaces  authv1.WorkspaceServiceClient
	credentials authv1.CredentialServiceClient

	settings *remember.Answers[string, Settings]
	secrets  *remember.Answers[owner, string]
}

// owner is whose credential for what is asked for.
type owner struct{ workspace, user, provider string }

// New returns a cache that asks auth over a connection.
func New(auth grpc.ClientConnInterface, minter Minter) *Cache {
	return &Cache{
		minter: minter, workspaces: authv1.NewWorkspaceServiceClient(auth), credentials: authv1.NewCredentialServiceClient(auth),
		settings: remember.New[string, Settings](time.Now), secrets: remember.New[owner, string](time.Now),
	}
}

// Of returns the settings of a workspace; the user is whom auth is asked for. It is
// errs.Unavailable when they cannot be had, and errs.NotFound when the workspace is
// deleted.
func (c *Cache) Of(ctx context.Context, workspaceID, userID string) (Settings, error) {
	return c.settings.Get(ctx, workspaceID, func(ctx context.Context) (Settings, error) {
		ctx, err := c.as(ctx, workspaceID, userID)
		if err != nil {
			return Settings{}, err
		}
		found, err := c.workspaces.GetWorkspaceSettings(ctx, &authv1.GetWorkspaceSettingsRequest{WorkspaceId: workspaceID})
		if err != nil {
			return Settings{}, fmt.Errorf("ask auth for the settings of workspace %s: %w", workspaceID, err)
		}
		return read(found), nil
	})
}

// read returns what analysis needs of settings.
func read(found *authv1.WorkspaceSettings) Settings {
	quotas := found.GetQuotas()
	s := Settings{
		Routes: map[string]Route{},
		Month: spend.Amount{
			CostNanoUSD: price.FromUSD(quotas.GetMaxCostUsdPerMonth()), Tokens: quotas.GetMaxTokensPerMonth(),
		},
		MaxRunning: int(quotas.GetMaxRunningAnalyses()),
	}
	for step, r := range found.GetModelRoutes() {
		s.Routes[step] = Route{Engine: r.GetEngine(), Model: r.GetModel()}
	}
	return s
}

// Month returns what a workspace may use in a month; it is a spend.Quotas.
func (c *Cache) Month(ctx context.Context, workspaceID, userID string) (spend.Amount, error) {
	s, err := c.Of(ctx, workspaceID, userID)
	return s.Month, err
}

// Credential returns the key with which a provider may be called for a user of a
// workspace: the user's own, else the workspace's, else "". One that is there and
// can no longer be read is errs.FailedPrecondition, with words for the user;
// errs.Unavailable when auth cannot be asked.
func (c *Cache) Credential(ctx context.Context, workspaceID, userID, provider string) (string, error) {
	return c.secrets.Get(ctx, owner{workspaceID, userID, provider}, func(ctx context.Context) (string, error) {
		ctx, err := c.as(ctx, workspaceID, userID)
		if err != nil {
			return "", err
		}
		found, err := c.credentials.ResolveCredential(ctx, &authv1.ResolveCredentialRequest{Provider: provider})
		switch {
		case err == nil:
			return found.GetSecret(), nil
		case reason(err) == "CREDENTIAL_UNREADABLE":
			return "", errs.New(errs.FailedPrecondition, "CREDENTIAL_UNREADABLE", errs.Message(err))
		case errors.Is(err, errs.NotFound):
			return "", nil
		}
		return "", fmt.Errorf("ask auth for a credential for %s in workspace %s: %w", provider, workspaceID, err)
	})
}

// as returns a context whose calls act for a user of a workspace.
func (c *Cache) as(ctx context.Context, workspaceID, userID string) (context.Context, error) {
	token, err := c.minter.Mint(authn.Caller{WorkspaceID: workspaceID, UserID: userID})
	if err != nil {
		return nil, fmt.Errorf("make a token for auth: %w", err)
	}
	return authn.WithToken(ctx, token), nil
}

// reason returns the reason that a peer gives to programs, or "".
func reason(err error) string {
	for _, detail := range status.Convert(errs.Public(err)).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}
