// Package settings knows what auth knows of a workspace and research needs: what
// its ADMINs decided, and the keys for outside services. It asks auth with a
// service token, as whoever the research is for, and remembers the answers for half
// a minute, and for ten while auth does not answer.
//
// Where there is no answer at all it says so: to go on without the list of hosts
// that a workspace may be sent to would be to send it anywhere.
package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/remember"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Settings are what the ADMINs of a workspace decided.
type Settings struct {
	// EgressAllow are the hosts that may be asked: a name, or *.name for those under
	// it. Empty allows all.
	EgressAllow []string
	// MaxDocuments and MaxLibraryBytes limit the library; 0 is no limit.
	MaxDocuments    int64
	MaxLibraryBytes int64
}

// Allows reports whether a host may be asked. The host is a name as it stands in a
// canonical URL: lower-case ASCII, without a port.
func (s Settings) Allows(host string) bool {
	if len(s.EgressAllow) == 0 {
		return true
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return slices.ContainsFunc(s.EgressAllow, func(rule string) bool {
		if above, ok := strings.CutPrefix(rule, "*"); ok { // the dot stays
			return strings.HasSuffix(host, above) && host != above
		}
		return host == rule
	})
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

	settings *remember.Answers[question, Settings]
	secrets  *remember.Answers[question, string]
}

// question is what an answer is for; what it does not depend on is empty.
type question struct{ workspace, user, provider string }

// New returns a cache that asks auth over a connection.
func New(auth grpc.ClientConnInterface, minter Minter) *Cache {
	return newAt(auth, minter, time.Now)
}

func newAt(auth grpc.ClientConnInterface, minter Minter, now func() time.Time) *Cache {
	return &Cache{
		minter: minter, workspaces: authv1.NewWorkspaceServiceClient(auth), credentials: authv1.NewCredentialServiceClient(auth),
		settings: remember.New[question, Settings](now), secrets: remember.New[question, string](now),
	}
}

// Of returns the settings of a workspace; the user is whom auth is asked for. It is
// errs.Unavailable when they cannot be had, and errs.NotFound when the workspace is
// deleted.
func (c *Cache) Of(ctx context.Context, workspaceID, userID string) (Settings, error) {
	return c.settings.Get(ctx, question{workspace: workspaceID}, func(ctx context.Context) (Settings, error) {
		ctx, err := c.as(ctx, workspaceID, userID)
		if err != nil {
			return Settings{}, err
		}
		found, err := c.workspaces.GetWorkspaceSettings(ctx, &authv1.GetWorkspaceSettingsRequest{WorkspaceId: workspaceID})
		if err != nil {
			return Settings{}, fmt.Errorf("ask auth for the settings of workspace %s: %w", workspaceID, err)
		}
		return Settings{
			EgressAllow:  found.GetEgressAllowList(),
			MaxDocuments: found.GetQuotas().GetMaxDocuments(), MaxLibraryBytes: found.GetQuotas().GetMaxLibraryBytes(),
		}, nil
	})
}

// Credential returns the key with which a provider may be called for a user of a
// workspace: the user's own, else the workspace's, else "". One that is there and
// can no longer be read is errs.FailedPrecondition, with words for the user;
// errs.Unavailable when auth cannot be asked.
func (c *Cache) Credential(ctx context.Context, workspaceID, userID, provider string) (string, error) {
	who := question{workspace: workspaceID, user: userID, provider: provider}
	return c.secrets.Get(ctx, who, func(ctx context.Context) (string, error) {
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
