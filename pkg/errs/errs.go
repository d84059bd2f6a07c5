// Package errs is the error vocabulary of the fleet: a few kinds, what a
// caller may see of an error, and the one place where errors become gRPC
// statuses and statuses become errors again.
//
// A kind is matched with errors.Is on both sides of the network. The text that
// wraps a kind is for the log; callers see only the kind's own words, or the
// public message given to New.
package errs

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Domain is the domain of every ErrorInfo that the fleet sends.
const Domain = "researcherpro"

// The kinds of errors. Each has one gRPC code.
var (
	// InvalidArgument means the request is wrong whatever the state.
	InvalidArgument = errors.New("invalid argument")
	// NotFound means there is no such thing, or not for this caller.
	NotFound = errors.New("not found")
	// AlreadyExists means the thing to be made is there.
	AlreadyExists = errors.New("already exists")
	// FailedPrecondition means the state does not allow the request.
	FailedPrecondition = errors.New("failed precondition")
	// Conflict means another request got in between; try again.
	Conflict = errors.New("conflict with another request")
	// PermissionDenied means the caller is known and may not.
	PermissionDenied = errors.New("permission denied")
	// Unauthenticated means the caller did not show who they are.
	Unauthenticated = errors.New("unauthenticated")
	// ResourceExhausted means a limit is reached.
	ResourceExhausted = errors.New("resource exhausted")
	// OutOfRange means what is asked for lies past the end.
	OutOfRange = errors.New("out of range")
	// Unavailable means something needed is down; try again later.
	Unavailable = errors.New("temporarily unavailable")
)

// Error is an error with a message meant for the caller.
type Error struct {
	kind    error
	reason  string
	message string
	wait    time.Duration // before the next try; 0 when that is not told
	facts   map[string]string
}

// New returns an error of a kind with a reason for programs, in
// UPPER_SNAKE_CASE, and a message for people. The caller of the API sees both.
func New(kind error, reason, message string) error {
	return &Error{kind: kind, reason: reason, message: message}
}

// Newf is New with a formatted message.
func Newf(kind error, reason, format string, args ...any) error {
	return New(kind, reason, fmt.Sprintf(format, args...))
}

// Later is New for what may succeed when it is tried again after a while, which
// the caller is told (google.rpc.RetryInfo; over REST, Retry-After).
func Later(kind error, reason, message string, wait time.Duration) error {
	return &Error{kind: kind, reason: reason, message: message, wait: wait}
}

// WithFacts returns err, an error of New or Later, with what programs may want to
// know beside its reason (the metadata of google.rpc.ErrorInfo). The names are
// lowerCamelCase. Any other error is returned as it is.
func WithFacts(err error, facts map[string]string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	told := *e
	told.facts = maps.Clone(facts)
	return &told
}

// Error returns the message.
func (e *Error) Error() string { return e.message }

// Unwrap returns the kind, so that errors.Is finds it.
func (e *Error) Unwrap() error { return e.kind }

// Reason returns the reason for programs.
func (e *Error) Reason() string { return e.reason }

// Reason returns the reason of the first Error in the chain, or "".
func Reason(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.reason
	}
	return ""
}
