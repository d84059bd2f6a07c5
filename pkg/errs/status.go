package errs

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// kinds pairs each kind with its code, in both directions.
var kinds = []struct {
	err  error
	code codes.Code
}{
	{InvalidArgument, codes.InvalidArgument},
	{NotFound, codes.NotFound},
	{AlreadyExists, codes.AlreadyExists},
	{FailedPrecondition, codes.FailedPrecondition},
	{Conflict, codes.Aborted},
	{PermissionDenied, codes.PermissionDenied},
	{Unauthenticated, codes.Unauthenticated},
	{ResourceExhausted, codes.ResourceExhausted},
	{OutOfRange, codes.OutOfRange},
	{Unavailable, codes.Unavailable},
}

// Status turns any error into what a caller may see. A status returned as it
// is was meant for the caller and passes; FieldError and Error give their own
// words and details; a bare kind gives its code and its own words, never the
// text wrapped around it; all else is Internal and stays in the log.
func Status(err error) *status.Status {
	if err == nil {
		return nil
	}

	if own, ok := err.(interface{ GRPCStatus() *status.Status }); ok {
		return own.GRPCStatus()
	}
	if fields, ok := errors.AsType[*FieldError](err); ok {
		return fieldStatus(fields)
	}
	if public, ok := errors.AsType[*Error](err); ok {
		return publicStatus(codeOf(err), public)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "the call was cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.New(codes.DeadlineExceeded, "the deadline passed")
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return withDetail(k.code, k.err.Error(), reasonOf(k.code))
		}
	}
	return withDetail(codes.Internal, "internal error", "INTERNAL")
}

// FromStatus turns a peer's status into our vocabulary: an error that matches
// the kind of its code and keeps the peer's words. A status without a kind
// (Internal, Unknown, …) matches none, so that it reaches no caller.
func FromStatus(st *status.Status) error {
	if st.Code() == codes.OK {
		return nil
	}
	switch st.Code() {
	case codes.Canceled:
		return &peerError{st: st, kind: context.Canceled}
	case codes.DeadlineExceeded:
		return &peerError{st: st, kind: context.DeadlineExceeded}
	}
	for _, k := range kinds {
		if st.Code() == k.code {
			return &peerError{st: st, kind: k.err}
		}
	}
	return &peerError{st: st, kind: errors.New("peer failed")}
}

// peerError is a peer's answer. It does not offer GRPCStatus: passing a peer's
// words on to our own caller is a decision, made with Public.
type peerError struct {
	st   *status.Status
	kind error
}

func (e *peerError) Error() string { return e.st.Code().String() + ": " + e.st.Message() }
func (e *peerError) Unwrap() error { return e.kind }

// Public hands a peer's answer on to our own caller, word for word, when the
// peer is a service of the fleet and meant it for the user.
func Public(err error) error {
	if peer, ok := errors.AsType[*peerError](err); ok {
		return peer.st.Err()
	}
	return err
}

// Message returns what people may read of an error: the words a caller would
// be sent.
func Message(err error) string {
	if peer, ok := errors.AsType[*peerError](err); ok {
		return peer.st.Message()
	}
	return Status(err).Message()
}

// Named returns the reason that a service of the fleet gave a peer's error, and
// whether one did: an error without it is of the connection, and nobody answered.
func Named(err error) (reason string, answered bool) {
	peer, ok := errors.AsType[*peerError](err)
	if !ok {
		return "", false
	}
	for _, detail := range peer.st.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			return info.GetReason(), true
		}
	}
	return "", false
}

// RetryAfter returns how long an error says to wait before the next try, ours or
// a peer's; 0 when it does not say.
func RetryAfter(err error) time.Duration {
	st := Status(err)
	if peer, ok := errors.AsType[*peerError](err); ok {
		st = peer.st
	}
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// publicStatus is what is told of an Error.
func publicStatus(code codes.Code, e *Error) *status.Status {
	st := withInfo(code, e.message, &errdetails.ErrorInfo{Reason: e.reason, Domain: Domain, Metadata: e.facts})
	if e.wait <= 0 {
		return st
	}
	if full, err := st.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(e.wait)}); err == nil {
		return full
	}
	return st
}

func fieldStatus(e *FieldError) *status.Status {
	st := status.New(codes.InvalidArgument, e.Error())
	bad := &errdetails.BadRequest{}
	for _, v := range e.Violations {
		bad.FieldViolations = append(bad.FieldViolations,
			&errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Rule})
	}
	info := &errdetails.ErrorInfo{Reason: cmp.Or(e.Reason, "INVALID_FIELD"), Domain: Domain}
	if full, err := st.WithDetails(bad, info); err == nil {
		return full
	}
	return st
}

func withDetail(code codes.Code, message, reason string) *status.Status {
	return withInfo(code, message, &errdetails.ErrorInfo{Reason: reason, Domain: Domain})
}

func withInfo(code codes.Code, message string, info *errdetails.ErrorInfo) *status.Status {
	st := status.New(code, message)
	if full, err := st.WithDetails(info); err == nil {
		return full
	}
	return st
}

func codeOf(err error) codes.Code {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.code
		}
	}
	return codes.Internal
}

// reasonOf is the reason of a bare kind: the canonical name of its code.
func reasonOf(code codes.Code) string {
	switch code {
	case codes.InvalidArgument:
		return "INVALID_ARGUMENT"
	case codes.NotFound:
		return "NOT_FOUND"
	case codes.AlreadyExists:
		return "ALREADY_EXISTS"
	case codes.FailedPrecondition:
		return "FAILED_PRECONDITION"
	case codes.Aborted:
		return "CONFLICT"
	case codes.PermissionDenied:
		return "PERMISSION_DENIED"
	case codes.Unauthenticated:
		return "UNAUTHENTICATED"
	case codes.ResourceExhausted:
		return "RESOURCE_EXHAUSTED"
	default:
		return "UNAVAILABLE"
	}
}
