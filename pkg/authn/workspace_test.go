package authn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// The workspaces of the tests: the token's own, another one, and a foreign one.
const (
	ownID     = "01930000-0000-7000-8000-00000000000a"
	otherID   = "01930000-0000-7000-8000-00000000000b"
	foreignID = "01930000-0000-7000-8000-00000000000c"
)

// memberships is a Verifier of a user who is VIEWER at home and ADMIN elsewhere, and
// of a service in ownID. It remembers which workspace it was asked for.
type memberships struct{ asked *string }

// Verify implements authn.Verifier.
func (m memberships) Verify(_ context.Context, shown authn.Credential) (authn.Caller, error) {
	*m.asked = shown.WorkspaceID
	if shown.Token == "bad" {
		return authn.Caller{}, errs.Unauthenticated
	}
	switch shown.WorkspaceID {
	case "", ownID:
		c := authn.Caller{UserID: "u", WorkspaceID: ownID, SessionID: "s", Role: authn.RoleViewer}
		if shown.Token == "service" {
			c = authn.Caller{WorkspaceID: ownID, Service: "analysis"}
		}
		return c, nil
	case otherID:
		if shown.Token == "user" {
			return authn.Caller{UserID: "u", WorkspaceID: otherID, SessionID: "s", Role: authn.RoleAdmin}, nil
		}
	}
	return authn.Caller{}, errs.New(errs.NotFound, "WORKSPACE_NOT_FOUND", "there is no such workspace")
}

// workspaceRules are methods whose requests name their workspace, or do not.
func workspaceRules(method string) (authn.Rule, bool) {
	rule, ok := map[string]authn.Rule{
		"/x/Plain":    {MinRole: authn.RoleViewer, ForServices: true},
		"/x/Admin":    {MinRole: authn.RoleAdmin},
		"/x/Field":    {MinRole: authn.RoleViewer, WorkspaceField: "value"},
		"/x/Nested":   {MinRole: authn.RoleViewer, WorkspaceField: "options.java_package"},
		"/x/Repeated": {MinRole: authn.RoleViewer, WorkspaceField: "message_type.name"},
		"/x/Absent":   {MinRole: authn.RoleViewer, WorkspaceField: "nothing.id"},
	}[method]
	return rule, ok
}

// ask makes a unary call and returns the handler's caller, and what was verified.
func ask(t *testing.T, method, token string, req any, header ...string) (caller authn.Caller, verified string, err error) {
	t.Helper()
	md := metadata.Pairs("authorization", "Bearer "+token)
	md.Append("x-workspace-id", header...)
	_, err = authn.Unary(memberships{&verified}, workspaceRules)(metadata.NewIncomingContext(t.Context(), md), req,
		&grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, _ any) (any, error) {
			caller, _ = authn.FromContext(ctx)
			return nil, nil
		})
	return caller, verified, err
}

func TestWorkspace_OfTheHeader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method, token string
		header        []string
		want          string // workspace of the caller
		kind          error
	}{
		"none is the token's own":                     {"/x/Plain", "user", nil, ownID, nil},
		"the token's own":                             {"/x/Plain", "user", []string{ownID}, ownID, nil},
		"another one":                                 {"/x/Plain", "user", []string{otherID}, otherID, nil},
		"the role counts there":                       {"/x/Admin", "user", []string{otherID}, otherID, nil},
		"and not at home":                             {"/x/Admin", "user", nil, "", errs.PermissionDenied},
		"a foreign one is absent":                     {"/x/Plain", "user", []string{foreignID}, "", errs.NotFound},
		"no id":                                       {"/x/Plain", "user", []string{"mine"}, "", errs.InvalidArgument},
		"two of them":                                 {"/x/Plain", "user", []string{ownID, otherID}, "", errs.InvalidArgument},
		"no id, told only to who may call":            {"/x/Admin", "user", []string{"mine"}, "", errs.PermissionDenied},
		"no id, and no good token":                    {"/x/Plain", "bad", []string{"mine"}, "", errs.Unauthenticated},
		"a service in its own":                        {"/x/Plain", "service", []string{ownID}, ownID, nil},
		"a service in another one":                    {"/x/Plain", "service", []string{otherID}, "", errs.NotFound},
		"capitals are the same id":                    {"/x/Plain", "user", []string{strings.ToUpper(otherID)}, otherID, nil},
		"braces, which a UUID parser takes, are none": {"/x/Plain", "user", []string{"{" + otherID + "}"}, "", errs.InvalidArgument},
		"nor is a URN":                                {"/x/Plain", "user", []string{"urn:uuid:" + otherID}, "", errs.InvalidArgument},
		"nor digits alone":                            {"/x/Plain", "user", []string{strings.ReplaceAll(otherID, "-", "")}, "", errs.InvalidArgument},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caller, verified, err := ask(t, tc.method, tc.token, nil, tc.header...)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.want, caller.WorkspaceID)
			require.Contains(t, []string{"", ownID, otherID, foreignID}, verified, "only the one spelling under which changes are found")
		})
	}
}

func TestWorkspace_OfTheRequestsField(t *testing.T) {
	t.Parallel()
	named := func(id string) proto.Message { return wrapperspb.String(id) }
	nested := &descriptorpb.FileDescriptorProto{Options: &descriptorpb.FileOptions{JavaPackage: proto.String(otherID)}}
	repeated := &descriptorpb.FileDescriptorProto{MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String(otherID)}}}
	tests := map[string]struct {
		method string
		req    any
		header []string
		want   string
		kind   error
	}{
		"another workspace":              {"/x/Field", named(otherID), nil, otherID, nil},
		"goes before the header":         {"/x/Field", named(otherID), []string{ownID}, otherID, nil},
		"a foreign one is absent":        {"/x/Field", named(foreignID), []string{ownID}, "", errs.NotFound},
		"missing is not the token's own": {"/x/Field", named(""), nil, "", errs.InvalidArgument},
		"malformed":                      {"/x/Field", named("mine"), nil, "", errs.InvalidArgument},
		"in a message of the request":    {"/x/Nested", nested, nil, otherID, nil},
		"in a message that is not set":   {"/x/Nested", &descriptorpb.FileDescriptorProto{}, nil, "", errs.InvalidArgument},
		"in a list there is not one":     {"/x/Repeated", repeated, nil, "", errs.InvalidArgument},
		"a field that does not exist":    {"/x/Absent", nested, nil, "", errs.InvalidArgument},
		"a request that is no message":   {"/x/Field", "text", []string{ownID}, "", errs.InvalidArgument},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caller, _, err := ask(t, tc.method, "user", tc.req, tc.header...)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.want, caller.WorkspaceID)
		})
	}
}

func TestWorkspace_OfAStreamIsTheHeadersAndNeverAFields(t *testing.T) {
	t.Parallel()
	md := metadata.Pairs("authorization", "Bearer user", "x-workspace-id", strings.ToUpper(otherID))
	serve := func(method string) (id string, err error) {
		var verified string
		err = authn.Stream(memberships{&verified}, workspaceRules)(nil, incoming{ctx: metadata.NewIncomingContext(t.Context(), md)},
			&grpc.StreamServerInfo{FullMethod: method}, func(_ any, ss grpc.ServerStream) error {
				c, err := authn.FromContext(ss.Context())
				id = c.WorkspaceID
				return err
			})
		return id, err
	}
	id, err := serve("/x/Plain")
	require.NoError(t, err)
	require.Equal(t, otherID, id)
	_, err = serve("/x/Field")
	require.ErrorIs(t, err, errs.PermissionDenied, "nobody knows the workspace before the first message")
}
