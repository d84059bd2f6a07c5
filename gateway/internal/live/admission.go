package live

import (
	"context"
	"net/http"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
)

// ErrExpired is the cause with which the context of Admission.Hold ends when the
// credential is no longer good.
var ErrExpired = errExpired

// Admission is a request's credential, which was good when it was looked at. Packages
// beside this one hold open what they serve no longer than it stays so.
type Admission struct {
	guard   *guard
	address string // of the client
}

// Admit looks at the credential of a request. The error is meant for the client.
func (s *Server) Admit(r *http.Request) (*Admission, error) {
	admitted, err := s.admit(r)
	if err != nil {
		return nil, err
	}
	return &Admission{admitted, edge.Address(r.Context())}, nil
}

// Hold returns a context that ends with ctx, and with ErrExpired as its cause when
// the credential expires or is taken back. What is held counts as one of the streams
// that a user and an address may have open; the error says that there are too many. The
// outgoing metadata of ctx must show the credential. Call release when done.
func (a *Admission) Hold(ctx context.Context) (held context.Context, release func(), err error) {
	leave, err := a.guard.server.places.take(a.guard.caller.UserID, a.address)
	if err != nil {
		return nil, nil, err
	}
	held, end := context.WithCancelCause(ctx)
	cancel := func() {}
	if expire := a.guard.caller.Expire; !expire.IsZero() {
		held, cancel = context.WithDeadlineCause(held, expire, errExpired)
	}
	// A copy: the watcher may still look at it while the next thing is held.
	g := &guard{server: a.guard.server, credential: a.guard.credential, caller: a.guard.caller, ctx: held, end: end}
	stop := g.watch()
	return held, func() {
		stop()
		cancel()
		end(nil)
		leave()
	}, nil
}
