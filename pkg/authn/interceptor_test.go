package authn_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// verified is a Verifier that knows its tokens by heart.
type verified map[string]authn.Caller

// Verify implements authn.Verifier.
func (v verified) Verify(_ context.Context, shown authn.Credential) (authn.Caller, error) {
	if c, ok := v[shown.Token]; ok {
		return c, nil
	}
	return authn.Caller{}, errs.New(errs.Unauthenticated, "TOKEN_INVALID", "no")
}

var callers = verified{
	"viewer":       {UserID: "u", WorkspaceID: "w", SessionID: "s", Role: authn.RoleViewer},
	"admin":        {UserID: "u", WorkspaceID: "w", SessionID: "s", Role: authn.RoleAdmin},
	"service":      {UserID: "u", WorkspaceID: "w", Service: "analysis"},
	"lost service": {UserID: "u", Service: "analysis"},
}

// rules is the policy of the tests.
func rules(method string) (authn.Rule, bool) {
	rule, ok := map[string]authn.Rule{
		"/x/Public":   {Public: true},
		"/x/SignedIn": {SignedIn: true},
		"/x/Service":  {Service: true},
		"/x/Write":    {MinRole: authn.RoleResearcher, ForServices: true},
		"/x/Members":  {MinRole: authn.RoleViewer},
		"/x/Empty":    {},
	}[method]
	return rule, ok
}

// call makes a unary and a streaming call and returns the caller that the
// handler saw. Both kinds must come to the same decision.
func call(t *testing.T, method string, header ...string) (authn.Caller, error) {
	t.Helper()
	md := metadata.MD{}
	md.Append("authorization", header...)
	ctx := metadata.NewIncomingContext(t.Context(), md)

	var unary, stream authn.Caller
	_, unaryErr := authn.Unary(callers, rules)(ctx, nil, &grpc.UnaryServerInfo{FullMethod: method},
		func(ctx context.Context, _ any) (any, error) {
			unary, _ = authn.FromContext(ctx)
			return nil, nil
		})
	streamErr := authn.Stream(callers, rules)(nil, incoming{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: method},
		func(_ any, ss grpc.ServerStream) error {
			stream, _ = authn.FromContext(ss.Context())
			return nil
		})
	require.Equal(t, errs.Reason(unaryErr), errs.Reason(streamErr))
	require.Equal(t, unary, stream)
	return unary, unaryErr
}

// incoming is a stream that has nothing but a context.
type incoming struct {
	grpc.ServerStream
	ctx context.Context
}

func (s incoming) Context() context.Context { return s.ctx }

func TestInterceptors_AdmitByRule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method, token string
		kind          error  // nil: let in
		reason        string // when not let in
	}{
		"public needs nothing":                    {"/x/Public", "", nil, ""},
		"public does not look at the token":       {"/x/Public", "forged", nil, ""},
		"health is public":                        {"/grpc.health.v1.Health/Check", "", nil, ""},
		"reflection is public":                    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "", nil, ""},
		"a name like health's is not":             {"/grpc.health.v1.HealthX/Check", "admin", errs.PermissionDenied, "METHOD_NOT_ALLOWED"},
		"no token":                                {"/x/Write", "", errs.Unauthenticated, "TOKEN_MISSING"},
		"bad token":                               {"/x/Write", "forged", errs.Unauthenticated, "TOKEN_INVALID"},
		"unlisted is denied":                      {"/x/Unlisted", "admin", errs.PermissionDenied, "METHOD_NOT_ALLOWED"},
		"a listed method without a rule, too":     {"/x/Empty", "admin", errs.PermissionDenied, "METHOD_NOT_ALLOWED"},
		"role high enough":                        {"/x/Write", "admin", nil, ""},
		"role too low":                            {"/x/Write", "viewer", errs.PermissionDenied, "ROLE_TOO_LOW"},
		"any role for one's own account":          {"/x/SignedIn", "viewer", nil, ""},
		"a service has no account":                {"/x/SignedIn", "service", errs.PermissionDenied, "USER_ONLY"},
		"a service acts for its workspace":        {"/x/Write", "service", nil, ""},
		"a service calls what is for services":    {"/x/Service", "service", nil, ""},
		"a user never does":                       {"/x/Service", "admin", errs.PermissionDenied, "SERVICE_ONLY"},
		"a service without workspace cannot":      {"/x/Write", "lost service", errs.PermissionDenied, "WORKSPACE_MISSING"},
		"what is about people is not for it":      {"/x/Members", "service", errs.PermissionDenied, "USER_ONLY"},
		"not even call what is for services":      {"/x/Service", "lost service", errs.PermissionDenied, "WORKSPACE_MISSING"},
		"a service without workspace sees public": {"/x/Public", "lost service", nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var header []string
			if tc.token != "" {
				header = []string{"Bearer " + tc.token}
			}
			got, err := call(t, tc.method, header...)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.reason, errs.Reason(err))
			if err == nil && errs.Reason(err) == "" && tc.method != "/x/Public" && tc.token != "" {
				require.Equal(t, callers[tc.token], got)
			}
		})
	}
}

