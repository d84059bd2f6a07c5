// Package authn tells a server who calls it and whether they may.
//
// A Verifier turns a bearer token into a Caller, a Policy says what each method
// needs, and the interceptors put the two together: after them a handler finds
// its Caller with FromContext, and a method without a rule is denied.
//
// There are two kinds of tokens, told apart by the header typ and each with one
// algorithm and one key: access tokens of users, which auth signs, and service
// tokens, which a service signs itself to act for a workspace after the user's
// token has expired. A user's program shows an API key instead.
//
// A token is verified here, without asking anybody. What it does not say, auth
// knows: whose an API key is, and what role its user has in another workspace, or
// has got since. Nothing in here calls another service by itself; where public
// keys and those answers come from is behind KeySource and Directory.
package authn

import (
	"context"
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Role is what a user may do in a workspace. The numbers are those of
// researcherpro.access.v1.Role, and a role includes all that lower ones may.
type Role int32

// The roles, lowest first.
const (
	RoleNone Role = iota
	RoleViewer
	RoleResearcher
	RoleAdmin
	RoleOwner
)

// roleNames are the names that stand in tokens and messages.
var roleNames = [...]string{"", "VIEWER", "RESEARCHER", "ADMIN", "OWNER"}

// String returns the name as it stands in the contract, "" for RoleNone and
// for numbers that are no role.
func (r Role) String() string {
	if r < 0 || int(r) >= len(roleNames) {
		return ""
	}
	return roleNames[r]
}

// ParseRole is the inverse of String; an unknown name is RoleNone, which may
// do nothing.
func ParseRole(name string) Role {
	for i, known := range roleNames {
		if name == known {
			return Role(i)
		}
	}
	return RoleNone
}

// Caller is who makes a call.
type Caller struct {
	// UserID is the user, or for a service the user it acts for, if any.
	UserID string
	// WorkspaceID is the workspace that the call acts in.
	WorkspaceID string
	// SessionID is the sign-in that the token came from; "" for a service and
	// for an API key.
	SessionID string
	// KeyID is the API key that the user called with; "" for a session.
	KeyID string
	// Role is the user's role in the workspace; RoleNone for a service.
	Role Role
	// Membership is the version of the membership that the role comes from. It
	// grows with each change, so a token with a lower one is out of date.
	Membership int64
	// Scopes are the permissions that an API key is limited to.
	Scopes []string
	// Expire is when the credential ends; zero when it does not by itself.
	Expire time.Time
	// Service is the name of the calling service; "" for a user.
	Service string
}

// IsService reports whether a service calls, not a user.
func (c Caller) IsService() bool { return c.Service != "" }

// CredentialID is what can be revoked of the caller: the session or the API key.
func (c Caller) CredentialID() string {
	if c.KeyID != "" {
		return c.KeyID
	}
	return c.SessionID
}

// callerKey is the context key of the Caller.
type callerKey struct{}

// WithCaller returns a context that carries the caller. Servers get it from the
// interceptors; a background worker makes its own, so that its outgoing calls
// act for the workspace of the job.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// FromContext returns the caller. A context without one is errs.Unauthenticated,
// which on a server means that the method is public.
func FromContext(ctx context.Context) (Caller, error) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	if !ok {
		return Caller{}, errTokenMissing
	}
	return c, nil
}

// What a caller is told. The messages name no cause: why a token is refused is
// for the log, not for whoever tries tokens.
var (
	errTokenMissing = errs.New(errs.Unauthenticated, "TOKEN_MISSING", "an access token is needed: authorization: Bearer …")
	errTokenExpired = errs.New(errs.Unauthenticated, "TOKEN_EXPIRED", "the access token has expired")
	errTokenInvalid = errs.New(errs.Unauthenticated, "TOKEN_INVALID", "the access token is not valid")
	errNoWorkspace  = errs.New(errs.NotFound, "WORKSPACE_NOT_FOUND", "there is no such workspace")
)
