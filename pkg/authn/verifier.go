package authn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Options configure a TokenVerifier.
type Options struct {
	// Secret is the fleet's secret, SECRET_KEY; at least MinSecret bytes.
	Secret []byte
	// Algorithm of users' tokens: EdDSA (also when empty) or HS256. Tokens of
	// the other one are refused.
	Algorithm string
	// Keys verify users' tokens when Algorithm is EdDSA; needed then.
	Keys KeySource
	// Directory says what tokens do not; nil refuses API keys and every
	// workspace but the token's own.
	Directory Directory
	// Revocations end sessions, keys and roles early; nil lets all last as long
	// as the token says.
	Revocations Revocations
	// Watcher tells when the answer to Verify may have changed; nil leaves open
	// streams alone until their token expires.
	Watcher Watcher
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// TokenVerifier is the Verifier of every service. It is safe for concurrent use.
type TokenVerifier struct {
	opts       Options
	serviceKey []byte
	users      parser
	services   parser
	proofs     *lru.Cache[[sha256.Size]byte, proof]
}

var (
	_ Verifier = (*TokenVerifier)(nil)
	_ Watcher  = (*TokenVerifier)(nil)
)

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
	proofs, _ := lru.New[[sha256.Size]byte, proof](maxProofs) // fails on a size that is not positive
	return &TokenVerifier{
		proofs:     proofs,
		opts:       o,
		serviceKey: key,
		users:      newParser(o.Algorithm, o.Now, jwt.WithIssuer(Issuer)),
		services:   newParser(HS256, o.Now),
	}, nil
}

// Verify implements Verifier.
func (v *TokenVerifier) Verify(ctx context.Context, c Credential) (Caller, error) {
	caller, err := v.read(ctx, c)
	if err != nil {
		return Caller{}, err
	}
	if caller.IsService() {
		if c.WorkspaceID != "" && c.WorkspaceID != caller.WorkspaceID {
			return Caller{}, errNoWorkspace
		}
		return caller, nil
	}
	return v.current(ctx, c, caller)
}

// Watch implements Watcher.
func (v *TokenVerifier) Watch(c Caller, changed func()) (stop func()) {
	if v.opts.Watcher == nil {
		return func() {}
	}
	return v.opts.Watcher.Watch(c, changed)
}

// Hears implements Watcher.
func (v *TokenVerifier) Hears() bool {
	return v.opts.Watcher != nil && v.opts.Watcher.Hears()
}

// read returns whom the credential itself stands for, in its own workspace.
func (v *TokenVerifier) read(ctx context.Context, c Credential) (Caller, error) {
	if IsAPIKey(c.Token) {
		return v.apiKey(ctx, c.Token)
	}
	sum := sha256.Sum256([]byte(c.Token))
	p, known := v.proofs.Get(sum)
	if !known {
		token, err := split(c.Token)
		if err != nil {
			return Caller{}, invalid(err)
		}
		p.token = token
	}
	caller, err := v.prove(ctx, &p)
	switch {
	case err == nil && !known:
		p.token.forget()
		v.proofs.Add(sum, p)
	case err != nil && known && refuses(err):
		v.proofs.Remove(sum)
	}
	return caller, err
}

// prove returns whom a token stands for.
func (v *TokenVerifier) prove(ctx context.Context, p *proof) (Caller, error) {
	switch p.token.typ {
	case TypeUser:
		return v.user(ctx, p)
	case TypeService:
		return v.service(p)
	default:
		return Caller{}, invalid(fmt.Errorf("typ is %q", p.token.typ))
	}
}

// user verifies a user's access token.
func (v *TokenVerifier) user(ctx context.Context, p *proof) (Caller, error) {
	key, err := v.userKey(ctx, p.token.kid)
	if err != nil {
		return Caller{}, err
	}
	claims, err := claimsOf[UserClaims](v.users, p, key)
	if err != nil {
		return Caller{}, err
	}
	caller := Caller{
		UserID:      claims.Subject,
		WorkspaceID: claims.Workspace,
		SessionID:   claims.Session,
		Role:        ParseRole(claims.Role),
		Membership:  claims.Membership,
		Expire:      claims.ExpiresAt.Time,
	}
	if caller.UserID == "" || caller.WorkspaceID == "" || caller.SessionID == "" || caller.Role == RoleNone {
		return Caller{}, invalid(errors.New("sub, ws, sid or role is missing"))
	}
	return caller, nil
}

