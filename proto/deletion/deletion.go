// Package deletion speaks with auth about workspaces that are being deleted, for
// the services that delete their part.
package deletion

import (
	"context"

	"google.golang.org/grpc"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Client asks auth. The contexts of its calls have to carry a service token that
// acts for the workspace.
type Client struct {
	service authv1.WorkspaceDeletionServiceClient
}

// New returns a client on a connection to auth.
func New(conn grpc.ClientConnInterface) *Client {
	return &Client{service: authv1.NewWorkspaceDeletionServiceClient(conn)}
}

// Pending returns the services that have not yet deleted their part of a workspace.
// A workspace that is not being deleted is the status NOT_FOUND.
func (c *Client) Pending(ctx context.Context, workspaceID string) ([]string, error) {
	d, err := c.service.GetWorkspaceDeletion(ctx, &authv1.GetWorkspaceDeletionRequest{WorkspaceId: workspaceID})
	return d.GetPendingServices(), err
}

// Confirm tells that the calling service holds nothing of a workspace any more.
func (c *Client) Confirm(ctx context.Context, workspaceID string) error {
	_, err := c.service.ConfirmWorkspaceDeletion(ctx, &authv1.ConfirmWorkspaceDeletionRequest{WorkspaceId: workspaceID})
	return err
}
