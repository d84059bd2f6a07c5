package connector

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Doer sends requests to outside APIs: under the limits of the provider, which
// all replicas share, with the fleet's User-Agent, bounded in time and in the
// size of the answer.
type Doer interface {
	// Do sends a request. Every answer with a status below 500 is returned, but
	// 429; the rest is an *Error, a *Busy when the request was not sent because its
	// turn has not come, or the end of ctx.
	Do(ctx context.Context, account Account, req *http.Request) (Reply, error)
}

// Account is on whose account a request goes: limits are counted for each.
type Account struct {
	// Provider is the name of the API.
	Provider string
	// Credential is the key in use, "" for none. Only a digest of it is kept.
	Credential string
}

// Reply is the answer to a request.
type Reply struct {
	Status int
	Header http.Header
	// Body is the whole body, decompressed.
	Body []byte
}

// Problem is the kind of an Error.
type Problem string

// The problems.
const (
	// Unreachable: no connection came about: no such host, refused, no route.
	Unreachable Problem = "UNREACHABLE"
	// Unavailable: it answered with an error of its own, or broke off, or took too
	// long. Asking again may help.
	Unavailable Problem = "UNAVAILABLE"
	// Limited: it said that there were too many requests.
	Limited Problem = "LIMITED"
	// Denied: the credential is missing, wrong, or its plan is used up.
	Denied Problem = "DENIED"
	// Rejected: it does not take this query.
	Rejected Problem = "REJECTED"
	// Malformed: its answer cannot be understood.
	Malformed Problem = "MALFORMED"
)

// Error says why a place did not answer.
type Error struct {
	Problem Problem
	// Message is a sentence for users, without a secret or internal detail. It
	// does not name the place.
	Message string
	// RetryAfter is how long to wait before asking again; 0 if not said.
	RetryAfter time.Duration
	// Cause is for the log; may be nil.
	Cause error
}

// Error implements error, for the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Problem, e.Message, e.Cause)
	}
	return string(e.Problem) + ": " + e.Message
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Cause }

// Temporary reports whether asking again may help.
func (e *Error) Temporary() bool {
	return e.Problem == Unavailable || e.Problem == Limited || e.Problem == Unreachable
}

// Busy says that a request was not sent, because its turn comes later. It is no
// failure: whoever asked comes back after that time, and holds nothing until then.
type Busy struct {
	After time.Duration
}

// Error implements error.
func (b *Busy) Error() string { return fmt.Sprintf("its turn comes in %s", b.After) }
