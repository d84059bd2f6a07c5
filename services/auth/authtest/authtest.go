// Package authtest serves the auth service in a test: the real server with all
// its interceptors, on a real PostgreSQL of its own, without a port.
//
// The test binary needs: func TestMain(m *testing.M) { pgtest.Main(m) }
package authtest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/origin"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/migrations"
)

// Password is the password of the accounts that SignUp makes.
const Password = "correct horse battery staple"

// secret is SECRET_KEY of the served fleet.
const secret = "the secret of a fleet in a test, no more"

// Server is a served auth service, which ends with its test.
type Server struct {
	authv1.AuthServiceClient
	// Workspaces and Members are clients of the services of those names.
	Workspaces authv1.WorkspaceServiceClient
	Members    authv1.MemberServiceClient

	// Conn is the connection behind the client.
	Conn *grpc.ClientConn
	// Config is what the service was started with.
	Config auth.Config
	// Stop ends the service before its test does. The connection stays, and finds
	// nobody at the other end.
	Stop func()

	service *auth.Service
}

// Config returns a configuration with a database and a Redis of the test's own.
func Config(t testing.TB) auth.Config {
	t.Helper()
	return auth.Config{
		Common: process.Common{
			DatabaseURL:   pgtest.URL(t, migrations.FS),
			RedisURL:      redistest.URL(t),
			SecretKey:     secret,
			Algorithm:     authn.EdDSA,
			TokenMinutes:  30,
			DatabaseConns: 4,
		},
		RefreshDays: auth.DefaultRefreshDays,
		KeyDays:     auth.DefaultKeyDays,
		AuditDays:   auth.DefaultAuditDays,
	}
}

// Serve serves a new auth service. change edits its configuration, if any.
func Serve(t testing.TB, change ...func(*auth.Config)) *Server {
	t.Helper()
	cfg := Config(t)
	for _, c := range change {
		c(&cfg)
	}
	return Replica(t, cfg)
}

// Replica serves one more auth service with a configuration that others may
// have, too: the same database, the same Redis.
func Replica(t testing.TB, cfg auth.Config) *Server {
	t.Helper()
	svc, err := auth.New(t.Context(), cfg)
	require.NoError(t, err)
	server, err := grpcserver.New(svc.Server())
	require.NoError(t, err)

	lis := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var work errgroup.Group
	work.Go(func() error { return server.Serve(ctx, lis) })
	work.Go(func() error { return svc.Run(ctx) })

	gateway, err := authn.NewMinter([]byte(cfg.SecretKey), origin.Gateway)
	require.NoError(t, err)
	conn, err := grpcclient.Dial("passthrough:///auth", grpcclient.Options{
		Vouch: gateway,
		Dial: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return lis.DialContext(ctx)
		})},
	})
	require.NoError(t, err)
	end := sync.OnceFunc(func() {
		stop()
		if err := work.Wait(); err != nil {
			t.Errorf("serve auth: %v", err)
		}
		svc.Close()
	})
	t.Cleanup(func() {
		_ = conn.Close()
		end()
	})
	return &Server{
		AuthServiceClient: authv1.NewAuthServiceClient(conn),
		Workspaces:        authv1.NewWorkspaceServiceClient(conn),
		Members:           authv1.NewMemberServiceClient(conn),
		Conn:              conn,
		Config:            cfg,
		Stop:              end,
		service:           svc,
	}
}

// From returns a context whose calls come from an address, as the gateway says it.
func From(ctx context.Context, address string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, origin.ForwardedFor, address)
}

// Work does the service's background work until the test, or what it returns, ends
// it. A server does none by itself.
func (s *Server) Work(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.service.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run auth: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// SignUp registers a new user with an address of its own and Password.
func (s *Server) SignUp(t testing.TB) *authv1.Session {
	t.Helper()
	session, err := s.Register(t.Context(), &authv1.RegisterRequest{
		Email:       fmt.Sprintf("%s@example.com", uuid.New()),
		Password:    Password,
		DisplayName: "Ada Lovelace",
	})
	require.NoError(t, err)
	return session
}

// Token returns the access token of a new user, the owner of a new workspace.
func (s *Server) Token(t testing.TB) string {
	t.Helper()
	return s.SignUp(t).GetAccessToken()
}

// Join registers a new user and makes them a member of the owner's workspace.
// Their session is in their own one.
func (s *Server) Join(t testing.TB, owner *authv1.Session, role accessv1.Role) *authv1.Session {
	t.Helper()
	member := s.SignUp(t)
	invitation, err := s.Members.InviteMember(authn.WithToken(t.Context(), owner.GetAccessToken()), &authv1.InviteMemberRequest{
		WorkspaceId: owner.GetWorkspace().GetId(), Email: member.GetUser().GetEmail(), Role: role,
	})
	require.NoError(t, err)
	_, err = s.Members.AcceptInvitation(authn.WithToken(t.Context(), member.GetAccessToken()),
		&authv1.AcceptInvitationRequest{Token: invitation.GetToken()})
	require.NoError(t, err)
	return member
}
