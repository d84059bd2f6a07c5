package errs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err     error
		code    codes.Code
		message string
	}{
		"no error":                    {nil, codes.OK, ""},
		"a kind gives its own words":  {fmt.Errorf("job 7 of bob: %w", errs.NotFound), codes.NotFound, "not found"},
		"a public message is sent":    {errs.New(errs.Conflict, "BUSY", "try again"), codes.Aborted, "try again"},
		"what wraps it is not":        {fmt.Errorf("row 7: %w", errs.New(errs.Conflict, "BUSY", "try again")), codes.Aborted, "try again"},
		"fields are named":            {fmt.Errorf("x: %w", errs.Field("query", "must not be blank")), codes.InvalidArgument, "query: must not be blank"},
		"unknown errors are masked":   {errors.New("password is hunter2"), codes.Internal, "internal error"},
		"a deliberate status passes":  {status.Error(codes.Unavailable, "draining"), codes.Unavailable, "draining"},
		"a wrapped one is masked":     {fmt.Errorf("ask auth: %w", status.Error(codes.PermissionDenied, "secret")), codes.Internal, "internal error"},
		"a cancelled call says so":    {fmt.Errorf("read: %w", context.Canceled), codes.Canceled, "the call was cancelled"},
		"a missed deadline says so":   {context.DeadlineExceeded, codes.DeadlineExceeded, "the deadline passed"},
		"a peer's words stay with us": {errs.FromStatus(status.New(codes.NotFound, "row 7 of bob")), codes.NotFound, "not found"},
		"a peer's bug is ours":        {errs.FromStatus(status.New(codes.Internal, "oops")), codes.Internal, "internal error"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := errs.Status(tc.err)
			require.Equal(t, tc.code, got.Code())
			require.Equal(t, tc.message, got.Message())
		})
	}
}

func TestStatus_CarriesAReasonAndTheFields(t *testing.T) {
	t.Parallel()
	var v errs.Violations
	v.Check(true, "fine", "is not reported")
	v.Check(false, "budget.max_tokens", "must not be negative")
	v.Check(false, "question", "must not be blank")

	details := errs.Status(v.Err()).Details()
	require.Len(t, details, 2)
	violations := details[0].(*errdetails.BadRequest).GetFieldViolations()
	require.Len(t, violations, 2, "everything that is wrong is told at once")
	require.Equal(t, "budget.max_tokens", violations[0].GetField())
	require.Equal(t, "must not be blank", violations[1].GetDescription())
	info := details[1].(*errdetails.ErrorInfo)
	require.Equal(t, "INVALID_FIELD", info.GetReason())
	require.Equal(t, errs.Domain, info.GetDomain())

	info = errs.Status(errs.Newf(errs.NotFound, "NO_SNAPSHOT", "no %s", "snapshot")).Details()[0].(*errdetails.ErrorInfo)
	require.Equal(t, "NO_SNAPSHOT", info.GetReason())
}

func TestViolations_NoneIsNoError(t *testing.T) {
	t.Parallel()
	var v errs.Violations
	require.NoError(t, v.Err())
}

func TestFromStatus_KeepsTheKindAcrossTheNetwork(t *testing.T) {
	t.Parallel()
	kinds := []error{
		errs.InvalidArgument, errs.NotFound, errs.AlreadyExists, errs.FailedPrecondition, errs.Conflict,
		errs.PermissionDenied, errs.Unauthenticated, errs.ResourceExhausted, errs.OutOfRange, errs.Unavailable,
	}
	for _, kind := range kinds {
		sent := errs.Status(fmt.Errorf("inside: %w", kind))
		require.ErrorIs(t, errs.FromStatus(sent), kind)
	}
	require.NoError(t, errs.FromStatus(status.New(codes.OK, "")))
	require.ErrorIs(t, errs.FromStatus(status.New(codes.Canceled, "")), context.Canceled)
	require.ErrorIs(t, errs.FromStatus(status.New(codes.DeadlineExceeded, "")), context.DeadlineExceeded)
}

