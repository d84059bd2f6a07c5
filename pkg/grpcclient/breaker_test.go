package grpcclient_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
)

// burst is more calls than a peer may fail before it is given up.
const burst = 15

// counted is a peer "report" that counts its calls and fails with what fail holds.
func counted(t *testing.T) (conn *grpc.ClientConn, calls *atomic.Int32, fail *atomic.Value) {
	t.Helper()
	calls, fail = &atomic.Int32{}, &atomic.Value{}
	fail.Store(status.New(codes.OK, ""))
	conn = peer(t, grpcclient.Options{Peer: "report"}, func(context.Context) error {
		calls.Add(1)
		return fail.Load().(*status.Status).Err()
	})
	return conn, calls, fail
}

// open opens a stream and waits for its first message.
func open(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/test.Service/Watch")
	if err != nil {
		return err
	}
	if err := stream.SendMsg(&emptypb.Empty{}); err != nil {
		return err
	}
	return stream.RecvMsg(&emptypb.Empty{})
}

func TestBreaker_AnswersForAPeerThatDoesNot(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]func(context.Context, *grpc.ClientConn) error{
		"calls":   func(ctx context.Context, conn *grpc.ClientConn) error { return call(ctx, conn, "Create") },
		"streams": open,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, calls, fail := counted(t)
			fail.Store(status.New(codes.Unavailable, "connection refused"))
			for range burst {
				err := try(t.Context(), conn)
				require.ErrorIs(t, err, errs.Unavailable)
				st := errs.Status(errs.Public(err))
				require.Equal(t, "the report service is not available, try again", st.Message())
				info := st.Details()[0].(*errdetails.ErrorInfo)
				require.Equal(t, "SERVICE_UNAVAILABLE", info.GetReason())
				require.Equal(t, map[string]string{"service": "report"}, info.GetMetadata())
				require.Equal(t, 2*time.Second, errs.RetryAfter(err))
			}
			require.Less(t, calls.Load(), int32(burst), "the last ones were not even tried")

			// It is tried again by itself, once it had its rest.
			fail.Store(status.New(codes.OK, ""))
			require.Eventually(t, func() bool { return try(t.Context(), conn) == nil }, 10*time.Second, 20*time.Millisecond)
		})
	}
}

func TestBreaker_StaysClosedForWhatIsNoFaultOfThePeer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]*status.Status{
		"bad requests":                  errs.Status(errs.Field("a", "is wrong")),
		"absent resources":              status.New(codes.NotFound, "no"),
		"calls without a good token":    errs.Status(errs.Unauthenticated),
		"bugs":                          status.New(codes.Internal, "panic"),
		"limits":                        errs.Status(errs.ResourceExhausted),
		"a service that lacks another":  errs.Status(errs.New(errs.Unavailable, "MODEL_AWAY", "the model is away")),
		"a service that says it itself": errs.Status(errs.Unavailable),
		"callers who went away":         status.New(codes.Canceled, "gone"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, calls, fail := counted(t)
			fail.Store(answer)
			for range 3 * burst {
				require.Error(t, call(t.Context(), conn, "Create"))
			}
			require.EqualValues(t, 3*burst, calls.Load())
		})
	}
}

func TestBreaker_StaysClosedWhileMostIsWell(t *testing.T) {
	t.Parallel()
	conn, calls, fail := counted(t)
	for i := range 6 * burst {
		fail.Store(status.New(codes.OK, ""))
		if i%3 == 2 { // one replica of three
			fail.Store(status.New(codes.Unavailable, "connection refused"))
		}
		_ = call(t.Context(), conn, "Create")
	}
	require.EqualValues(t, 6*burst, calls.Load())
}

func TestBreaker_KeepsTheWordsOfAServiceThatSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	conn, _, fail := counted(t)
	fail.Store(errs.Status(errs.New(errs.Unavailable, "MODEL_AWAY", "the model is away")))
	require.Equal(t, "the model is away", errs.Message(call(t.Context(), conn, "Create")))
	fail.Store(errs.Status(errs.Unavailable))
	require.Equal(t, "the report service is not available, try again", errs.Message(call(t.Context(), conn, "Create")),
		"its own words would name nothing")
}

func TestBreaker_AStreamThatIsNeverReadIsNotAwaited(t *testing.T) {
	t.Parallel()
	conn, _, fail := counted(t)
	fail.Store(status.New(codes.Unavailable, "connection refused"))
	for range burst {
		require.Error(t, call(t.Context(), conn, "Create"))
	}
	fail.Store(status.New(codes.OK, ""))
	// The one call that may see how the peer is is a stream whose caller goes away.
	require.Eventually(t, func() bool {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/test.Service/Watch")
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool { return call(t.Context(), conn, "Create") == nil }, 10*time.Second, 20*time.Millisecond)
}

func TestDial_RetriesHaveABudget(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	conn := peer(t, grpcclient.Options{Idempotent: []string{"test.Service/Get"}}, func(context.Context) error {
		calls.Add(1)
		return status.Error(codes.Unavailable, "restarting")
	})
	const reads = 30
	for range reads {
		require.Error(t, call(t.Context(), conn, "Get"))
	}
	require.Less(t, calls.Load(), int32(reads+15), "three times as many without a budget")
}