// apiKey asks whose an API key is. A key with a wrong checksum is refused
// without asking.
func (v *TokenVerifier) apiKey(ctx context.Context, key string) (Caller, error) {
	if v.opts.Directory == nil || !WellFormedAPIKey(key) {
		return Caller{}, invalid(errors.New("no such API key"))
	}
	return v.lookup(ctx, Query{Credential: Credential{Token: key}})
}

// current turns what a credential says into what holds now, in the workspace
// that the call asks for.
func (v *TokenVerifier) current(ctx context.Context, c Credential, caller Caller) (Caller, error) {
	own := c.WorkspaceID == "" || c.WorkspaceID == caller.WorkspaceID
	if !own && caller.KeyID != "" {
		return Caller{}, errNoWorkspace // a key is for one workspace
	}
	asked := caller
	if !own {
		asked.WorkspaceID = c.WorkspaceID
	}
	standing, err := v.standing(ctx, asked)
	if err != nil {
		return Caller{}, err
	}
	if own && caller.Membership >= standing.Membership {
		return caller, nil
	}
	c.WorkspaceID = asked.WorkspaceID
	now, err := v.lookup(ctx, Query{Credential: c, Known: caller, Since: standing.Membership})
	switch {
	case own && errors.Is(err, errs.NotFound):
		return Caller{}, invalid(errors.New("no longer a member"))
	case err != nil:
		return Caller{}, err
	case now.UserID != caller.UserID || now.WorkspaceID != asked.WorkspaceID || now.CredentialID() != caller.CredentialID():
		return Caller{}, fmt.Errorf("asked for user %s in workspace %s, the directory answered another caller: %w",
			asked.UserID, asked.WorkspaceID, errs.Unavailable)
	}
	if now.Expire.IsZero() {
		now.Expire = caller.Expire // a role in another workspace lasts no longer than the credential
	}
	return now, nil
}

// lookup asks the directory. Its "no such workspace" gets the words that fit.
func (v *TokenVerifier) lookup(ctx context.Context, q Query) (Caller, error) {
	if v.opts.Directory == nil {
		return Caller{}, errNoWorkspace
	}
	caller, err := v.opts.Directory.Lookup(ctx, q)
	switch {
	case errors.Is(err, errs.NotFound):
		return Caller{}, fmt.Errorf("%w: %w", errNoWorkspace, err)
	case errors.Is(err, errs.Unauthenticated):
		return Caller{}, invalid(err)
	case err != nil:
		return Caller{}, fmt.Errorf("look up the caller: %w: %w", errs.Unavailable, err)
	case !caller.Expire.IsZero() && !v.opts.Now().Before(caller.Expire):
		return Caller{}, fmt.Errorf("%w: the API key has expired", errTokenExpired)
	}
	return caller, nil
}

// standing tells what has changed since the credential was made, and refuses a
// session or a key that was ended.
func (v *TokenVerifier) standing(ctx context.Context, c Caller) (Standing, error) {
	if v.opts.Revocations == nil {
		return Standing{}, nil
	}
	s, err := v.opts.Revocations.Standing(ctx, c)
	if err != nil {
		return Standing{}, fmt.Errorf("look up session %s: %w: %w", c.CredentialID(), errs.Unavailable, err)
	}
	if s.Ended {
		return Standing{}, invalid(errors.New("the session or key was ended"))
	}
	return s, nil
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

// service verifies a service token. One without a workspace is a good token
// that no rule but Public lets in.
func (v *TokenVerifier) service(p *proof) (Caller, error) {
	claims, err := claimsOf[serviceClaims](v.services, p, v.serviceKey)
	if err != nil {
		return Caller{}, err
	}
	if claims.Issuer == "" {
		return Caller{}, invalid(errors.New("iss is missing"))
	}
	return Caller{
		UserID: claims.Subject, WorkspaceID: claims.Workspace, Service: claims.Issuer, Expire: claims.ExpiresAt.Time,
	}, nil
}
