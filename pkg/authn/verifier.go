package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Revocations tells whether a session was ended before its tokens expire. An
// error refuses the call with errs.Unavailable; an implementation that would
// rather let calls through returns false instead.
type Revocations interface {
	Revoked(ctx context.Context, sessionID string) (bool, error)
}

// Options configure a TokenVerifier.
type Options struct {
	// Secret is the fleet's secret, SECRET_KEY; at least MinSecret bytes.
	Secret []byte
	// Algorithm of users' tokens: EdDSA (also when empty) or HS256. Tokens of
	// the other one are refused.
	Algorithm string
	// Keys verify users' tokens when Algorithm is EdDSA; needed then.
	Keys KeySource
	// Revocations end sessions early; nil lets every session last as long as
	// its token.
	Revocations Revocations
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// TokenVerifier is the Verifier of every service. It is safe for concurrent use.
type TokenVerifier struct {
	opts       Options
	serviceKey []byte
	users      *jwt.Parser
	services   *jwt.Parser
}

var _ Verifier = (*TokenVerifier)(nil)

// NewVerifier returns a verifier of users' and services' tokens. It fails on a
// short secret, an unknown algorithm, and EdDSA without keys.
func NewVerifier(o Options) (*TokenVerifier, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Algorithm == "" {
		o.Algorithm = EdDSA
	}
	switch {
	case o.Algorithm != EdDSA && o.Algorithm != HS256:
		return nil, fmt.Errorf("ALGORITHM is %q, it must be %s or %s", o.Algorithm, EdDSA, HS256)
	case o.Algorithm == EdDSA && o.Keys == nil:
		return nil, errors.New("authn: EdDSA needs a source of public keys")
	}
	key, err := serviceKey(o.Secret)
	if err != nil {
		return nil, err
	}
	return &TokenVerifier{
		opts:       o,
		serviceKey: key,
		users:      parser(o.Algorithm, o.Now, jwt.WithIssuer(Issuer)),
		services:   parser(HS256, o.Now),
	}, nil
}

// Verify implements Verifier.
func (v *TokenVerifier) Verify(ctx context.Context, token string) (Caller, error) {
	h, err := readHeader(token)
	if err != nil {
		return Caller{}, invalid(err)
	}
	switch h.Type {
	case TypeUser:
		return v.user(ctx, token, h.KeyID)
	case TypeService:
		return v.service(token)
	default:
		return Caller{}, invalid(fmt.Errorf("typ is %q", h.Type))
	}
}

// user verifies a user's access token.
func (v *TokenVerifier) user(ctx context.Context, token, kid string) (Caller, error) {
	key, err := v.userKey(ctx, kid)
	if err != nil {
		return Caller{}, err
	}
	var claims UserClaims
	if err := parse(v.users, token, &claims, key); err != nil {
		return Caller{}, err
	}
	caller := Caller{
		UserID:      claims.Subject,
		WorkspaceID: claims.Workspace,
		SessionID:   claims.Session,
		Role:        ParseRole(claims.Role),
	}
	if caller.UserID == "" || caller.WorkspaceID == "" || caller.SessionID == "" || caller.Role == RoleNone {
		return Caller{}, invalid(errors.New("sub, ws, sid or role is missing"))
	}
	return caller, v.checkSession(ctx, caller.SessionID)
}

// userKey returns the one key that a user's token has to be signed with. The
// key's type follows from the configuration, never from the token.
func (v *TokenVerifier) userKey(ctx context.Context, kid string) (any, error) {
	if v.opts.Algorithm == HS256 {
		return v.opts.Secret, nil
	}
	if kid == "" {
		return nil, invalid(errors.New("kid is missing"))
	}
	key, err := v.opts.Keys.Key(ctx, kid)
	if err != nil {
		return nil, fmt.Errorf("find key %q: %w: %w", kid, errs.Unavailable, err)
	}
	if key == nil {
		return nil, invalid(fmt.Errorf("key %q is not published", kid))
	}
	return key, nil
}

// checkSession refuses a session that was ended.
func (v *TokenVerifier) checkSession(ctx context.Context, sessionID string) error {
	if v.opts.Revocations == nil {
		return nil
	}
	revoked, err := v.opts.Revocations.Revoked(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("look up session %s: %w: %w", sessionID, errs.Unavailable, err)
	}
	if revoked {
		return invalid(errors.New("the session was ended"))
	}
	return nil
}

// service verifies a service token. One without a workspace is a good token
// that no rule but Public lets in.
func (v *TokenVerifier) service(token string) (Caller, error) {
	var claims serviceClaims
	if err := parse(v.services, token, &claims, v.serviceKey); err != nil {
		return Caller{}, err
	}
	if claims.Issuer == "" {
		return Caller{}, invalid(errors.New("iss is missing"))
	}
	return Caller{UserID: claims.Subject, WorkspaceID: claims.Workspace, Service: claims.Issuer}, nil
}
