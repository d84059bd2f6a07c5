package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// Register implements authv1.AuthServiceServer.
func (s *Server) Register(ctx context.Context, req *authv1.RegisterRequest) (*authv1.Session, error) {
	name := strings.TrimSpace(req.GetDisplayName())
	if name == "" {
		return nil, errs.Field("display_name", "must have a character that is not a space")
	}
	if err := s.Throttle.Register(ctx, origin.FromContext(ctx).Address); err != nil {
		return nil, err
	}
	if rule := s.Rules.Broken(req.GetPassword(), req.GetEmail(), name); rule != "" {
		return nil, errs.Field("password", rule)
	}
	hash, err := s.Passwords.Hash(ctx, req.GetPassword())
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	raw, refresh := s.newRefresh()
	in, err := s.Store.Register(ctx, store.NewAccount{
		Email:        normalEmail(req.GetEmail()),
		DisplayName:  name,
		PasswordHash: hash,
	}, refresh)
	if errors.Is(err, errs.AlreadyExists) {
		return nil, errs.New(errs.AlreadyExists, "EMAIL_TAKEN", "there is an account with this e-mail")
	}
	if err != nil {
		return nil, err
	}
	audit.Tell(ctx, audit.Subject{UserID: in.User.ID})
	return s.session(in, raw)
}

// GetMe implements authv1.AuthServiceServer.
func (s *Server) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	user, memberships, err := s.Store.Account(ctx, caller.UserID)
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", caller.UserID, err)
	}
	if caller.KeyID != "" { // a key is for one workspace and tells of no other
		memberships = slices.DeleteFunc(memberships, func(m store.Membership) bool { return m.ID != caller.WorkspaceID })
	}
	return &authv1.GetMeResponse{User: userProto(user), Workspaces: membershipsProto(memberships)}, nil
}

// GetCaller implements authv1.AuthServiceServer. The interceptor has found out
// all of it: this service looks its callers up in its own directory.
func (s *Server) GetCaller(ctx context.Context, _ *authv1.GetCallerRequest) (*authv1.Caller, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return callerProto(caller), nil
}

// ChangePassword implements authv1.AuthServiceServer. API keys stay as they are:
// they do not come of the password, and programs depend on them.
func (s *Server) ChangePassword(ctx context.Context, req *authv1.ChangePasswordRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Throttle.ChangePassword(ctx, caller.UserID, caller.SessionID); err != nil {
		return nil, err
	}
	user, _, err := s.Store.Account(ctx, caller.UserID)
	if err != nil {
		return nil, fmt.Errorf("read user %s: %w", caller.UserID, err)
	}
	if user.PasswordHash == "" {
		return nil, errNoPassword
	}
	if rule := s.Rules.Broken(req.GetNewPassword(), user.Email, user.DisplayName); rule != "" {
		return nil, errs.Field("new_password", rule)
	}
	ok, err := s.Passwords.Verify(ctx, req.GetCurrentPassword(), user.PasswordHash)
	if err != nil {
		return nil, fmt.Errorf("verify the password of user %s: %w", user.ID, err)
	}
	if !ok {
		return nil, errPassword
	}
	hash, err := s.Passwords.Hash(ctx, req.GetNewPassword())
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	err = s.Store.ChangePassword(ctx, user.ID, caller.SessionID, user.PasswordHash, hash, s.Revoker.Revoke)
	if err != nil {
		return nil, fmt.Errorf("change the password of user %s: %w", user.ID, err)
	}
	return &emptypb.Empty{}, nil
}

// GetJwks implements authv1.AuthServiceServer.
func (s *Server) GetJwks(context.Context, *authv1.GetJwksRequest) (*authv1.GetJwksResponse, error) {
	return &authv1.GetJwksResponse{Keys: s.Keys.Public()}, nil
}
