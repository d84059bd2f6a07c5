package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// errOwnerRole is the answer to whoever would take the owner's role away.
var errOwnerRole = errs.New(errs.FailedPrecondition, "OWNER_ROLE", "the owner's role changes only by transferring the ownership")

// MembersDeps are what Members work with. All are needed.
type MembersDeps struct {
	Store *store.Store
	// Announcer tells all services whose access has ended or changed.
	Announcer store.Announcer
}

// Members implements authv1.MemberServiceServer.
type Members struct {
	authv1.UnsafeMemberServiceServer
	MembersDeps
}

var _ authv1.MemberServiceServer = (*Members)(nil)

// NewMembers returns a server.
func NewMembers(d MembersDeps) *Members { return &Members{MembersDeps: d} }

// ListMembers implements authv1.MemberServiceServer.
func (s *Members) ListMembers(ctx context.Context, req *authv1.ListMembersRequest) (*authv1.ListMembersResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[store.Place](req, page.List{Filter: store.MemberFilter(), Query: []string{"members", caller.WorkspaceID}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Members(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, fmt.Errorf("list the members of workspace %s: %w", caller.WorkspaceID, err)
	}
	resp := &authv1.ListMembersResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(m store.Member) store.Place { return m.Place() })
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		resp.Members = append(resp.Members, memberProto(m))
	}
	return resp, nil
}

// UpdateMember implements authv1.MemberServiceServer.
func (s *Members) UpdateMember(ctx context.Context, req *authv1.UpdateMemberRequest) (*authv1.Member, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	change := store.RoleChange{
		Member: store.MemberID{WorkspaceID: caller.WorkspaceID, UserID: req.GetUserId()},
		Role:   authn.Role(req.GetRole()),
		By:     caller.UserID,
		ETag:   req.GetEtag(),
	}
	m, err := s.Store.SetRole(ctx, change, s.Announcer)
	if errors.Is(err, store.ErrOwner) {
		return nil, errOwnerRole
	}
	if err != nil {
		return nil, fmt.Errorf("change the role of user %s in workspace %s: %w", req.GetUserId(), caller.WorkspaceID, err)
	}
	return memberProto(m), nil
}

// RemoveMember implements authv1.MemberServiceServer.
func (s *Members) RemoveMember(ctx context.Context, req *authv1.RemoveMemberRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	removal := store.Removal{
		Member: store.MemberID{WorkspaceID: caller.WorkspaceID, UserID: req.GetUserId()},
		By:     caller.UserID,
		ETag:   req.GetEtag(),
	}
	err = s.Store.RemoveMember(ctx, removal, s.Announcer)
	if errors.Is(err, store.ErrOwner) {
		return nil, errOwnerRole
	}
	if err != nil {
		return nil, fmt.Errorf("remove user %s from workspace %s: %w", req.GetUserId(), caller.WorkspaceID, err)
	}
	return &emptypb.Empty{}, nil
}

// ListInvitations implements authv1.MemberServiceServer.
func (s *Members) ListInvitations(ctx context.Context, req *authv1.ListInvitationsRequest) (*authv1.ListInvitationsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.InvitationFilter(), Query: []string{"invitations", caller.WorkspaceID}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Invitations(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, fmt.Errorf("list the invitations of workspace %s: %w", caller.WorkspaceID, err)
	}
	resp := &authv1.ListInvitationsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(i store.Invitation) page.ID { return page.ID(i.ID) })
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		resp.Invitations = append(resp.Invitations, invitationProto(i))
	}
	return resp, nil
}
