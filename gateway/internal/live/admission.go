package live

import (
	"context"
	"net/http"
)

// ErrExpired is the cause with which the context of Admission.Hold ends when the
// credential is no longer good.
var ErrExpired = errExpired

// Admission is a request's credential, which was good when it was looked at. Packages
// beside this one hold open what they serve no longer than it stays so.
type Admission struct{ guard *guard }

// Admit looks at the credential of a request. The error is meant for the client.
func (s *Server) Admit(r *http.Request) (*Admission, error) {
	admitted, err := s.admit(r)
	if err != nil {
		return nil, err
	}
	return &Admission{admitted}, nil
}

// Hold returns a context that ends with ctx, and with ErrExpired as its cause when
// the credential expires or is taken back. The outgoing metadata of ctx must show the
// credential. Call release when done.
func (a *Admission) Hold(ctx context.Context) (held context.Context, release func()) {
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
	}
}
