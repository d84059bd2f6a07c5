package authn

import (
	"errors"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Rule is what a method needs of its caller. Exactly one of the first five fields
// is set; the zero Rule denies everyone.
type Rule struct {
	// Public lets anyone call; no token is looked at.
	Public bool
	// SignedIn lets every user with a session call, whatever the role: it is
	// about their own account, so neither a service nor an API key can stand in.
	SignedIn bool
	// Authenticated lets every user call, by session or API key.
	Authenticated bool
	// Service lets services call that act for a workspace, users never.
	Service bool
	// MinRole lets users with at least this role in the workspace call.
	MinRole Role

	// Permission is what an API key needs among its scopes, with MinRole.
	Permission string
	// SessionOnly keeps API keys out, with MinRole.
	SessionOnly bool
	// ForServices lets services call that act for the workspace, with MinRole.
	ForServices bool
	// Audited says that calls stand in the audit log.
	Audited bool
	// WorkspaceField is the path of the request's field ("workspace.id") that
	// says in which workspace the role counts; "" for the caller's current one.
	WorkspaceField string
}

// Policy returns the rule of a method ("/package.Service/Method"), and false
// for a method that has none.
type Policy func(fullMethod string) (Rule, bool)

// PolicyOf makes a policy of the rules in the contract, proto/access.Rule. This
// module does not import the contract, so it takes any struct of that shape, with
// the contract's own type N for roles.
func PolicyOf[R ~struct {
	Public, SignedIn, Authenticated, Service bool
	MinRole                                  N
	Permission                               string
	SessionOnly, ForServices, Audited        bool
	WorkspaceField                           string
}, N ~int32](rule func(fullMethod string) (R, bool)) Policy {
	return func(fullMethod string) (Rule, bool) {
		found, ok := rule(fullMethod)
		r := struct {
			Public, SignedIn, Authenticated, Service bool
			MinRole                                  N
			Permission                               string
			SessionOnly, ForServices, Audited        bool
			WorkspaceField                           string
		}(found)
		return Rule{
			Public: r.Public, SignedIn: r.SignedIn, Authenticated: r.Authenticated, Service: r.Service, MinRole: Role(r.MinRole),
			Permission: r.Permission, SessionOnly: r.SessionOnly, ForServices: r.ForServices, Audited: r.Audited,
			WorkspaceField: r.WorkspaceField,
		}, ok
	}
}

// publicPrefixes are the services that every server offers to everyone: health
// for probes and balancers, reflection because the contract is public.
var publicPrefixes = []string{
	"/grpc.health.v1.Health/",
	"/grpc.reflection.v1.ServerReflection/",
	"/grpc.reflection.v1alpha.ServerReflection/",
}

// rule returns the rule of a method; a method without one is denied.
func (p Policy) rule(fullMethod string) (Rule, error) {
	for _, prefix := range publicPrefixes {
		if strings.HasPrefix(fullMethod, prefix) {
			return Rule{Public: true}, nil
		}
	}
	rule, ok := p(fullMethod)
	if !ok || rule == (Rule{}) {
		return Rule{}, errs.New(errs.PermissionDenied, "METHOD_NOT_ALLOWED", "this method may not be called")
	}
	return rule, nil
}

// allow returns nil when the caller may call a method with this rule.
func (r Rule) allow(c Caller) error {
	// A service acts for a workspace or not at all: without this, one service
	// token would reach every tenant.
	if c.WorkspaceID == "" && !r.Public {
		return errs.New(errs.PermissionDenied, "WORKSPACE_MISSING", "the token names no workspace")
	}
	switch {
	case r.Public:
		return nil
	case r.Service:
		if c.IsService() {
			return nil
		}
		return errs.New(errs.PermissionDenied, "SERVICE_ONLY", "only services of the fleet may call this method")
	case r.SignedIn, r.Authenticated:
		return r.allowUser(c)
	case r.MinRole > RoleNone && c.KeyID != "" && (r.SessionOnly || !slices.Contains(c.Scopes, r.Permission)):
		return errs.Newf(errs.PermissionDenied, "SCOPE_MISSING", "this needs the permission %s, which the API key does not have", r.Permission)
	case r.MinRole > RoleNone && c.IsService():
		if r.ForServices {
			return nil
		}
		return errUserOnly
	case r.MinRole > RoleNone && c.Role >= r.MinRole:
		return nil
	}
	return errs.Newf(errs.PermissionDenied, "ROLE_TOO_LOW", "the role %s is needed in this workspace", r.MinRole)
}

// refuses reports whether an error of Verify or allow is a clear no. Anything
// else says only that it cannot be told at this moment.
func refuses(err error) bool {
	return errors.Is(err, errs.Unauthenticated) || errors.Is(err, errs.PermissionDenied) || errors.Is(err, errs.NotFound)
}

// errUserOnly refuses a service.
var errUserOnly = errs.New(errs.PermissionDenied, "USER_ONLY", "only users may call this method")

// allowUser is allow for methods that depend on no role.
func (r Rule) allowUser(c Caller) error {
	switch {
	case c.IsService():
		return errUserOnly
	case r.SignedIn && c.KeyID != "":
		return errs.New(errs.PermissionDenied, "SESSION_ONLY", "this needs a session, an API key is not enough")
	}
	return nil
}
