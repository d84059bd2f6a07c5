package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Secrets are what a sign-in keeps from its beginning to its end.
type Secrets struct {
	// State comes back with the user, and ties that to the beginning.
	State string
	// Nonce comes back in the ID token, and ties that to the beginning.
	Nonce string
	// Verifier is shown with the code, and proves who began (PKCE).
	Verifier string
}

// Identity is whom the provider vouches for.
type Identity struct {
	// Issuer and Subject identify the user for good.
	Issuer, Subject string
	// Email is the user's address, if the provider has verified it; else "".
	Email string
	// Name is what the user is called; "" when the provider does not say.
	Name string
}

// Client signs users in with one provider. It is safe for concurrent use.
type Client struct {
	cfg     Config
	http    *http.Client
	now     func() time.Time
	known   atomic.Pointer[provider] // found last
	finding singleflight.Group
}

// New returns a client for a provider. It asks the provider nothing yet.
func New(cfg Config) *Client {
	return &Client{cfg: cfg, http: httpClient(), now: time.Now}
}

// AuthorizationURL returns where a user signs in with the provider. It is
// errs.Unavailable while the provider cannot be found.
func (c *Client) AuthorizationURL(ctx context.Context, s Secrets) (string, error) {
	p, err := c.find(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth.AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), nil
}

// Identify exchanges the code that the user came back with for their identity.
// It is errs.Unauthenticated when the provider does not vouch for them, and
// errs.Unavailable when it does not answer, or does not know this client.
func (c *Client) Identify(ctx context.Context, code string, s Secrets) (Identity, error) {
	p, err := c.find(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	tokens, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return Identity{}, fmt.Errorf("exchange the code: %w", refusal(err))
	}
	id, err := c.verify(ctx, p, tokens, s.Nonce)
	if err != nil {
		return Identity{}, err
	}
	var said claims
	if err := id.Claims(&said); err != nil {
		return Identity{}, fmt.Errorf("read the ID token: %w: %w", errs.Unauthenticated, err)
	}
	if said.Email == "" && p.UserInfoEndpoint() != "" {
		// A provider may give the address there only (OpenID Connect Core, 5.4).
		if said, err = userInfo(ctx, p, tokens, id.Subject); err != nil {
			return Identity{}, err
		}
	}
	who := Identity{Issuer: id.Issuer, Subject: id.Subject, Name: said.Name}
	if said.Verified {
		who.Email = said.Email
	}
	return who, nil
}

// verify checks the ID token: its signature by one of the provider's keys, iss,
// aud, azp, exp, nonce, and at_hash if there is one.
func (c *Client) verify(ctx context.Context, p *provider, tokens *oauth2.Token, nonce string) (*oidc.IDToken, error) {
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return nil, fmt.Errorf("%w: the provider's answer has no ID token", errs.Unauthenticated)
	}
	keys := &keySet{KeySet: p.keys}
	rules := &oidc.Config{ClientID: c.cfg.ClientID, SupportedSigningAlgs: p.algs, Now: c.now}
	id, err := oidc.NewVerifier(c.cfg.Issuer, keys, rules).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verify the ID token: %w", unreachable(errors.Join(err, keys.failed)))
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return nil, fmt.Errorf("%w: the ID token is for another sign-in", errs.Unauthenticated)
	}
	var said struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&said); err != nil {
		return nil, fmt.Errorf("read the ID token: %w: %w", errs.Unauthenticated, err)
	}
	if said.Party != "" && said.Party != c.cfg.ClientID || said.Party == "" && len(id.Audience) > 1 {
		return nil, fmt.Errorf("%w: the ID token was issued to another client", errs.Unauthenticated)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(tokens.AccessToken); err != nil {
			return nil, fmt.Errorf("verify at_hash: %w: %w", errs.Unauthenticated, err)
		}
	}
	if id.Subject == "" {
		return nil, fmt.Errorf("%w: the ID token names nobody", errs.Unauthenticated)
	}
	return id, nil
}

// claims are what the provider says about a user.
type claims struct {
	Email    string `json:"email"`
	Verified flag   `json:"email_verified"`
	Name     string `json:"name"`
}

// flag is a truth value that some providers send as text.
type flag bool

// UnmarshalJSON implements json.Unmarshaler. All but a clear yes is no.
func (f *flag) UnmarshalJSON(text []byte) error {
	*f = flag(strings.Trim(string(text), `"`) == "true")
	return nil
}

// userInfo asks the provider about the user whom the ID token names.
func userInfo(ctx context.Context, p *provider, tokens *oauth2.Token, subject string) (claims, error) {
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return claims{}, fmt.Errorf("ask the provider about the user: %w", unreachable(err))
	}
	if info.Subject != subject { // Core, 5.3.2: it must be the same
		return claims{}, fmt.Errorf("%w: the provider's answer is about another user", errs.Unauthenticated)
	}
	var said claims
	if err := info.Claims(&said); err != nil {
		return claims{}, fmt.Errorf("read the provider's answer: %w: %w", errs.Unauthenticated, err)
	}
	return said, nil
}

// refusal tells a provider that says no from one that cannot answer. That it does
// not know this client is no fault of the user's, and for the log.
func refusal(err error) error {
	refused, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return unreachable(err)
	}
	kind := errs.Unauthenticated
	if refused.ErrorCode == "invalid_client" || refused.ErrorCode == "unauthorized_client" {
		kind = fmt.Errorf("%w: the provider refuses OIDC_CLIENT_ID or OIDC_CLIENT_SECRET", errs.Unavailable)
	}
	// The answer's body stays out: it may repeat what was sent.
	return fmt.Errorf("%w: the provider answers %s %q", kind, refused.Response.Status, refused.ErrorCode)
}
