package server

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/deletion"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// DeleteWorkspace implements authv1.WorkspaceServiceServer.
func (s *Workspaces) DeleteWorkspace(ctx context.Context, req *authv1.DeleteWorkspaceRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	doomed := store.Doomed{
		Owner: memberID(caller), Check: unchangedSince(caller, req.GetEtag()), Services: deletion.Services(),
	}
	if err := s.Store.DeleteWorkspace(ctx, doomed, s.Announcer); err != nil {
		return nil, fmt.Errorf("delete workspace %s: %w", caller.WorkspaceID, err)
	}
	return &emptypb.Empty{}, nil
}

// Deletions implements authv1.WorkspaceDeletionServiceServer.
type Deletions struct {
	authv1.UnsafeWorkspaceDeletionServiceServer

	store *store.Store
}

var _ authv1.WorkspaceDeletionServiceServer = (*Deletions)(nil)

// NewDeletions returns a server.
func NewDeletions(s *store.Store) *Deletions { return &Deletions{store: s} }

// GetWorkspaceDeletion implements authv1.WorkspaceDeletionServiceServer.
func (s *Deletions) GetWorkspaceDeletion(ctx context.Context, req *authv1.GetWorkspaceDeletionRequest) (*authv1.WorkspaceDeletion, error) {
	caller, err := actsFor(ctx, req.GetWorkspaceId())
	if err != nil {
		return nil, err
	}
	d, err := s.store.Deletion(ctx, caller.WorkspaceID)
	if err != nil {
		return nil, err
	}
	return &authv1.WorkspaceDeletion{
		WorkspaceId: d.WorkspaceID, CreateTime: timestamppb.New(d.CreateTime), PendingServices: d.Pending,
	}, nil
}

// ConfirmWorkspaceDeletion implements authv1.WorkspaceDeletionServiceServer.
func (s *Deletions) ConfirmWorkspaceDeletion(ctx context.Context, req *authv1.ConfirmWorkspaceDeletionRequest) (*emptypb.Empty, error) {
	caller, err := actsFor(ctx, req.GetWorkspaceId())
	if err != nil {
		return nil, err
	}
	if err := s.store.ConfirmDeletion(ctx, caller.WorkspaceID, caller.Service); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// actsFor returns the service that calls, if it acts for the workspace; another
// one's is errs.NotFound.
func actsFor(ctx context.Context, workspaceID string) (authn.Caller, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return caller, err
	}
	if !strings.EqualFold(caller.WorkspaceID, workspaceID) {
		return caller, fmt.Errorf("service %s acts for another workspace: %w", caller.Service, errs.NotFound)
	}
	return caller, nil
}
