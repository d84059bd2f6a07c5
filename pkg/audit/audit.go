// Package audit tells who did what: every call of a method that the contract calls
// audited becomes an Event, those that were refused too.
//
// The interceptors stand around those of package authn. They hand the event to a
// Sink after the call has ended and before it is answered, so what a caller knows to
// be done stands in the log. A sink that fails does not fail the call: the event is
// then written to the process' log as a whole, and counted.
//
// An event belongs to the workspace that the call acted in. A call that was refused
// because it asked for somebody else's workspace is an event of the caller's own; one
// with which somebody came into a workspace (founded it, joined it) is an event of
// both. A call without a good token belongs to none: it is a log line and a number.
//
// Nothing gets into an event that somebody wrote: only ids, codes and reasons, but for
// what the client calls itself.
package audit

import (
	"context"
	"sync/atomic"
	"time"
)

// Event tells of one call. Its fields are those of researcherpro.auth.v1.AuditEvent,
// where they are explained.
type Event struct {
	ID string `json:"id"`
	// Time is in UTC and has no more digits than PostgreSQL keeps: microseconds.
	Time time.Time `json:"time"`
	// WorkspaceID is whose event it is; "" with Claimed, for the workspace in which
	// the user signs in.
	WorkspaceID string `json:"workspace_id"`
	UserID      string `json:"user_id,omitempty"`
	APIKeyID    string `json:"api_key_id,omitempty"`
	Service     string `json:"service,omitempty"`
	Action      string `json:"action"`
	ObjectID    string `json:"object_id,omitempty"`
	Address     string `json:"address,omitempty"`
	UserAgent   string `json:"user_agent,omitempty"`
	Result      string `json:"result"`
	Reason      string `json:"reason,omitempty"`
	RequestID   string `json:"request_id,omitempty"`
	// Claimed says that the method was public: the user is the one whom the call was
	// about, and only a Result of OK proves that it was they who called.
	Claimed bool `json:"claimed,omitempty"`
}

// OK is the Result of a call that was done.
const OK = "OK"

// Sink is where events go.
type Sink interface {
	// Record keeps an event. The same event may be given for two workspaces.
	Record(ctx context.Context, e Event) error
}

// Subject is whom a public call is about.
type Subject struct {
	// UserID is the account.
	UserID string
	// Reason, if any, stands in the event in place of the one that the caller was
	// told: not everything that is true may be said to whoever calls.
	Reason string
}

// subjectKey is the context key of the place for the Subject.
type subjectKey struct{}

// Tell says whom a public call is about, which makes it an event: signing in, say,
// whose handler is the first to know the account. It does nothing in other calls.
func Tell(ctx context.Context, s Subject) {
	if place, ok := ctx.Value(subjectKey{}).(*atomic.Pointer[Subject]); ok {
		place.Store(&s)
	}
}
