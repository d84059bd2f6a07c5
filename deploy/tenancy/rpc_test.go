package tenancy

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/proto/access"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// TestEveryRPC calls every RPC of every service as every kind of caller.
func TestEveryRPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t, startFleet(t))
	callers := w.callers(t)
	t.Run("as", func(t *testing.T) {
		for _, service := range access.Services() {
			for i := range service.Methods().Len() {
				method := service.Methods().Get(i)
				t.Run(short(method), func(t *testing.T) {
					t.Parallel()
					w.callAsEveryone(t, method, callers)
					w.callFromOutside(t, method)
				})
			}
		}
	})
	w.check(t)
}

// callAsEveryone checks who is let in. A call that is refused is about the world
// itself, one that is let in about a workspace of the method's own with nothing in
// it, except that what only reads may read the world.
func (w *world) callAsEveryone(t *testing.T, method protoreflect.MethodDescriptor, callers []caller) {
	t.Helper()
	rule, ok := access.Rule(access.FullMethod(method))
	require.True(t, ok)
	// One for all roles, the least powerful first: an account may own so many only.
	fresh := sync.OnceValue(func() string { return w.newWorkspace(t) })
	for _, c := range callers {
		want := ""
		if !rule.Public {
			want = c.reason(rule)
		}
		workspace, id := w.workspace, resources(w.id)
		if want == "" && rule.Audited && c.name != "nobody" && !c.own && !isService(c) {
			workspace = fresh()
			id = made(workspace)
		} else if want == "" && rule.Audited {
			id = made(w.workspace) // not allowed to do harm to the workspace as a whole
		}
		ctx := as(t.Context(), c.token(), workspace)
		if c.own {
			ctx = as(t.Context(), c.token(), "")
		}
		if short(method) == "AuthService.Logout" && want == "" {
			ctx = as(t.Context(), w.signInAgain(t, authn.RoleViewer), workspace)
		}
		_, err := w.call(ctx, t, method, request(t, method, id))
		got := whyNot(err)
		if want != "" {
			require.Equal(t, want, got, "%s as %s: %v", short(method), c.name, err)
			continue
		}
		require.False(t, refusals[got], "%s as %s: %v", short(method), c.name, err)
		require.NotEqual(t, codes.PermissionDenied, status.Code(err), "%s as %s: %v", short(method), c.name, err)
		if reads(rule) && !isService(c) {
			require.NoError(t, err, "%s as %s", short(method), c.name)
		}
	}
}

// reads reports whether a method only reads something of a workspace.
func reads(rule access.Requirement) bool {
	return !rule.Public && !rule.Service && !rule.Audited
}

func isService(c caller) bool { return strings.HasPrefix(c.name, "service") }

// callFromOutside checks what a stranger gets in their own workspace who knows
// the ids of everything in the world.
func (w *world) callFromOutside(t *testing.T, method protoreflect.MethodDescriptor) {
	t.Helper()
	rule, _ := access.Rule(access.FullMethod(method))
	// A new one: the audit log of the other's workspace tells what they tried.
	token := w.signUp(t).token
	switch {
	case rule.Public || short(method) == "AuthService.Logout":
		return
	case rule.Service:
		token = w.services(t)[2].token() // a service that acts for the stranger's workspace
	}
	req := request(t, method, w.id)
	answer, err := w.call(as(t.Context(), token, ""), t, method, req)
	if w.names(req) {
		if rule.Service && short(method) == "ReportService.ComposeReport" {
			return // composes of what the caller itself sends, into the caller's workspace
		}
		require.Equal(t, codes.NotFound, status.Code(err), "%s about another's resource: %v", short(method), err)
		return
	}
	for what, id := range w.ids {
		require.NotContains(t, answer, id, "%s shows another's %s", short(method), what)
	}
}

// call makes a call of whatever kind and returns the answer as text: of a
// stream, the first message.
func (w *world) call(ctx context.Context, t *testing.T, method protoreflect.MethodDescriptor, req proto.Message) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, name := w.conn(t, method), access.FullMethod(method)
	answer := newMessage(t, method.Output())
	if !method.IsStreamingClient() && !method.IsStreamingServer() {
		err := conn.Invoke(ctx, name, req, answer)
		return text(answer), err
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, name)
	if err != nil {
		return "", err
	}
	if err := stream.SendMsg(req); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	if err := stream.RecvMsg(answer); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return text(answer), nil
}

// whyNot returns the reason that an error gives to programs.
func whyNot(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func text(m proto.Message) string { return m.(interface{ String() string }).String() }

// signInAgain returns a token of another session of a member.
func (w *world) signInAgain(t *testing.T, role authn.Role) string {
	t.Helper()
	session, err := authv1.NewAuthServiceClient(w.conns["auth"]).Login(t.Context(), &authv1.LoginRequest{
		Email: w.people[role].email, Password: password,
	})
	require.NoError(t, err)
	return session.GetAccessToken()
}
