package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/password"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// Login implements authv1.AuthServiceServer.
func (s *Server) Login(ctx context.Context, req *authv1.LoginRequest) (*authv1.Session, error) {
	email, from := normalEmail(req.GetEmail()), origin.FromContext(ctx).Address
	if err := s.Throttle.SignIn(ctx, from, email); err != nil {
		return nil, err
	}
	for range 2 {
		user, err := s.verified(ctx, email, req.GetPassword())
		if err != nil {
			return nil, err
		}
		raw, refresh := s.newRefresh()
		in, err := s.Store.StartSession(ctx, user, refresh)
		if errors.Is(err, errs.Unauthenticated) {
			// The hash was replaced meanwhile: by that of another password, or by a
			// renewed one of the same. Only looking again tells.
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Throttle.SignedIn(ctx, from, email)
		s.renew(ctx, user, req.GetPassword())
		return s.session(in, raw)
	}
	return nil, errCredentials
}

// verified returns the account with an address and a password. Who has no account,
// or one without a password, gets the answer of a wrong one, and it takes as long.
func (s *Server) verified(ctx context.Context, email, given string) (store.User, error) {
	user, err := s.Store.UserByEmail(ctx, email)
	if err == nil {
		audit.Tell(ctx, audit.Subject{UserID: user.ID})
	}
	if errors.Is(err, errs.NotFound) || err == nil && user.PasswordHash == "" {
		if err := s.Passwords.VerifyNobody(ctx, given); err != nil {
			return store.User{}, err
		}
		return store.User{}, errCredentials
	}
	if err != nil {
		return store.User{}, err
	}
	ok, err := s.Passwords.Verify(ctx, given, user.PasswordHash)
	if err != nil {
		return store.User{}, fmt.Errorf("verify the password of user %s: %w", user.ID, err)
	}
	if !ok {
		return store.User{}, errCredentials
	}
	return user, nil
}

// renew replaces a hash whose parameters are of the past while the password is at
// hand. Its failure is none of the user's: the old hash is as good as it was, and
// the next sign-in tries again.
func (s *Server) renew(ctx context.Context, user store.User, given string) {
	if !password.Outdated(user.PasswordHash) {
		return
	}
	hash, err := s.Passwords.Hash(ctx, given)
	if err == nil {
		err = s.Store.Rehash(ctx, user.ID, user.PasswordHash, hash)
	}
	if err != nil && !errors.Is(err, errs.Conflict) { // of two sign-ins at once one renews it
		slog.WarnContext(ctx, "an outdated password hash stays for now", "user", user.ID, "error", err)
	}
}

// Refresh implements authv1.AuthServiceServer.
func (s *Server) Refresh(ctx context.Context, req *authv1.RefreshRequest) (*authv1.Session, error) {
	if err := s.Throttle.Refresh(ctx, origin.FromContext(ctx).Address); err != nil {
		return nil, err
	}
	raw, next := s.newRefresh()
	in, err := s.Store.Rotate(ctx, token.HashRefresh(req.GetRefreshToken()), next)
	if reused, ok := errors.AsType[*store.ReusedError](err); ok {
		slog.WarnContext(ctx, "a refresh token was used twice, its session ends", "session", reused.SessionID)
		audit.Tell(ctx, audit.Subject{UserID: reused.UserID, Reason: "REFRESH_TOKEN_REUSED"})
		s.revokeLater(ctx, reused.SessionID)
	}
	if errors.Is(err, errs.Unauthenticated) {
		return nil, errRefresh
	}
	if err != nil {
		return nil, err
	}
	return s.session(in, raw)
}

// Logout implements authv1.AuthServiceServer.
func (s *Server) Logout(ctx context.Context, _ *authv1.LogoutRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.EndSession(ctx, caller.UserID, caller.SessionID, s.Revoker.Revoke); err != nil {
		return nil, fmt.Errorf("log user %s out: %w", caller.UserID, err)
	}
	return &emptypb.Empty{}, nil
}

// normalEmail returns the form in which addresses are stored and looked up.
func normalEmail(address string) string {
	return strings.ToLower(strings.TrimSpace(address))
}