func TestPublic_HandsAPeersAnswerOn(t *testing.T) {
	t.Parallel()
	answer := status.New(codes.NotFound, "there is no such report")
	err := fmt.Errorf("get report: %w", errs.FromStatus(answer))
	require.Equal(t, "there is no such report", errs.Status(errs.Public(err)).Message())
	require.Equal(t, "there is no such report", errs.Message(err))

	own := errors.New("own")
	require.Equal(t, own, errs.Public(own), "an error of our own stays as it is")
	require.Equal(t, "internal error", errs.Message(own))
}

// How long to wait crosses the network, and an error that does not say is 0.
func TestLater_TellsHowLongToWait(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("inside: %w", errs.Later(errs.ResourceExhausted, "TOO_MANY", "later", 1500*time.Millisecond))
	require.ErrorIs(t, err, errs.ResourceExhausted)
	require.Equal(t, 1500*time.Millisecond, errs.RetryAfter(err))

	peer := fmt.Errorf("ask auth: %w", errs.FromStatus(errs.Status(err)))
	require.Equal(t, 1500*time.Millisecond, errs.RetryAfter(peer))
	require.Equal(t, "TOO_MANY", errs.Status(err).Details()[0].(*errdetails.ErrorInfo).GetReason())

	for name, silent := range map[string]error{
		"no wait": errs.New(errs.ResourceExhausted, "FULL", "no"), "a kind": errs.Unavailable, "none": nil,
	} {
		require.Zero(t, errs.RetryAfter(silent), name)
	}
	require.Len(t, errs.Status(errs.New(errs.ResourceExhausted, "FULL", "no")).Details(), 1)
}

func TestReason(t *testing.T) {
	t.Parallel()
	require.Equal(t, "BUSY", errs.Reason(fmt.Errorf("x: %w", errs.New(errs.Conflict, "BUSY", "m"))))
	require.Empty(t, errs.Reason(errs.NotFound))
}

// gRPC wraps what the peer said last when it has given up retrying.
func TestClient_TakesThePeersWordsOutOfTheirWrapping(t *testing.T) {
	t.Parallel()
	said := status.Error(codes.Unavailable, "temporarily unavailable")
	err := errs.UnaryClient(t.Context(), "/x/Get", nil, nil, nil, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
		return fmt.Errorf("max retries exhausted: failed after 3 attempts: %w", said)
	})
	require.ErrorIs(t, err, errs.Unavailable)
	require.Equal(t, "temporarily unavailable", errs.Message(err))
}

func TestFieldBecause_HasAReasonOfItsOwn(t *testing.T) {
	t.Parallel()
	err := errs.FieldBecause("ROBOTS", "url", "cannot be read: its site does not want that")
	require.ErrorIs(t, err, errs.InvalidArgument)
	details := errs.Status(err).Details()
	require.Equal(t, "url", details[0].(*errdetails.BadRequest).GetFieldViolations()[0].GetField())
	require.Equal(t, "ROBOTS", details[1].(*errdetails.ErrorInfo).GetReason())
}

// Facts cross the network with the reason, and the error they were added to stays as
// it was.
func TestWithFacts(t *testing.T) {
	t.Parallel()
	plain := errs.Later(errs.Unavailable, "AWAY", "away", time.Second)
	told := errs.WithFacts(plain, map[string]string{"service": "report"})
	require.ErrorIs(t, told, errs.Unavailable)
	require.Equal(t, map[string]string{"service": "report"}, errs.Status(told).Details()[0].(*errdetails.ErrorInfo).GetMetadata())
	require.Empty(t, errs.Status(plain).Details()[0].(*errdetails.ErrorInfo).GetMetadata())
	require.Equal(t, errs.NotFound, errs.WithFacts(errs.NotFound, map[string]string{"a": "b"}))
}

// What a service answers has a reason; what gRPC makes up has none.
func TestNamed(t *testing.T) {
	t.Parallel()
	reason, answered := errs.Named(fmt.Errorf("get: %w", errs.FromStatus(errs.Status(errs.Unavailable))))
	require.True(t, answered)
	require.Equal(t, "UNAVAILABLE", reason)
	for name, err := range map[string]error{
		"gRPC's own": errs.FromStatus(status.New(codes.Unavailable, "connection refused")), "not a peer's": errs.Unavailable, "none": nil,
	} {
		_, answered := errs.Named(err)
		require.False(t, answered, name)
	}
}
