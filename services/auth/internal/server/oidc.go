package server

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc"
	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

const (
	// transactionLife is how long a sign-in with the provider may take.
	transactionLife = 10 * time.Minute
	// maxEmail is the most bytes of an address (RFC 5321, section 4.5.3.1.3).
	maxEmail = 254
)

// Provider is the OpenID provider.
type Provider interface {
	AuthorizationURL(ctx context.Context, s oidc.Secrets) (string, error)
	Identify(ctx context.Context, code string, s oidc.Secrets) (oidc.Identity, error)
}

// OidcStore is the part of the store that signs in with the provider.
type OidcStore interface {
	BeginOidc(ctx context.Context, t store.OidcTransaction, life time.Duration) error
	TakeOidc(ctx context.Context, hash []byte) (store.OidcTransaction, error)
	SignInOidc(ctx context.Context, n store.OidcSignIn) (store.SignIn, error)
}

// OidcDeps are what an Oidc works with.
type OidcDeps struct {
	// Accounts makes the session, as after signing in with a password.
	Accounts *Server
	Store    OidcStore
	// Provider is nil when there is none.
	Provider Provider
	// Box seals what proves to the provider who began.
	Box *seal.Box
}

// Oidc implements authv1.OidcServiceServer.
type Oidc struct {
	authv1.UnsafeOidcServiceServer
	OidcDeps
}

var _ authv1.OidcServiceServer = (*Oidc)(nil)

// NewOidc returns a server of sign-ins with the OpenID provider.
func NewOidc(d OidcDeps) *Oidc { return &Oidc{OidcDeps: d} }

// What a client is told whose sign-in with the provider fails. It names no cause:
// that is for the log.
var (
	errNoProvider   = errs.New(errs.FailedPrecondition, "OIDC_NOT_CONFIGURED", "this installation has no OpenID provider")
	errTransaction  = errs.New(errs.Unauthenticated, "OIDC_TRANSACTION_INVALID", "the sign-in is not known or has expired, begin again")
	errNotVouched   = errs.New(errs.Unauthenticated, "OIDC_SIGN_IN_REFUSED", "the OpenID provider did not confirm the sign-in, begin again")
	errProviderDown = errs.New(errs.Unavailable, "OIDC_PROVIDER_UNAVAILABLE", "the OpenID provider does not answer, try again later")
)

// StartOidc implements authv1.OidcServiceServer.
func (s *Oidc) StartOidc(ctx context.Context, _ *authv1.StartOidcRequest) (*authv1.StartOidcResponse, error) {
	if s.Provider == nil {
		return nil, errNoProvider
	}
	if err := s.Accounts.Throttle.Oidc(ctx, origin.FromContext(ctx).Address); err != nil {
		return nil, err
	}
	secrets := oidc.Secrets{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	address, err := s.Provider.AuthorizationURL(ctx, secrets)
	if err != nil {
		return nil, providerError(err)
	}
	transaction, hash := token.NewTransaction()
	err = s.Store.BeginOidc(ctx, store.OidcTransaction{
		Hash: hash, State: secrets.State, Nonce: secrets.Nonce,
		Sealed: s.Box.Seal([]byte(secrets.Verifier), hex.EncodeToString(hash)),
	}, transactionLife)
	if err != nil {
		return nil, fmt.Errorf("begin an OpenID sign-in: %w", err)
	}
	return &authv1.StartOidcResponse{AuthorizationUrl: address, Transaction: transaction}, nil
}

// FinishOidc implements authv1.OidcServiceServer.
func (s *Oidc) FinishOidc(ctx context.Context, req *authv1.FinishOidcRequest) (*authv1.Session, error) {
	if s.Provider == nil {
		return nil, errNoProvider
	}
	if err := s.Accounts.Throttle.Oidc(ctx, origin.FromContext(ctx).Address); err != nil {
		return nil, err
	}
	secrets, err := s.take(ctx, req)
	if err != nil {
		return nil, err
	}
	who, err := s.Provider.Identify(ctx, req.GetCode(), secrets)
	if err != nil {
		return nil, providerError(err)
	}
	raw, refresh := s.Accounts.newRefresh()
	in, err := s.Store.SignInOidc(ctx, store.OidcSignIn{
		Identity: store.Identity{Issuer: who.Issuer, Subject: who.Subject},
		Account:  accountOf(who),
		First:    refresh,
		Revoke:   s.Accounts.Revoker.Revoke,
	})
	if err != nil {
		return nil, fmt.Errorf("sign %s of %s in: %w", who.Subject, who.Issuer, err)
	}
	audit.Tell(ctx, audit.Subject{UserID: in.User.ID})
	return s.Accounts.session(in, raw)
}

// take uses a transaction up, whatever comes of it: a state or a code cannot be
// tried twice.
func (s *Oidc) take(ctx context.Context, req *authv1.FinishOidcRequest) (oidc.Secrets, error) {
	begun, err := s.Store.TakeOidc(ctx, token.HashTransaction(req.GetTransaction()))
	if errors.Is(err, errs.NotFound) {
		return oidc.Secrets{}, errTransaction
	}
	if err != nil {
		return oidc.Secrets{}, fmt.Errorf("take an OpenID sign-in: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(begun.State), []byte(req.GetState())) != 1 {
		return oidc.Secrets{}, fmt.Errorf("%w: the state is another one's", errTransaction)
	}
	verifier, _, err := s.Box.Open(begun.Sealed, hex.EncodeToString(begun.Hash))
	if err != nil { // SECRET_KEY was changed within the last ten minutes
		return oidc.Secrets{}, fmt.Errorf("%w: open its proof: %w", errTransaction, err)
	}
	return oidc.Secrets{State: begun.State, Nonce: begun.Nonce, Verifier: string(verifier)}, nil
}

// providerError says what the user may know of a failure at the provider.
func providerError(err error) error {
	switch {
	case errors.Is(err, errs.Unauthenticated):
		return fmt.Errorf("%w: %w", errNotVouched, err)
	case errors.Is(err, errs.Unavailable):
		return fmt.Errorf("%w: %w", errProviderDown, err)
	}
	return err
}

// accountOf returns the account that an identity gets when it has none. An address
// that cannot be one counts as not verified.
func accountOf(who oidc.Identity) store.NewAccount {
	email := normalEmail(who.Email)
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email || len(email) > maxEmail {
		email = ""
	}
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, who.Name))
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	if letters := []rune(name); len(letters) > maxName {
		name = string(letters[:maxName])
	}
	return store.NewAccount{Email: email, DisplayName: name}
}