func TestInterceptors_ReadTheHeaderStrictly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header []string
		reason string
	}{
		"scheme in any case":    {[]string{"bearer admin"}, ""},
		"another scheme":        {[]string{"Basic admin"}, "TOKEN_MISSING"},
		"no scheme":             {[]string{"admin"}, "TOKEN_MISSING"},
		"no token":              {[]string{"Bearer "}, "TOKEN_MISSING"},
		"two tokens, both good": {[]string{"Bearer admin", "Bearer admin"}, "TOKEN_INVALID"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t, "/x/Write", tc.header...)
			require.Equal(t, tc.reason, errs.Reason(err))
		})
	}
}

func TestFromContext_WithoutACallerIsUnauthenticated(t *testing.T) {
	t.Parallel()
	_, err := authn.FromContext(t.Context())
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestRole_NamesAndNumbersGoBothWays(t *testing.T) {
	t.Parallel()
	for role := authn.RoleViewer; role <= authn.RoleOwner; role++ {
		require.NotEmpty(t, role.String())
		require.Equal(t, role, authn.ParseRole(role.String()))
	}
	require.Equal(t, authn.RoleNone, authn.ParseRole("root"))
	require.Empty(t, authn.Role(-1).String())
	require.Empty(t, authn.Role(5).String())
}

func TestPolicyOf_KeepsWhatTheContractSays(t *testing.T) {
	t.Parallel()
	type role int32
	type requirement struct {
		Public, SignedIn, Authenticated, Service bool
		MinRole                                  role
		Permission                               string
		SessionOnly, ForServices, Audited        bool
		WorkspaceField                           string
	}
	contract := map[string]requirement{
		"/x/Public": {Public: true}, "/x/SignedIn": {SignedIn: true}, "/x/Service": {Service: true}, "/x/Any": {Authenticated: true},
		"/x/Admin": {MinRole: 3, Permission: "MEMBERS_WRITE", SessionOnly: true, Audited: true, WorkspaceField: "id"},
	}
	policy := authn.PolicyOf(func(method string) (requirement, bool) {
		r, ok := contract[method]
		return r, ok
	})
	want := map[string]authn.Rule{
		"/x/Public": {Public: true}, "/x/SignedIn": {SignedIn: true}, "/x/Service": {Service: true}, "/x/Any": {Authenticated: true},
		"/x/Admin": {MinRole: authn.RoleAdmin, Permission: "MEMBERS_WRITE", SessionOnly: true, Audited: true, WorkspaceField: "id"},
	}
	for method, rule := range want {
		got, ok := policy(method)
		require.True(t, ok)
		require.Equal(t, rule, got)
	}
	_, ok := policy("/x/Unlisted")
	require.False(t, ok)
}
