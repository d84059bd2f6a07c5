package tenancy

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// as returns a context whose calls show a token and ask for a workspace, if any.
func as(ctx context.Context, token, workspace string) context.Context {
	var header []string
	if token != "" {
		header = append(header, "authorization", "Bearer "+token)
	}
	if workspace != "" {
		header = append(header, "x-workspace-id", workspace)
	}
	return metadata.NewOutgoingContext(ctx, metadata.Pairs(header...))
}

// caller is a kind of caller, who asks for the world's workspace.
type caller struct {
	name string
	// token returns what it shows, made anew where it lives for a minute only.
	token func() string
	// own says that the caller asks for no workspace: the credential's counts.
	own bool
	// reason returns why a method with the rule refuses this caller, "" when it
	// does not. It is asked for methods that are not public.
	reason func(rule access.Requirement) string
}

// The reasons of refusals.
const (
	missing  = "TOKEN_MISSING"
	expired  = "TOKEN_EXPIRED"
	invalid  = "TOKEN_INVALID"
	foreign  = "WORKSPACE_NOT_FOUND"
	tooLow   = "ROLE_TOO_LOW"
	noScope  = "SCOPE_MISSING"
	noKey    = "SESSION_ONLY"
	userOnly = "USER_ONLY"
	services = "SERVICE_ONLY"
	nowhere  = "WORKSPACE_MISSING"
)

// refusals are all of them: an answer with another reason has got past the door.
var refusals = map[string]bool{
	missing: true, expired: true, invalid: true, foreign: true, tooLow: true, noScope: true,
	noKey: true, userOnly: true, services: true, nowhere: true, "METHOD_NOT_ALLOWED": true,
}

// callers are all kinds of callers.
func (w *world) callers(t *testing.T) []caller {
	t.Helper()
	all := append(w.members(), w.services(t)...)
	all = append(all, w.keys(t)...)
	return append(all,
		caller{name: "nobody", token: fixed(""), reason: always(missing)},
		caller{name: "expired token", token: fixed(w.expiredToken(t)), reason: always(expired)},
		caller{name: "token of another fleet", token: fixed(w.forgedToken(t)), reason: always(invalid)},
		caller{name: "stranger", token: fixed(w.stranger.token), reason: always(foreign)},
	)
}

func fixed(token string) func() string { return func() string { return token } }

func always(reason string) func(access.Requirement) string {
	return func(access.Requirement) string { return reason }
}

// members are the four roles.
func (w *world) members() []caller {
	var all []caller
	for role := authn.RoleViewer; role <= authn.RoleOwner; role++ {
		all = append(all, caller{name: role.String(), token: fixed(w.people[role].token), reason: func(rule access.Requirement) string {
			switch {
			case rule.Service:
				return services
			case accessv1.Role(role) < rule.MinRole:
				return tooLow
			}
			return ""
		}})
	}
	return all
}

// services are tokens of services: for the workspace, for none and for another.
func (w *world) services(t *testing.T) []caller {
	t.Helper()
	minter, err := authn.NewMinter(w.secret, "analysis")
	require.NoError(t, err)
	mint := func(workspace string) func() string {
		return func() string {
			token, err := minter.Mint(authn.Caller{WorkspaceID: workspace, UserID: w.people[authn.RoleOwner].id})
			require.NoError(t, err)
			return token
		}
	}
	return []caller{
		{name: "service", token: mint(w.workspace), reason: func(rule access.Requirement) string {
			if rule.Service || rule.ForServices {
				return ""
			}
			return userOnly
		}},
		{name: "service for no workspace", token: mint(""), own: true, reason: func(rule access.Requirement) string {
			if rule.WorkspaceField != "" {
				return foreign
			}
			return nowhere
		}},
		{name: "service for another workspace", token: mint(w.stranger.home), reason: always(foreign)},
	}
}

// keys are API keys of the owner: one that may do all a key may, and one that may
// read the audit log only.
func (w *world) keys(t *testing.T) []caller {
	t.Helper()
	client := authv1.NewApiKeyServiceClient(w.conns["auth"])
	create := func(scopes ...accessv1.Permission) string {
		key, err := client.CreateApiKey(as(t.Context(), w.people[authn.RoleOwner].token, w.workspace), &authv1.CreateApiKeyRequest{
			DisplayName: "key", Scopes: scopes,
		})
		require.NoError(t, err)
		return key.GetKey()
	}
	reason := func(has func(permission string) bool) func(access.Requirement) string {
		return func(rule access.Requirement) string {
			switch {
			case rule.Authenticated:
				return ""
			case rule.SignedIn:
				return noKey
			case rule.Service:
				return services
			case rule.SessionOnly || !has(rule.Permission):
				return noScope
			}
			return ""
		}
	}
	const one = accessv1.Permission_AUDIT_READ
	return []caller{
		{name: "API key with every scope", token: fixed(create(access.Scopes()...)), own: true, reason: reason(func(string) bool { return true })},
		{name: "API key with one scope", token: fixed(create(one)), own: true, reason: reason(func(p string) bool { return p == one.String() })},
	}
}

// expiredToken is a good token of the owner's from two hours ago.
func (w *world) expiredToken(t *testing.T) string {
	t.Helper()
	return w.signed(t, w.secret, time.Now().Add(-2*time.Hour))
}

// forgedToken is what the owner's token would be with another fleet's secret.
func (w *world) forgedToken(t *testing.T) string {
	t.Helper()
	return w.signed(t, []byte(strings.Repeat("x", authn.MinSecret)), time.Now())
}

func (w *world) signed(t *testing.T, secret []byte, at time.Time) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, authn.UserClaims{
		Workspace: w.workspace, Role: authn.RoleOwner.String(), Session: uuid.NewString(),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: authn.Issuer, Subject: w.people[authn.RoleOwner].id, Audience: jwt.ClaimStrings{authn.Audience},
			IssuedAt: jwt.NewNumericDate(at), NotBefore: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(at.Add(time.Hour)),
		},
	})
	token.Header["typ"] = authn.TypeUser
	signed, err := token.SignedString(secret)
	require.NoError(t, err)
	return signed
}
