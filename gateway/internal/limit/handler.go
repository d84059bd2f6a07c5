package limit

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Guard lets requests through to handlers as far as the limits go.
type Guard struct {
	limiter *Limiter
	owners  *principals
}

// NewGuard returns a guard that learns from verifier whose tokens are.
func NewGuard(limiter *Limiter, verifier authn.Verifier) (*Guard, error) {
	owners, err := newPrincipals(verifier, limiter.opts.Now)
	if err != nil {
		return nil, err
	}
	return &Guard{limiter: limiter, owners: owners}, nil
}

// Wrap limits a handler.
func (g *Guard) Wrap(route Route, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.Admit(w, r, route) {
			next.ServeHTTP(w, r)
		}
	})
}

// Admit counts a request. It returns false when it has answered that there are too
// many; else the answer has the headers that say how many are left.
func (g *Guard) Admit(w http.ResponseWriter, r *http.Request, route Route) bool {
	if !g.limiter.limits(route) {
		return true
	}
	class, who, verdict := g.identify(r, route)
	var err error
	if verdict.Limit == 0 {
		verdict, err = g.limiter.Take(r.Context(), class, who)
	}
	if err != nil {
		reply.Error(w, r, err)
		return false
	}
	announce(w.Header(), class, verdict)
	if verdict.Allowed {
		return true
	}
	reply.Error(w, r, exceeded(class, verdict))
	return false
}

// limits reports whether anything limits the requests of a route.
func (l *Limiter) limits(route Route) bool {
	return l.opts.PerMinute[route.Class] > 0 || (!route.Public && l.opts.PerMinute[Anonymous] > 0)
}

// identify returns for whom and as what a request counts. The verdict is only set
// when it need not be counted to be refused: an address that keeps trying tokens
// shall not have each of them verified.
func (g *Guard) identify(r *http.Request, route Route) (Class, string, Verdict) {
	address := network(edge.Address(r.Context()))
	if route.Public {
		return route.Class, address, Verdict{}
	}
	token, ok := tokenOf(r)
	if !ok {
		return Anonymous, address, Verdict{}
	}
	if who, ok := g.owners.remembered(token); ok {
		return route.Class, who, Verdict{}
	}
	if verdict, blocked := g.limiter.Blocked(Anonymous, address); blocked {
		return Anonymous, address, verdict
	}
	who, err := g.owners.find(r.Context(), token)
	switch {
	case errors.Is(err, errRefused):
		return Anonymous, address, Verdict{}
	case err != nil:
		return route.Class, address, Verdict{} // nobody can tell; the service will not let it in either
	}
	return route.Class, who, Verdict{}
}

// announce tells the limit as draft-ietf-httpapi-ratelimit-headers has it, in
// structured fields.
func announce(h http.Header, class Class, v Verdict) {
	if v.Limit == 0 {
		return
	}
	name := strconv.Quote(string(class))
	h.Set("RateLimit-Policy", name+";q="+strconv.Itoa(v.Limit)+";w="+strconv.Itoa(int(window.Seconds())))
	h.Set("RateLimit", name+";r="+strconv.Itoa(v.Left)+";t="+strconv.Itoa(seconds(v.Reset)))
}

// exceeded is what a client is told that has nothing left.
func exceeded(class Class, v Verdict) error {
	message := fmt.Sprintf("more than %d requests of the kind %q in a minute, try again in %d s", v.Limit, class, seconds(v.Retry))
	return errs.WithFacts(errs.Later(errs.ResourceExhausted, "RATE_LIMITED", message, max(v.Retry, time.Millisecond)),
		map[string]string{"limit": string(class), "perMinute": strconv.Itoa(v.Limit)})
}

// seconds rounds up: who waits that long has waited long enough.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
