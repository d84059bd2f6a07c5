package grpcserver_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
)

// method is the one method of the service under test.
const method = "/test.Service/Call"

// handler is what the method does.
type handler func(context.Context) error

// serve serves a service whose one method is public and calls h.
func serve(t *testing.T, h handler, ready func(context.Context) error) (*grpc.ClientConn, context.CancelFunc, <-chan error) {
	t.Helper()
	server, err := grpcserver.New(grpcserver.Options{
		Name:     "test",
		Verifier: authntest.Verifier(t),
		Policy: func(m string) (authn.Rule, bool) {
			return authn.Rule{Public: true}, m == method
		},
		Ready: ready,
		Register: func(r grpc.ServiceRegistrar) {
			r.RegisterService(&grpc.ServiceDesc{
				ServiceName: "test.Service", HandlerType: (*any)(nil),
				Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: unary(h)}},
			}, struct{}{})
		},
	})
	require.NoError(t, err)
	lis := bufconn.Listen(1 << 16)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, lis) }()
	conn, err := grpc.NewClient("passthrough:///test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		stop()
		_ = conn.Close()
	})
	return conn, stop, ended
}

func unary(h handler) grpc.MethodHandler {
	return func(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
		in := &emptypb.Empty{}
		if err := decode(in); err != nil {
			return nil, err
		}
		return intercept(ctx, in, &grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, _ any) (any, error) {
			return &emptypb.Empty{}, h(ctx)
		})
	}
}

func call(ctx context.Context, conn grpc.ClientConnInterface) error {
	return conn.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{})
}

func TestServe_MasksWhatGoesWrongInside(t *testing.T) {
	t.Parallel()
	tests := map[string]handler{
		"an error": func(context.Context) error { return errors.New("password is hunter2") },
		"a panic":  func(context.Context) error { panic("password is hunter2") },
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _, _ := serve(t, h, nil)
			err := call(t.Context(), conn)
			require.Equal(t, codes.Internal, status.Code(err))
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestServe_DrainsCallsInFlight(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	conn, stop, ended := serve(t, func(context.Context) error {
		close(entered)
		<-leave
		return nil
	}, nil)
	answered := make(chan error, 1)
	go func() { answered <- call(t.Context(), conn) }()
	<-entered
	stop()
	select {
	case err := <-ended:
		require.Fail(t, "stopped while a call was in flight", "%v", err)
	case err := <-answered:
		require.Fail(t, "the call was cut off", "%v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	require.NoError(t, <-answered)
	require.NoError(t, <-ended)
}

func TestServe_HealthTellsWhetherTheServiceCanWork(t *testing.T) {
	t.Parallel()
	ok := func(context.Context) error { return nil }
	tests := map[string]struct {
		ready func(context.Context) error
		want  grpc_health_v1.HealthCheckResponse_ServingStatus
	}{
		"ready":     {ok, grpc_health_v1.HealthCheckResponse_SERVING},
		"not ready": {func(context.Context) error { return errors.New("database is gone") }, grpc_health_v1.HealthCheckResponse_NOT_SERVING},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, _, _ := serve(t, func(context.Context) error { return nil }, tc.ready)
			watch, err := grpc_health_v1.NewHealthClient(conn).Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "test.Service"})
			require.NoError(t, err)
			for {
				resp, err := watch.Recv()
				require.NoError(t, err)
				if resp.GetStatus() == tc.want {
					return
				}
			}
		})
	}
}

func TestOpsHandler(t *testing.T) {
	t.Parallel()
	gone := errors.New("database is gone")
	tests := map[string]struct {
		path  string
		ready error
		want  int
	}{
		"it runs":             {"/healthz", gone, http.StatusOK},
		"it can work":         {"/readyz", nil, http.StatusOK},
		"it cannot work":      {"/readyz", gone, http.StatusServiceUnavailable},
		"it can do a part":    {"/readyz", &grpcserver.Degraded{Missing: []string{"report"}}, http.StatusOK},
		"metrics are offered": {"/metrics", nil, http.StatusTeapot},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := grpcserver.OpsHandler(
				func(context.Context) error { return tc.ready },
				http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
			)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tc.path, nil))
			require.Equal(t, tc.want, rec.Code)
			if _, ok := errors.AsType[*grpcserver.Degraded](tc.ready); ok {
				require.Equal(t, "ready, without report\n", rec.Body.String())
			}
		})
	}
}
