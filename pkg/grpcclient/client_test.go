package grpcclient_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

// peer is a server whose every method answers with answer.
func peer(t *testing.T, opts grpcclient.Options, answer func(context.Context) error) *grpc.ClientConn {
	t.Helper()
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
			return err
		}
		if err := answer(stream.Context()); err != nil {
			return err
		}
		return stream.SendMsg(&emptypb.Empty{})
	}))
	lis := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(lis) }()
	opts.Dial = append(opts.Dial, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return lis.DialContext(ctx)
	}))
	conn, err := grpcclient.Dial("passthrough:///peer", opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
	})
	return conn
}

func call(ctx context.Context, conn *grpc.ClientConn, method string) error {
	return conn.Invoke(ctx, "/test.Service/"+method, &emptypb.Empty{}, &emptypb.Empty{})
}

func TestDial_GivesACallADeadlineAndItsRequestID(t *testing.T) {
	t.Parallel()
	conn := peer(t, grpcclient.Options{}, func(ctx context.Context) error {
		_, ok := ctx.Deadline()
		if !ok {
			return status.Error(codes.Internal, "no deadline")
		}
		if got := metadata.ValueFromIncomingContext(ctx, telemetry.RequestIDKey); len(got) != 1 || got[0] != "r-7" {
			return status.Errorf(codes.Internal, "request id %v", got)
		}
		return nil
	})
	require.NoError(t, call(telemetry.WithRequestID(t.Context(), "r-7"), conn, "Get"))
}

func TestDial_TurnsAPeersStatusIntoOurKinds(t *testing.T) {
	t.Parallel()
	conn := peer(t, grpcclient.Options{}, func(context.Context) error { return status.Error(codes.NotFound, "row 7 of bob") })
	err := call(t.Context(), conn, "Get")
	require.ErrorIs(t, err, errs.NotFound)
	require.Equal(t, "not found", errs.Status(err).Message(), "the peer's words reach no caller by accident")
}

func TestDial_RepeatsOnlyWhatIsIdempotent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method string
		calls  int32
		failed bool
	}{
		"a read is tried again": {"Get", 2, false},
		"a write is not":        {"Create", 1, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			conn := peer(t, grpcclient.Options{Idempotent: []string{"test.Service/Get"}}, func(context.Context) error {
				if calls.Add(1) == 1 {
					return status.Error(codes.Unavailable, "restarting")
				}
				return nil
			})
			err := call(t.Context(), conn, tc.method)
			require.Equal(t, tc.failed, err != nil, "%v", err)
			require.Equal(t, tc.calls, calls.Load())
		})
	}
}

func TestDial_ActsForTheCaller(t *testing.T) {
	t.Parallel()
	minter, err := authn.NewMinter([]byte(authntest.Secret), "analysis")
	require.NoError(t, err)
	caller := authntest.Caller(t, authn.RoleNone)
	conn := peer(t, grpcclient.Options{Minter: minter}, func(ctx context.Context) error {
		token := metadata.ValueFromIncomingContext(ctx, "authorization")
		if len(token) != 1 {
			return status.Errorf(codes.Unauthenticated, "tokens: %v", token)
		}
		got, err := authntest.Verifier(t).Verify(ctx, authn.Credential{Token: token[0][len("Bearer "):]})
		if err != nil || got.Service != "analysis" || got.WorkspaceID != caller.WorkspaceID || got.UserID != caller.UserID {
			return status.Errorf(codes.PermissionDenied, "%+v, %v", got, err)
		}
		return nil
	})
	require.NoError(t, call(authn.WithCaller(t.Context(), caller), conn, "Get"))
}

func TestDialAll_ClosesTogether(t *testing.T) {
	t.Parallel()
	conns, err := grpcclient.DialAll(grpcclient.Peer{Addr: "localhost:1"}, grpcclient.Peer{Addr: "localhost:2"})
	require.NoError(t, err)
	require.Len(t, conns, 2)
	require.Equal(t, "dns:///localhost:1", conns[0].Target(), "every address of the name counts")
	conns.Close()

	_, err = grpcclient.DialAll(grpcclient.Peer{Addr: "localhost:1"}, grpcclient.Peer{Addr: "%zz:///"})
	require.Error(t, err)
}
