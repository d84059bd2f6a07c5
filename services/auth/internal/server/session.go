package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// Login implements authv1.AuthServiceServer.
func (s *Server) Login(ctx context.Context, req *authv1.LoginRequest) (*authv1.Session, error) {
	user, err := s.Store.UserByEmail(ctx, normalEmail(req.GetEmail()))
	if errors.Is(err, errs.NotFound) {
		// An unknown account takes as long as a wrong password.
		if err := s.Passwords.VerifyNobody(ctx, req.GetPassword()); err != nil {
			return nil, err
		}
		return nil, errCredentials
	}
	if err != nil {
		return nil, err
	}
	ok, err := s.Passwords.Verify(ctx, req.GetPassword(), user.PasswordHash)
	if err != nil {
		return nil, fmt.Errorf("verify the password of user %s: %w", user.ID, err)
	}
	if !ok {
		return nil, errCredentials
	}
	raw, refresh := s.newRefresh()
	in, err := s.Store.StartSession(ctx, user, refresh)
	if errors.Is(err, errs.Unauthenticated) {
		return nil, errCredentials // the password was changed meanwhile
	}
	if err != nil {
		return nil, err
	}
	return s.session(in, raw)
}

// Refresh implements authv1.AuthServiceServer.
func (s *Server) Refresh(ctx context.Context, req *authv1.RefreshRequest) (*authv1.Session, error) {
	raw, next := s.newRefresh()
	in, err := s.Store.Rotate(ctx, token.HashRefresh(req.GetRefreshToken()), next)
	if reused, ok := errors.AsType[*store.ReusedError](err); ok {
		slog.WarnContext(ctx, "a refresh token was used twice, its session ends", "session", reused.SessionID)
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
