package limit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// maxTokens is how many tokens a replica remembers the owners of.
	maxTokens = 1 << 15
	// tokenLife is how long. Who a token belongs to does not change; the time only
	// bounds how long a token that was ended is counted for its owner, before the
	// service that refuses it.
	tokenLife = time.Minute
)

// errRefused means that a token is none of a user's.
var errRefused = errors.New("token refused")

// principals knows whose tokens are, without verifying each one each time. It admits
// nobody: the services do that.
type principals struct {
	verifier authn.Verifier
	known    *lru.Cache[[sha256.Size]byte, owner]
	now      func() time.Time
}

// owner is whose a token is, until it is asked again.
type owner struct {
	who   string
	until time.Time
}

func newPrincipals(verifier authn.Verifier, now func() time.Time) (*principals, error) {
	known, err := lru.New[[sha256.Size]byte, owner](maxTokens)
	if err != nil {
		return nil, fmt.Errorf("make room for tokens: %w", err)
	}
	return &principals{verifier: verifier, known: known, now: now}, nil
}

// remembered returns whose a token is that was seen lately.
func (p *principals) remembered(token string) (string, bool) {
	found, ok := p.known.Get(sha256.Sum256([]byte(token)))
	return found.who, ok && p.now().Before(found.until)
}

// find verifies a token. The error is errRefused, or that nobody can tell now.
func (p *principals) find(ctx context.Context, token string) (string, error) {
	caller, err := p.verifier.Verify(ctx, authn.Credential{Token: token})
	switch {
	case errors.Is(err, errs.Unauthenticated), errors.Is(err, errs.NotFound), errors.Is(err, errs.PermissionDenied):
		return "", errRefused
	case err != nil:
		return "", err
	}
	who := "user:" + caller.UserID
	switch {
	case caller.KeyID != "":
		who = "key:" + caller.KeyID
	case caller.IsService():
		who = "service:" + caller.Service
	}
	p.known.Add(sha256.Sum256([]byte(token)), owner{who: who, until: p.now().Add(tokenLife)})
	return who, nil
}

// tokenOf returns the token of a request: that of the Authorization header, or of
// the subprotocol pair "bearer, <token>" of a WebSocket.
func tokenOf(r *http.Request) (string, bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		token, err := authn.Bearer(header)
		return token, err == nil
	}
	offered := strings.Split(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), ",")
	for i, name := range offered {
		if strings.TrimSpace(name) == "bearer" && i+1 < len(offered) {
			return strings.TrimSpace(offered[i+1]), true
		}
	}
	return "", false
}

// network returns what counts as one address: of IPv6 the /64 that a customer has.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Is4() {
		return "addr:" + address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return "addr:" + address
	}
	return "addr:" + prefix.String()
}
