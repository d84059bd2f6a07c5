package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// invitationLife is how long an invitation can be accepted.
const invitationLife = 7 * 24 * time.Hour

// InviteMember implements authv1.MemberServiceServer.
func (s *Members) InviteMember(ctx context.Context, req *authv1.InviteMemberRequest) (*authv1.Invitation, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	raw, hash := token.NewInvitation()
	made, err := s.Store.Invite(ctx, store.NewInvitation{
		WorkspaceID: caller.WorkspaceID,
		InviterID:   caller.UserID,
		Email:       normalEmail(req.GetEmail()),
		Role:        authn.Role(req.GetRole()),
		Hash:        hash,
		Life:        invitationLife,
	})
	if err != nil {
		return nil, fmt.Errorf("invite to workspace %s: %w", caller.WorkspaceID, err)
	}
	invitation := invitationProto(made)
	invitation.Token = raw
	return invitation, nil
}

// DeleteInvitation implements authv1.MemberServiceServer.
func (s *Members) DeleteInvitation(ctx context.Context, req *authv1.DeleteInvitationRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Withdraw(ctx, caller.WorkspaceID, req.GetId()); err != nil {
		return nil, fmt.Errorf("withdraw invitation %s of workspace %s: %w", req.GetId(), caller.WorkspaceID, err)
	}
	return &emptypb.Empty{}, nil
}

// AcceptInvitation implements authv1.MemberServiceServer.
func (s *Members) AcceptInvitation(ctx context.Context, req *authv1.AcceptInvitationRequest) (*authv1.Membership, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.Store.Accept(ctx, caller.UserID, token.HashInvitation(req.GetToken()))
	if err != nil {
		return nil, fmt.Errorf("accept an invitation as user %s: %w", caller.UserID, err)
	}
	return membershipProto(m), nil
}
