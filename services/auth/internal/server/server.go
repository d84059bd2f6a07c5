// Package server implements the gRPC API of the auth service: it checks what
// the contract cannot express, calls the store, and speaks in the contract's
// messages.
package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/keyring"
	"github.com/researcherpro/researcherpro/services/auth/internal/password"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/throttle"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// Revoker tells all services that sessions have ended.
type Revoker interface {
	Revoke(ctx context.Context, sessionIDs ...string) error
}

// Deps are what a Server works with. All are needed.
type Deps struct {
	Store     *store.Store
	Passwords *password.Hasher
	Rules     password.Rules
	Throttle  *throttle.Throttle
	Tokens    *token.Issuer
	Keys      *keyring.Ring // empty when tokens are signed with a shared secret
	Revoker   Revoker
	// RefreshLife is how long a refresh token is good if it is not used.
	RefreshLife time.Duration
}

// Server implements authv1.AuthServiceServer.
type Server struct {
	authv1.UnsafeAuthServiceServer
	Deps
}

var _ authv1.AuthServiceServer = (*Server)(nil)

// New returns a server.
func New(d Deps) *Server { return &Server{Deps: d} }

// What a client is told that shows the wrong secret. One answer for all ways to
// be wrong: it says neither which accounts exist nor what became of a token.
var (
	errCredentials = errs.New(errs.Unauthenticated, "CREDENTIALS_WRONG", "the e-mail or the password is wrong")
	errPassword    = errs.New(errs.Unauthenticated, "CREDENTIALS_WRONG", "the current password is wrong")
	errNoPassword  = errs.New(errs.FailedPrecondition, "NO_PASSWORD", "this account has no password, it signs in with the OpenID provider")
	errRefresh     = errs.New(errs.Unauthenticated, "REFRESH_TOKEN_INVALID", "the refresh token is not valid, sign in again")
)

// newRefresh makes a refresh token and what is stored of it.
func (s *Server) newRefresh() (string, store.NewRefresh) {
	raw, hash := token.NewRefresh()
	return raw, store.NewRefresh{Hash: hash, Life: s.RefreshLife}
}

// session makes the answer to a sign-in.
func (s *Server) session(in store.SignIn, refresh string) (*authv1.Session, error) {
	access, err := s.Tokens.Access(in.Caller())
	if err != nil {
		return nil, err
	}
	workspace := workspaceProto(in.Workspace)
	workspace.Role = accessv1.Role(in.Role)
	return &authv1.Session{
		User:         userProto(in.User),
		Workspace:    workspace,
		AccessToken:  access,
		RefreshToken: refresh,
		TokenType:    "Bearer",
		ExpiresIn:    int32(s.Tokens.Life() / time.Second),
	}, nil
}

// revokeLater revokes a session whose end is already committed. Its refresh
// tokens are dead; if Redis cannot be told, the last access token lives on until
// it expires, and all that is left to do is to say so.
func (s *Server) revokeLater(ctx context.Context, sessionID string) {
	if err := s.Revoker.Revoke(ctx, sessionID); err != nil {
		slog.ErrorContext(ctx, "access tokens of an ended session stay usable until they expire",
			"session", sessionID, "error", err)
	}
}
