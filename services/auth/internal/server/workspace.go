package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

const (
	// maxName is the most characters of a workspace's name.
	maxName = 100
)

// WorkspacesDeps are what Workspaces work with. All are needed.
type WorkspacesDeps struct {
	Store *store.Store
	// Announcer tells all services whose access has ended or changed.
	Announcer store.Announcer
}

// Workspaces implements authv1.WorkspaceServiceServer.
type Workspaces struct {
	authv1.UnsafeWorkspaceServiceServer
	WorkspacesDeps
}

var _ authv1.WorkspaceServiceServer = (*Workspaces)(nil)

// NewWorkspaces returns a server.
func NewWorkspaces(d WorkspacesDeps) *Workspaces { return &Workspaces{WorkspacesDeps: d} }

// ListWorkspaces implements authv1.WorkspaceServiceServer.
func (s *Workspaces) ListWorkspaces(ctx context.Context, req *authv1.ListWorkspacesRequest) (*authv1.ListWorkspacesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	of := store.MembershipsOf{UserID: caller.UserID}
	if caller.KeyID != "" { // a key is of one workspace
		of.WorkspaceID = caller.WorkspaceID
	}
	asked, err := page.Ask[store.Place](req, page.List{Filter: store.MembershipFilter(), Query: []string{"workspaces", caller.UserID, of.WorkspaceID}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Memberships(ctx, of, asked.Query)
	if err != nil {
		return nil, fmt.Errorf("list the workspaces of user %s: %w", caller.UserID, err)
	}
	resp := &authv1.ListWorkspacesResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(m store.Membership) store.Place { return m.Place() })
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		resp.Workspaces = append(resp.Workspaces, membershipProto(m).GetWorkspace())
	}
	return resp, nil
}

// CreateWorkspace implements authv1.WorkspaceServiceServer.
func (s *Workspaces) CreateWorkspace(ctx context.Context, req *authv1.CreateWorkspaceRequest) (*authv1.Workspace, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	name, err := workspaceName("display_name", req.GetDisplayName())
	if err != nil {
		return nil, err
	}
	m, err := s.Store.CreateWorkspace(ctx, store.NewWorkspace{
		OwnerID: caller.UserID, DisplayName: name, RequestID: req.GetRequestId(),
	})
	if err != nil {
		return nil, fmt.Errorf("create a workspace of user %s: %w", caller.UserID, err)
	}
	return membershipProto(m).GetWorkspace(), nil
}

// GetWorkspace implements authv1.WorkspaceServiceServer.
func (s *Workspaces) GetWorkspace(ctx context.Context, _ *authv1.GetWorkspaceRequest) (*authv1.Workspace, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	w, err := s.Store.Workspace(ctx, caller.WorkspaceID)
	return seenBy(caller, w), err
}

// UpdateWorkspace implements authv1.WorkspaceServiceServer.
func (s *Workspaces) UpdateWorkspace(ctx context.Context, req *authv1.UpdateWorkspaceRequest) (*authv1.Workspace, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var set []string
	if req.GetWorkspace().GetDisplayName() != "" {
		set = []string{"display_name"}
	}
	paths, err := maskOf(req.GetUpdateMask(), set, workspacePaths)
	if err != nil {
		return nil, err
	}
	check := unchangedSince(caller, req.GetWorkspace().GetEtag())
	if len(paths) == 0 { // nothing is to change
		w, err := s.Store.Workspace(ctx, caller.WorkspaceID)
		if err == nil {
			err = check(w)
		}
		return seenBy(caller, w), err
	}
	name, err := workspaceName("workspace.display_name", req.GetWorkspace().GetDisplayName())
	if err != nil {
		return nil, err
	}
	w, err := s.Store.RenameWorkspace(ctx, caller.WorkspaceID, name, check)
	return seenBy(caller, w), err
}

// unchangedSince returns a check that a workspace still is what a caller saw under
// an etag.
func unchangedSince(c authn.Caller, etag string) func(store.Workspace) error {
	return func(w store.Workspace) error { return errs.CheckETag(etag, seenBy(c, w).GetEtag()) }
}

// TransferOwnership implements authv1.WorkspaceServiceServer.
func (s *Workspaces) TransferOwnership(ctx context.Context, req *authv1.TransferOwnershipRequest) (*authv1.Workspace, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(req.GetUserId(), caller.UserID) {
		return nil, errs.New(errs.FailedPrecondition, "ALREADY_OWNER", "the workspace is yours already")
	}
	m, err := s.Store.TransferOwnership(ctx, memberID(caller), req.GetUserId(), s.Announcer)
	if err != nil {
		return nil, fmt.Errorf("transfer workspace %s to user %s: %w", caller.WorkspaceID, req.GetUserId(), err)
	}
	return membershipProto(m).GetWorkspace(), nil
}

// LeaveWorkspace implements authv1.WorkspaceServiceServer.
func (s *Workspaces) LeaveWorkspace(ctx context.Context, _ *authv1.LeaveWorkspaceRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Store.Leave(ctx, memberID(caller), s.Announcer)
	if errors.Is(err, store.ErrOwner) {
		return nil, errs.New(errs.FailedPrecondition, "OWNER_CANNOT_LEAVE", "transfer the workspace to another member or delete it instead")
	}
	if err != nil {
		return nil, fmt.Errorf("leave workspace %s as user %s: %w", caller.WorkspaceID, caller.UserID, err)
	}
	return &emptypb.Empty{}, nil
}

// memberID names the caller's own membership.
func memberID(c authn.Caller) store.MemberID {
	return store.MemberID{WorkspaceID: c.WorkspaceID, UserID: c.UserID}
}

// seenBy describes the workspace that a call is about. The caller's role in it
// was looked up for the call.
func seenBy(c authn.Caller, w store.Workspace) *authv1.Workspace {
	described := workspaceProto(w)
	inRole(described, c.Role)
	return described
}

// workspaceName returns the name without spaces around it, or says what is wrong
// with the field that it stands in.
func workspaceName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return "", errs.Field(field, "must have a character that is not a space")
	}
	if utf8.RuneCountInString(name) > maxName {
		return "", errs.Field(field, fmt.Sprintf("must be at most %d characters", maxName))
	}
	return name, nil
}
