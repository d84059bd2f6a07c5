package live

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

const (
	// maxChecks is how many credentials are verified at a time because something
	// may have changed. When Redis comes back that is all of them, and more at
	// once would only wait for one another, longer than Redis is given to answer.
	maxChecks = 16
	// retryCheck is the pause before a check that could not be finished is tried
	// again.
	retryCheck = time.Second
	// askTimeout is how long auth may take to answer a check.
	askTimeout = 10 * time.Second
)

// Callers tells whom a credential stands for, and when that may have changed.
type Callers interface {
	authn.Verifier
	authn.Watcher
}

// guard ends what a client has open when its credential is no longer good. It costs
// an entry with the watcher, and a goroutine only while it verifies.
type guard struct {
	server     *Server
	ctx        context.Context //nolint:containedctx // the life of what is open, which no call's context is
	credential authn.Credential
	caller     authn.Caller
	end        context.CancelCauseFunc // called with errExpired
	checks     atomic.Int32            // asked for and not done
}

// watch begins, and returns how to stop. What happened since the caller was admitted
// was not heard, so it verifies once more.
func (g *guard) watch() (stop func()) {
	stop = g.server.callers.Watch(g.caller, g.check)
	g.check()
	return stop
}

// verify reports whether the credential is still good. It asks nobody but Redis and,
// when the membership has changed, auth.
func (g *guard) verify(ctx context.Context) error {
	_, err := g.server.callers.Verify(ctx, g.credential)
	return err
}

// check verifies soon, without waiting. Who is at it already looks again: what it
// saw may be from before the change.
func (g *guard) check() {
	if g.ctx.Err() != nil || g.checks.Add(1) > 1 || !g.server.enter() {
		return
	}
	go func() {
		defer g.server.open.Done()
		for left := int32(1); left > 0; {
			seen := g.checks.Load()
			g.checkNow()
			left = g.checks.Add(-seen)
		}
	}()
}

// checkNow verifies when it is its turn. Only a clear no ends anything: auth or
// Redis may be away for a moment.
func (g *guard) checkNow() {
	select {
	case g.server.checking <- struct{}{}:
		defer func() { <-g.server.checking }()
	case <-g.ctx.Done():
		return
	}
	err := g.verify(g.ctx)
	if err == nil && !g.server.callers.Hears() {
		// Redis is gone for us. Auth may still see it, and has the database.
		err = g.askAuth()
	}
	switch {
	case g.ctx.Err() != nil:
	case refused(err):
		g.end(errExpired)
	case err != nil:
		time.AfterFunc(retryCheck, g.check)
	}
}

// askAuth shows the credential, which ctx carries in its outgoing metadata, to auth.
func (g *guard) askAuth() error {
	ctx, cancel := context.WithTimeout(g.ctx, askTimeout)
	defer cancel()
	_, err := g.server.auth.GetCaller(ctx, &authv1.GetCallerRequest{})
	return err
}

// refused tells a clear no from not being able to tell.
func refused(err error) bool {
	return errors.Is(err, errs.Unauthenticated) || errors.Is(err, errs.PermissionDenied) || errors.Is(err, errs.NotFound)
}
