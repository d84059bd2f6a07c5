package authn

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Observer learns who makes a call, also when the call is refused: a handler finds
// its caller with FromContext, but what is refused never gets to one. The audit log
// wants to know those most of all.
type Observer struct {
	caller atomic.Pointer[Caller]
}

// observerKey is the context key of the Observer.
type observerKey struct{}

// Observe returns a context with which the interceptors of this package tell the
// observer who calls. It belongs into an interceptor before them.
func Observe(ctx context.Context) (context.Context, *Observer) {
	o := &Observer{}
	return context.WithValue(ctx, observerKey{}, o), o
}

// Caller returns who made the call, and false when that is not known: the method
// is public, the token is not good, or nobody could tell. Whoever asked for a
// workspace that is not theirs is shown in their own one.
func (o *Observer) Caller() (Caller, bool) {
	if c := o.caller.Load(); c != nil {
		return *c, true
	}
	return Caller{}, false
}

// tell lets the observer of the call know how admit decided.
func tell(ctx context.Context, v Verifier, asked Credential, caller Caller, err error) {
	o, ok := ctx.Value(observerKey{}).(*Observer)
	if !ok {
		return
	}
	if caller.WorkspaceID == "" && errors.Is(err, errs.NotFound) && asked.WorkspaceID != "" {
		// No member there, but somebody all the same. It is told at home only: else
		// strangers could write into the log of every workspace.
		caller, err = v.Verify(ctx, Credential{Token: asked.Token})
		if err != nil {
			return
		}
	}
	if caller.WorkspaceID != "" {
		o.caller.Store(&caller)
	}
}
